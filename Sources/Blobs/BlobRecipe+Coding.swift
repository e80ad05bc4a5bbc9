extension BlobRecipe {
    private static let version: UInt8 = 1
    /// Longer than any head that the search takes.
    static let longestHeader = 128 << 10

    /// A run's first byte: the compressor's kind, and what is there.
    private enum Shape {
        static let stored: UInt8 = 0
        static let zlib: UInt8 = 1
        static let gnu: UInt8 = 2
        static let blocks: UInt8 = 3
        static let pgzip: UInt8 = 4
        static let kindMask: UInt8 = 0x0f
        static let hasCount: UInt8 = 0x10
        static let hasByteCount: UInt8 = 0x20
        static let hasTrailer: UInt8 = 0x40
        static let countsMember: UInt8 = 0x80
    }

    /// The recipe in bytes; `Documentation/formats/blob-recipe.md` describes them.
    public var encoded: [UInt8] {
        var bytes = [BlobRecipe.version]
        let rest = tail.drop { $0 == 0 }
        bytes.append(number: UInt64(tail.count - rest.count))
        bytes.append(number: UInt64(rest.count))
        bytes += rest
        for run in runs { BlobRecipe.append(run, to: &bytes) }
        return bytes
    }

    private static func append(_ run: Run, to bytes: inout [UInt8]) {
        let shape = bytes.count
        bytes.append(0)
        switch run.compressor {
        case .stored(let byteCount, let ending):
            bytes[shape] = Shape.stored
            bytes.append(ending.rawValue)
            bytes.append(number: UInt64(byteCount))
        case .zlib(let level, let memory, let strategy):
            bytes[shape] = Shape.zlib
            bytes += [UInt8(level) | UInt8(memory) << 4, UInt8(strategy.rawValue)]
        case .gnu(let level, let isRsyncable):
            bytes[shape] = Shape.gnu
            bytes.append(UInt8(level) | (isRsyncable ? 0x10 : 0))
        case .blocks(let layout):
            bytes[shape] = Shape.blocks
            bytes.append(
                UInt8(layout.level) | layout.boundary.rawValue << 4 | (layout.isContinuous ? 0x40 : 0)
                    | (layout.isRsyncable ? 0x80 : 0))
            bytes.append(number: UInt64(layout.byteCount))
        case .pgzip(let layout):
            bytes[shape] = Shape.pgzip
            bytes.append(layout.edition.rawValue)
            bytes.append(number: UInt64(layout.blockByteCount))
        }
        if run.memberCount != 1 {
            bytes[shape] |= Shape.hasCount
            bytes.append(number: run.memberCount)
        }
        if let byteCount = run.byteCount {
            bytes[shape] |= Shape.hasByteCount
            bytes.append(number: byteCount)
        }
        if run.countsMember { bytes[shape] |= Shape.countsMember }
        bytes.append(number: UInt64(run.header.count))
        bytes += run.header
        if let trailer = run.trailer {
            bytes[shape] |= Shape.hasTrailer
            bytes += trailer
        }
    }

    /// Reads a recipe; bytes that are none are an error of kind `malformed`, with their place.
    public init(decoding bytes: ArraySlice<UInt8>) throws(BlobError) {
        var reader = RecipeReader(bytes)
        let version = try reader.byte()
        guard version == BlobRecipe.version else {
            throw reader.malformed("version \(version) is unknown; this program reads \(BlobRecipe.version)")
        }
        let zeros = try reader.number(in: 0...UInt64(BlobRecipe.longestTail), "a count of zeros")
        let rest = try reader.take(
            try reader.number(in: 0...UInt64(BlobRecipe.longestTail) - zeros, "the length of what is behind"))
        tail = [UInt8](repeating: 0, count: Int(zeros)) + rest
        runs = []
        var emptyMemberCount: UInt64 = 0
        repeat {
            guard runs.count < BlobRecipe.runLimit else { throw reader.malformed("it has too many runs of members") }
            guard runs.last.map({ $0.byteCount != nil }) ?? true else {
                throw reader.malformed("a member follows one that takes all the rest")
            }
            let run = try BlobRecipe.run(from: &reader)
            runs.append(run)
            guard run.byteCount == 0 else { continue }
            guard run.memberCount <= BlobRecipe.emptyMemberLimit - emptyMemberCount else {
                throw reader.malformed("too many members are empty")
            }
            emptyMemberCount += run.memberCount
        } while !reader.isAtEnd
    }

    private static func run(from reader: inout RecipeReader) throws(BlobError) -> Run {
        let shape = try reader.byte()
        let compressor = try compressor(shape & Shape.kindMask, from: &reader)
        let count = shape & Shape.hasCount > 0 ? try reader.number(in: 1...UInt64.max, "a count of members") : 1
        let byteCount: UInt64? = shape & Shape.hasByteCount > 0 ? try reader.number() : nil
        guard count == 1 || byteCount != nil else { throw reader.malformed("several members take all the rest") }
        let header = Array(try reader.take(try reader.number(in: 0...UInt64(longestHeader), "a head's length")))
        let countsMember = shape & Shape.countsMember > 0
        guard !countsMember || header.count >= 18 else { throw reader.malformed("a head has no place for a length") }
        let trailer = shape & Shape.hasTrailer > 0 ? Array(try reader.take(8)) : nil
        return Run(
            memberCount: count, byteCount: byteCount, header: header, countsMember: countsMember,
            compressor: compressor, trailer: trailer)
    }

    private static func compressor(_ kind: UInt8, from reader: inout RecipeReader) throws(BlobError) -> Compressor {
        switch kind {
        case Shape.stored:
            guard let ending = StoredEnding(rawValue: try reader.byte()) else {
                throw reader.malformed("an ending of stored blocks is unknown")
            }
            let byteCount = try reader.number(in: 1...0xffff, "a stored block's length")
            return .stored(blockByteCount: Int(byteCount), ending: ending)
        case Shape.zlib:
            let levels = try reader.byte()
            let (level, memory) = (Int(levels & 0x0f), Int(levels >> 4))
            guard let strategy = ZlibStrategy(rawValue: Int(try reader.byte())), 1...9 ~= level, 1...9 ~= memory else {
                throw reader.malformed("zlib does not have these parameters")
            }
            return .zlib(level: level, memory: memory, strategy: strategy)
        case Shape.gnu:
            let options = try reader.byte()
            guard 1...9 ~= options & 0x0f, options & 0xe0 == 0 else {
                throw reader.malformed("GNU gzip does not have these parameters")
            }
            return .gnu(level: Int(options & 0x0f), isRsyncable: options & 0x10 > 0)
        case Shape.blocks:
            let options = try reader.byte()
            guard 1...9 ~= options & 0x0f, let boundary = BlockBoundary(rawValue: options >> 4 & 3) else {
                throw reader.malformed("a block-parallel compressor does not have these parameters")
            }
            let byteCount = try reader.number(
                in: UInt64(BlockLayout.smallestBlock)...UInt64(BlockLayout.largestBlock), "a block's length")
            return .blocks(
                BlockLayout(
                    level: Int(options & 0x0f), byteCount: Int(byteCount), boundary: boundary,
                    isContinuous: options & 0x40 > 0, isRsyncable: options & 0x80 > 0))
        case Shape.pgzip:
            guard let edition = PgzipEdition(rawValue: try reader.byte()) else {
                throw reader.malformed("a version of pgzip's is unknown")
            }
            let sizes = PgzipLayout.blockByteCounts
            let byteCount = try reader.number(
                in: UInt64(sizes.lowerBound)...UInt64(sizes.upperBound), "a block's length")
            return .pgzip(PgzipLayout(edition: edition, blockByteCount: Int(byteCount)))
        default: throw reader.malformed("compressor \(kind) is unknown")
        }
    }
}

/// Reads a recipe's bytes from front to end.
private struct RecipeReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func byte() throws(BlobError) -> UInt8 {
        guard position < bytes.endIndex else { throw malformed("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next bytes. They are there before anything is allocated for them.
    mutating func take(_ count: UInt64) throws(BlobError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.endIndex - position) else {
            throw malformed("\(count) bytes are announced and \(bytes.endIndex - position) are there")
        }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    mutating func number() throws(BlobError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw malformed("a number exceeds 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw malformed("a number exceeds 64 bits")
    }

    mutating func number(in range: ClosedRange<UInt64>, _ what: String) throws(BlobError) -> UInt64 {
        let value = try number()
        guard range.contains(value) else { throw malformed("\(what) cannot be \(value)") }
        return value
    }

    func malformed(_ reason: String) -> BlobError {
        BlobError(.malformed, "the blob's recipe: \(reason) (at byte \(position - bytes.startIndex))")
    }
}

extension [UInt8] {
    /// Appends an unsigned LEB128 number.
    fileprivate mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
