internal import Tar

/// A recipe's segments as `tar-split disasm` splits the same stream, which is how Go's `archive/tar` reads it.
///
/// What tar-split refuses, loses or cannot put together again is an error of kind `cannot`.
struct TarSplitWalk {
    enum Element {
        /// The next literal bytes, as one segment.
        case segment(Range<Int>)
        /// An entry; its payload follows where it has one.
        case file(name: [UInt8], payload: Recipe.Payload?)
    }

    /// tar-split reads what follows the end of the archive in pieces of this size.
    static let trailerPieceBytes = 1 << 20

    private enum Phase { case entries, trailer, done }

    private let segments: Recipe.Segments
    /// The recipe's literal bytes.
    let literals: LiteralBytes
    private var phase = Phase.entries
    private var queued: Element?
    private var segment: Recipe.Segments.Index
    /// Where the next literal byte is, and where the current run of them ends.
    private var position = 0
    private var runEnd = 0
    /// Where the literal bytes begin that no element has held yet.
    private var start = 0
    private var padding = 0
    /// Bytes of the stream before the current run's end.
    private var runEndOffset: UInt64 = 0
    private var paths = TarSplitPaths()

    init(_ recipe: Recipe) {
        segments = recipe.segments
        segment = segments.startIndex
        literals = recipe.literalBytes()
        enterRun()
    }

    /// The next element; nil after the last.
    mutating func next() throws(StrategyError) -> Element? {
        if let element = queued {
            queued = nil
            return element
        }
        switch phase {
        case .done: return nil
        case .trailer: return try nextOfTrailer()
        case .entries: break
        }
        guard let file = try nextFile() else {
            phase = .trailer
            return position > start ? takeSegment() : try nextOfTrailer()
        }
        queued = file
        return takeSegment(endingBefore: file)
    }

    // MARK: Entries

    /// Reads up to and with the next entry's header, and its payload; nil at the archive's end.
    private mutating func nextFile() throws(StrategyError) -> Element? {
        var records = GoPaxRecords()
        var longName: [UInt8] = []
        while true {
            guard try takePadding(), var header = try nextHeader() else { return nil }
            guard header.isHeaderOnly || header.size >= 0 else { throw refusal("a size is negative") }
            switch header.typeFlag {
            case UInt8(ascii: "x"), UInt8(ascii: "g"):
                guard let read = GoPaxRecords(try takeData(header.size)) else {
                    throw refusal("its records are malformed")
                }
                guard !read.describesSparseFile else {
                    throw cannot("there is a sparse file, whose map tar-split loses")
                }
                guard header.typeFlag == UInt8(ascii: "g") else {
                    records = read
                    continue
                }
                if let path = read["path"] {
                    guard read.areReadable else { throw refusal("its records hold numbers that are none") }
                    header.name = path
                }
                try paths.note(header, hasPayload: false)
                return .file(name: header.name, payload: nil)
            case UInt8(ascii: "L"): longName = GoTarHeader.text(try takeData(header.size))
            case UInt8(ascii: "K"): _ = try takeData(header.size)
            default:
                guard records.areReadable else { throw refusal("its records hold numbers that are none") }
                header.name = records["path"] ?? header.name
                if !longName.isEmpty { header.name = longName }
                if let size = records["size"], let number = GoNumber.decimal(size[...]) { header.size = number }
                guard header.typeFlag != UInt8(ascii: "S") else {
                    throw cannot("'\(quote(header.name))' is a sparse file, whose map tar-split loses")
                }
                let payload = try takePayload(of: header)
                try paths.note(header, hasPayload: payload != nil)
                return .file(name: header.name, payload: payload)
            }
        }
    }

    private mutating func nextHeader() throws(StrategyError) -> GoTarHeader? {
        guard let block = try takeBlock() else { return nil }
        guard !isZero(block) else {
            guard let second = try takeBlock() else { return nil }
            guard isZero(second) else { throw refusal("a block of zeros stands alone") }
            return nil
        }
        guard let header = GoTarHeader(literals[block]) else {
            throw refusal("its checksum or one of its numbers is no good")
        }
        return header
    }

    /// The next 512 bytes; nil at the stream's end.
    private mutating func takeBlock() throws(StrategyError) -> Range<Int>? {
        guard runEnd - position >= Header.blockSize else {
            if runEnd == position, isLastRun { return nil }
            throw isLastRun ? cannot("the stream ends within a header") : refusal("it is no header")
        }
        position += Header.blockSize
        return position - Header.blockSize..<position
    }

    /// Takes what fills up the block after an entry's data; whether there is more of the stream.
    private mutating func takePadding() throws(StrategyError) -> Bool {
        guard padding > 0 else { return true }
        guard runEnd - position >= padding else {
            guard isLastRun else { throw refusal("it is no header") }
            guard runEnd == position else {
                throw cannot("the stream ends within the padding after a file, which tar-split loses")
            }
            return false
        }
        position += padding
        padding = 0
        return true
    }

    /// The data of an extension header.
    private mutating func takeData(_ size: Int64) throws(StrategyError) -> ArraySlice<UInt8> {
        guard size <= Int64(runEnd - position) else {
            throw isLastRun
                ? cannot("the stream ends within an extension header")
                : cannot("an extension header's data are an object, and tar-split keeps them itself")
        }
        position += Int(size)
        padding = TarSplitWalk.padding(after: size)
        return literals[position - Int(size)..<position]
    }

    /// The payload of an entry that has one. Its object follows the literal bytes up to here.
    private mutating func takePayload(of header: GoTarHeader) throws(StrategyError) -> Recipe.Payload? {
        guard header.size != 0 else {
            padding = 0
            return nil
        }
        guard header.isPlainFile else {
            throw cannot("'\(quote(header.name))' has a size and is no plain file, from which tar-split could take it")
        }
        guard header.size > 0 else { throw refusal("a size is negative") }
        guard position == runEnd, segment < segments.endIndex,
            case .payload(let payload) = segments[segment], payload.byteCount == UInt64(header.size)
        else {
            throw cannot("the payload of '\(quote(header.name))' is not whole, or not kept as one object")
        }
        padding = TarSplitWalk.padding(after: header.size)
        segment = segments.index(after: segment)
        return payload
    }

    // MARK: Literal bytes

    private mutating func nextOfTrailer() throws(StrategyError) -> Element {
        guard isLastRun else { throw cannot("what follows the archive's end is an object") }
        position = min(position + TarSplitWalk.trailerPieceBytes, runEnd)
        // There is always an empty piece at the end.
        if start == runEnd { phase = .done }
        return takeSegment()
    }

    private mutating func takeSegment() -> Element {
        defer { start = position }
        return .segment(start..<position)
    }

    /// The literal bytes before an entry, and on to the run after its payload.
    private mutating func takeSegment(endingBefore file: Element) -> Element {
        let element = takeSegment()
        if case .file(_, let payload?) = file {
            runEndOffset += payload.byteCount
            enterRun()
        }
        return element
    }

    /// Whether nothing follows the current run of literal bytes.
    private var isLastRun: Bool { segment == segments.endIndex }

    private mutating func enterRun() {
        guard segment < segments.endIndex, case .literal(let count) = segments[segment] else { return }
        segment = segments.index(after: segment)
        runEnd = position + count
        runEndOffset += UInt64(count)
    }

    private func isZero(_ block: Range<Int>) -> Bool { literals[block].allSatisfy { $0 == 0 } }

    private static func padding(after size: Int64) -> Int { Int((0 &- size) & Int64(Header.blockSize - 1)) }

    // MARK: Errors

    private func cannot(_ reason: String) -> StrategyError { StrategyError(.cannot, TarSplit.name, reason) }

    private func refusal(_ reason: String) -> StrategyError {
        let offset = runEndOffset - UInt64(runEnd - position)
        return cannot("tar-split refuses the header before byte \(offset): \(reason)")
    }
}
