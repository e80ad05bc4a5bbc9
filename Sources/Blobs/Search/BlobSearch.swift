/// What a search for a blob's recipe found.
public enum BlobSearch: Equatable, Sendable {
    /// The recipe, which has made every byte of the blob again.
    case recipe(BlobRecipe)
    /// There is none, and why.
    case none(reason: String)
}

extension BlobRecipe {
    /// Looks for the recipe of a gzip blob, and proves it by making the whole blob again. It takes at most 16 MiB, whatever
    /// the size of the blob, and 8 MiB more for each further thread, of which there are up to three where blocks are pgzip's.
    ///
    /// - Parameters:
    ///   - path: a regular file.
    ///   - progress: is called now and then with the number of the blob's bytes that are behind; it may go back, where a
    ///     compressor fails late. What it throws ends the search.
    /// - Throws: a `BlobError` of kind `input` where the file cannot be read, and what `progress` throws. A damaged blob is
    ///   no error: it has no recipe.
    public static func find(
        forBlobAt path: String, progress: (UInt64) throws -> Void = { _ in }
    ) throws -> BlobSearch {
        let file = try InputFile(path)
        return try withoutActuallyEscaping(progress) { progress in
            var searcher = BlobSearcher(file, progress: progress)
            return try searcher.search()
        }
    }
}

/// The search in one file.
struct BlobSearcher {
    /// How much of a member is looked at, and every candidate tried on: compressed and uncompressed bytes.
    private static let frontByteCount = 1 << 20
    private static let frontPlainByteCount = 4 << 20
    private static let bufferByteCount = 256 << 10
    /// What is tried in vain: so many bytes of fronts in all members, a compressor counted as some more; and so many
    /// compressors beyond one member's front. Who writes a blob whose end alone tells compressors apart gets no more.
    private static let vainByteLimit = 2 << 30
    private static let trialByteCount = 256 << 10
    private static let lateFailureLimit = 32

    private let file: InputFile
    private let progress: (UInt64) throws -> Void
    private var runs: [BlobRecipe.Run] = []
    private var headByteCount = 0
    private var emptyMemberCount: UInt64 = 0
    private var vainByteCount = 0
    private var offset: UInt64 = 0

    init(_ file: InputFile, progress: @escaping (UInt64) throws -> Void) {
        self.file = file
        self.progress = progress
    }

    private enum MemberSearch {
        case run(BlobRecipe.Run, end: UInt64)
        case none(String)
    }

    mutating func search() throws -> BlobSearch {
        while offset < file.byteCount {
            switch try header() {
            case .other, .unfinished:
                guard offset > 0 else { return .none(reason: "it is no gzip data") }
                return try finish()
            case .header(let header):
                switch try member(header) {
                case .run(let run, let end):
                    if let reason = append(run) { return .none(reason: reason) }
                    offset = end
                case .none(let reason): return .none(reason: reason)
                }
            }
        }
        guard offset > 0 else { return .none(reason: "it is empty") }
        return try finish()
    }

    /// What is at the current offset. Heads are short, as a rule.
    private func header() throws -> GzipHeader.Reading {
        for count in [512, BlobRecipe.longestHeader] {
            let reading = GzipHeader.read(try file.read(count, at: offset))
            if reading != .unfinished { return reading }
        }
        return .unfinished
    }

    private func finish() throws -> BlobSearch {
        let rest = file.byteCount - offset
        guard rest <= BlobRecipe.longestTail else {
            return .none(reason: "\(rest) bytes follow that are no gzip data, more than a recipe keeps")
        }
        var recipe = BlobRecipe(runs: runs, tail: try file.read(Int(rest), at: offset))
        if recipe.runs[recipe.runs.count - 1].memberCount == 1 { recipe.runs[recipe.runs.count - 1].byteCount = nil }
        return .recipe(recipe)
    }

    /// Puts a member behind the others: into their last run, where it is alike. Nil, or what there is too much of.
    private mutating func append(_ run: BlobRecipe.Run) -> String? {
        if run.byteCount == 0 { emptyMemberCount += 1 }
        guard emptyMemberCount <= BlobRecipe.emptyMemberLimit else {
            return "more than \(BlobRecipe.emptyMemberLimit) of its members are empty"
        }
        if var last = runs.last {
            last.memberCount = 1
            if last == run {
                runs[runs.count - 1].memberCount += 1
                return nil
            }
        }
        runs.append(run)
        headByteCount += run.header.count
        guard runs.count <= BlobRecipe.runLimit, headByteCount <= BlobRecipe.headLimit else {
            return "its members differ too much: a recipe would be as long as they are"
        }
        return nil
    }

    // MARK: One member

    private mutating func member(_ header: GzipHeader) throws -> MemberSearch {
        let body = offset + UInt64(header.bytes.count)
        // Members of one blob are of one writer.
        let last = runs.last?.compressor
        if let last, case .proven(let proof) = try prove(last, at: body) {
            return .run(run(header, last, proof), end: proof.end)
        }
        let front = try file.read(BlobSearcher.frontByteCount, at: body)
        let outline = DeflateOutline(front[...], byteLimit: BlobSearcher.frontPlainByteCount)
        if let damage = outline.damage { return .none("the gzip data is damaged: \(damage)") }
        if outline.endsEarly, body + UInt64(front.count) == file.byteCount {
            return .none("the gzip data is damaged: it is cut off")
        }
        let candidates = Candidates(outline, header)
        var lateFailureCount = 0
        for candidate in candidates.all where candidate != last {
            try progress(offset)
            let trial = try trial(of: candidate, front, from: outline)
            guard trial.agrees else {
                vainByteCount += trial.byteCount + BlobSearcher.trialByteCount
                if vainByteCount > BlobSearcher.vainByteLimit {
                    return .none("its members are by too many compressors to look for")
                }
                continue
            }
            switch try prove(candidate, at: body) {
            case .proven(let proof): return .run(run(header, candidate, proof), end: proof.end)
            case .failed: lateFailureCount += 1
            case .damaged(let reason): return .none("the gzip data is damaged: \(reason)")
            }
            if lateFailureCount == BlobSearcher.lateFailureLimit { break }
        }
        // Something known wrote the front, so it is worth a look.
        if lateFailureCount > 0, let damage = try damage(at: body) {
            return .none("the gzip data is damaged: \(damage)")
        }
        let remark = ForeignWriter(outline: outline, header: header, layout: candidates.layout).remark
        return .none("no compressor that this program knows writes these bytes" + remark)
    }

    private func run(_ header: GzipHeader, _ compressor: Compressor, _ proof: Proof) -> BlobRecipe.Run {
        let countsMember = header.memberLength == proof.end - offset
        return BlobRecipe.Run(
            byteCount: proof.sum.byteCount, header: countsMember ? header.bytesWithoutMemberLength : header.bytes,
            countsMember: countsMember, compressor: compressor,
            trailer: proof.trailer == proof.sum.trailer ? nil : proof.trailer)
    }

    /// Whether a compressor makes the front of a stream from its bytes, as far as that can be said, and how many it took.
    private func trial(
        of compressor: Compressor, _ front: [UInt8], from outline: DeflateOutline
    ) throws -> (agrees: Bool, byteCount: Int) {
        let deflater = try compressor.makeDeflater()
        var output: [UInt8] = []
        var compared = 0
        func agrees() -> Bool {
            let count = min(output.count, front.count - compared)
            defer {
                compared += count
                output.removeAll(keepingCapacity: true)
            }
            return output[..<count].hasSameBytes(as: front[compared..<compared + count])
        }
        var rest = outline.bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(64 << 10)
            rest = rest.dropFirst(part.count)
            try deflater.write(part, into: &output)
            guard agrees() else { return (false, outline.bytes.count - rest.count) }
        }
        if outline.isWhole {
            try deflater.finish(into: &output)
            return (agrees(), outline.bytes.count)
        }
        return (true, outline.bytes.count)
    }

    // MARK: The proof

    private struct Proof {
        var sum: MemberSum
        var trailer: [UInt8]
        /// Where the file goes on.
        var end: UInt64
    }

    private enum ProofResult {
        case proven(Proof)
        case failed
        case damaged(String)
    }

    /// Makes a whole body again, and compares it with the file.
    private func prove(_ compressor: Compressor, at body: UInt64) throws -> ProofResult {
        let reader = try BodyReader(file, at: body)
        var comparison = FileComparison(file, at: body)
        let deflater = try compressor.makeDeflater()
        var sum = MemberSum()
        var buffer = [UInt8](repeating: 0, count: BlobSearcher.bufferByteCount)
        var output: [UInt8] = []
        while reader.state == .running {
            let bytes = try reader.read(into: &buffer)
            sum.update(bytes)
            try deflater.write(bytes, into: &output)
            guard try comparison.matches(output) else { return .failed }
            output.removeAll(keepingCapacity: true)
            try progress(comparison.offset)
        }
        guard case .ended(let end) = reader.state else { return .damaged(reader.state.reason) }
        try deflater.finish(into: &output)
        guard try comparison.matches(output), comparison.offset == end else { return .failed }
        let trailer = try file.read(8, at: end)
        guard trailer.count == 8 else { return .damaged("it is cut off") }
        return .proven(Proof(sum: sum, trailer: trailer, end: end + 8))
    }

    /// What is wrong with a member's body, or with its CRC and length.
    private func damage(at body: UInt64) throws -> String? {
        let reader = try BodyReader(file, at: body)
        var sum = MemberSum()
        var buffer = [UInt8](repeating: 0, count: BlobSearcher.bufferByteCount)
        while reader.state == .running {
            sum.update(try reader.read(into: &buffer))
            try progress(offset)
        }
        guard case .ended(let end) = reader.state else { return reader.state.reason }
        return try file.read(8, at: end) == sum.trailer ? nil : "its bytes are not those of its CRC"
    }
}

extension BodyReader.State {
    fileprivate var reason: String {
        if case .damaged(let reason) = self { return reason }
        return ""
    }
}
