/// Makes a blob again by its recipe, from the uncompressed bytes as they come.
public final class BlobReplayer {
    /// So many bytes are compressed before what came out is handed on.
    private static let stepByteCount: UInt64 = 1 << 20

    private let recipe: BlobRecipe
    private let sink: (ArraySlice<UInt8>) throws -> Void
    private var runIndex = 0
    /// Members of the current run that are whole.
    private var memberIndex: UInt64 = 0
    private var member: Member?
    /// What wrote the last member: the next one is often the same's, and short.
    private var idle: (compressor: Compressor, deflater: any Deflating)?
    private var isFinished = false

    private struct Member {
        var deflater: any Deflating
        var sum = MemberSum()
        /// What came out. A head that has the member's length waits in it for the rest.
        var output: [UInt8] = []
    }

    /// Makes the blob of a recipe. The sink takes its bytes in order, in pieces of any size; what it throws, `write` and
    /// `finish` throw.
    public init(_ recipe: BlobRecipe, into sink: @escaping (ArraySlice<UInt8>) throws -> Void) throws {
        self.recipe = recipe
        self.sink = sink
    }

    /// Takes the next uncompressed bytes.
    ///
    /// - Throws: a `BlobError` of kind `stream` where the recipe has no member for them.
    public func write(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            guard runIndex < recipe.runs.count else {
                throw BlobError(.stream, "the stream is longer than the blob that its recipe is of")
            }
            let run = recipe.runs[runIndex]
            var member = try member ?? begin(run)
            // Not held twice, which would copy the output.
            self.member = nil
            let room = run.byteCount.map { $0 - member.sum.byteCount } ?? .max
            let part = rest.prefix(Int(min(room, UInt64(rest.count), BlobReplayer.stepByteCount)))
            member.sum.update(part)
            try member.deflater.write(part, into: &member.output)
            rest = rest.dropFirst(part.count)
            if member.sum.byteCount == run.byteCount {
                try end(member, of: run)
            } else {
                try emit(&member, of: run)
                self.member = member
            }
        }
    }

    /// The stream is over: makes the rest of the blob.
    ///
    /// - Throws: a `BlobError` of kind `stream` where bytes are missing.
    public func finish() throws {
        guard !isFinished else { return }
        isFinished = true
        while runIndex < recipe.runs.count {
            let run = recipe.runs[runIndex]
            let member = try member ?? begin(run)
            self.member = nil
            guard run.byteCount == nil || run.byteCount == member.sum.byteCount else {
                throw BlobError(.stream, "the stream is shorter than the blob that its recipe is of")
            }
            try end(member, of: run)
        }
        if !recipe.tail.isEmpty { try sink(recipe.tail[...]) }
    }

    private func begin(_ run: BlobRecipe.Run) throws -> Member {
        guard let idle, idle.compressor == run.compressor else {
            return Member(deflater: try run.compressor.makeDeflater(), output: run.header)
        }
        idle.deflater.startOver()
        return Member(deflater: idle.deflater, output: run.header)
    }

    private func end(_ member: consuming Member, of run: BlobRecipe.Run) throws {
        try member.deflater.finish(into: &member.output)
        idle = (run.compressor, member.deflater)
        member.output += run.trailer ?? member.sum.trailer
        if run.countsMember {
            guard member.output.count <= 1 << 16 else {
                throw BlobError(.stream, "a member is longer than its head can say: the stream is not the recipe's")
            }
            member.output[16] = UInt8(truncatingIfNeeded: member.output.count - 1)
            member.output[17] = UInt8(truncatingIfNeeded: (member.output.count - 1) >> 8)
        }
        try sink(member.output[...])
        memberIndex += 1
        if memberIndex == run.memberCount { (runIndex, memberIndex) = (runIndex + 1, 0) }
    }

    private func emit(_ member: inout Member, of run: BlobRecipe.Run) throws {
        if run.countsMember {
            guard member.output.count <= 1 << 16 else {
                throw BlobError(.stream, "a member is longer than its head can say: the stream is not the recipe's")
            }
        } else if !member.output.isEmpty {
            try sink(member.output[...])
            member.output.removeAll(keepingCapacity: true)
        }
    }
}
