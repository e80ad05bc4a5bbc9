internal import Tar

/// The tar streams that composefs-rs takes, and what of them it keeps as objects.
///
/// Its importer reads a layer by a strict parser and refuses the whole layer where that stumbles. So that a splitstream
/// here means what it means there, the same layers are refused here: `cannot`, with the reason and the place.
struct SplitstreamTar {
    /// Payloads of files up to this many bytes are inline.
    static let inlineLimit: UInt64 = 64
    /// Data of extension headers before one entry.
    private static let maximumExtensionBytes: UInt64 = 1 << 20

    private let segments: Recipe.Segments
    private let literals: LiteralBytes
    private var segment: Recipe.Segments.Index
    /// Where the next literal byte is, among the recipe's.
    private var position = 0
    /// Where the current run of literal bytes ends.
    private var runEnd = 0
    /// Where the next byte is in the stream.
    private var offset: UInt64 = 0

    /// Extension headers before their entry.
    private struct Pending {
        var longName: ArraySlice<UInt8>?
        var longLink: ArraySlice<UInt8>?
        var records: ArraySlice<UInt8>?
        var byteCount: UInt64 = 0

        var isEmpty: Bool { longName == nil && longLink == nil && records == nil }
    }

    private init(_ recipe: Recipe) {
        segments = recipe.segments
        segment = segments.startIndex
        literals = recipe.literalBytes()
    }

    /// An error of kind `cannot` where composefs-rs would refuse the recipe's stream, or would keep other parts of it as
    /// objects than the recipe does.
    static func check(_ recipe: Recipe) throws(StrategyError) {
        var tar = SplitstreamTar(recipe)
        try tar.readAll()
    }

    private mutating func readAll() throws(StrategyError) {
        var pending = Pending()
        while let block = try nextBlock() {
            if SplitstreamTar.isZero(block) {
                guard pending.isEmpty else { throw cannot("an extension header describes no entry") }
                return try readEnd()
            }
            guard let header = Header(block) else { throw cannot("a header's checksum is wrong, or this is no tar") }
            guard let size = header.size.flatMap(UInt64.init(exactly:)), size <= UInt64(Int64.max) else {
                throw cannot("a header's size is no number, or negative")
            }
            switch header.typeFlag {
            case UInt8(ascii: "g"):
                _ = try extensionData(size, after: 0)
                // As there: what came before is forgotten.
                pending = Pending()
            case UInt8(ascii: "x"), UInt8(ascii: "L"), UInt8(ascii: "K"):
                guard header.dialect != .v7 else { fallthrough }
                try readExtension(header.typeFlag, size, into: &pending)
            default:
                try readEntry(header, size, pending)
                pending = Pending()
            }
        }
        guard pending.isEmpty else { throw cannot("the stream ends behind an extension header") }
    }

    /// A second block of zeros, and nothing else up to the end.
    private mutating func readEnd() throws(StrategyError) {
        guard let second = try nextBlock(), SplitstreamTar.isZero(second) else {
            throw cannot("a lone block of zeros is no end")
        }
        while position < runEnd || segment < segments.endIndex {
            startRun()
            guard runEnd - position >= Header.blockSize, let block = try nextBlock(), SplitstreamTar.isZero(block)
            else {
                throw cannot("bytes follow the end")
            }
        }
    }

    private mutating func readEntry(_ header: Header, _ size: UInt64, _ pending: Pending) throws(StrategyError) {
        let size = try checkedSize(of: header, size, pending)
        let padding = (0 &- size) % UInt64(Header.blockSize)
        switch header.typeFlag {
        case UInt8(ascii: "1")...UInt8(ascii: "6"):
            guard size == 0 else { throw cannot("a link, directory, device or fifo has a size") }
        case UInt8(ascii: "S") where header.dialect != .v7:
            throw cannot("a file is sparse")
        case UInt8(ascii: "0") where size > SplitstreamTar.inlineLimit,
            0 where size > SplitstreamTar.inlineLimit,
            UInt8(ascii: "7") where size > SplitstreamTar.inlineLimit:
            try takePayload(size)
            _ = try takeInline(padding)
        default:
            _ = try takeInline(size + padding)
        }
    }

    /// The entry's size, when its pax records have had their word.
    private func checkedSize(
        of header: Header, _ headerSize: UInt64, _ pending: Pending
    ) throws(StrategyError) -> UInt64 {
        var records = PaxRecords()
        guard pending.records.map({ records.merge(parsing: $0) }) ?? true else {
            throw cannot("pax records are malformed")
        }
        guard !records.describesSparseFile else { throw cannot("a file is sparse") }
        var numbers = [header.mode, header.userID, header.groupID, header.modificationTime]
        if header.dialect != .v7 { numbers += [header.deviceMajor, header.deviceMinor] }
        guard numbers.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else {
            throw cannot("one of a header's numbers is none, or negative")
        }
        for key in ["size", "uid", "gid", "mtime"] {
            guard let text = records.values[Array(key.utf8)] else { continue }
            let whole = key == "mtime" ? text.prefix { $0 != UInt8(ascii: ".") } : text[...]
            guard UInt64(String(decoding: whole, as: UTF8.self)) != nil else {
                throw cannot("the pax record '\(key)' is no number, or negative")
            }
        }
        let longName = pending.longName.map { Array($0.prefix { $0 != 0 }) }
        let path: [UInt8] = records.values[Array("path".utf8)] ?? longName ?? header.path
        guard !path.isEmpty else { throw cannot("an entry has no path") }
        let size = records.number("size") ?? headerSize
        guard size <= UInt64(Int64.max) else { throw cannot("a size is too great") }
        return size
    }

    private mutating func readExtension(
        _ typeFlag: UInt8, _ size: UInt64, into pending: inout Pending
    ) throws(StrategyError) {
        let data = try extensionData(size, after: pending.byteCount)
        pending.byteCount += size
        let former: ArraySlice<UInt8>?
        switch typeFlag {
        case UInt8(ascii: "x"): (former, pending.records) = (pending.records, data)
        case UInt8(ascii: "L"): (former, pending.longName) = (pending.longName, data)
        default: (former, pending.longLink) = (pending.longLink, data)
        }
        guard former == nil else { throw cannot("an entry has two extension headers of one kind") }
    }

    private mutating func extensionData(
        _ size: UInt64, after byteCount: UInt64
    ) throws(StrategyError) -> ArraySlice<UInt8> {
        guard size <= SplitstreamTar.maximumExtensionBytes - byteCount else {
            throw cannot("an entry's extension headers have more than 1 MiB")
        }
        let padding = (0 &- size) % UInt64(Header.blockSize)
        return try takeInline(size + padding).prefix(Int(size))
    }

    // MARK: The stream

    /// The next block of literal bytes, or nil at the end.
    private mutating func nextBlock() throws(StrategyError) -> ArraySlice<UInt8>? {
        startRun()
        guard position < runEnd || segment < segments.endIndex else { return nil }
        return try takeInline(UInt64(Header.blockSize))
    }

    private mutating func takeInline(_ count: UInt64) throws(StrategyError) -> ArraySlice<UInt8> {
        guard count > 0 else { return [] }
        startRun()
        guard count <= UInt64(runEnd - position) else {
            guard segment < segments.endIndex else { throw cannot("the stream is cut short") }
            throw cannot("an object holds bytes that composefs-rs keeps inline")
        }
        defer {
            position += Int(count)
            offset += count
        }
        return literals[position..<position + Int(count)]
    }

    private mutating func takePayload(_ count: UInt64) throws(StrategyError) {
        guard position == runEnd, segment < segments.endIndex,
            case .payload(let payload) = segments[segment], payload.byteCount == count
        else { throw cannot("a file's payload is cut short, or is not one object") }
        segment = segments.index(after: segment)
        offset += count
    }

    private mutating func startRun() {
        guard position == runEnd, segment < segments.endIndex,
            case .literal(let count) = segments[segment]
        else { return }
        runEnd += count
        segment = segments.index(after: segment)
    }

    private static func isZero(_ block: ArraySlice<UInt8>) -> Bool { block.allSatisfy { $0 == 0 } }

    private func cannot(_ reason: String) -> StrategyError {
        StrategyError(.cannot, Splitstream.name, "\(reason) (near byte \(offset) of the layer)")
    }
}
