/// Splits a tar stream, pushed in chunks of any size, into headers and payloads.
///
/// It accepts every byte stream: what it cannot read as tar passes as opaque bytes, with a finding. It keeps at most one
/// block, the global pax records, and one entry's extension headers (`maximumExtensionBytes`) and sparse map in memory,
/// whatever the payloads' sizes.
public struct Splitter {
    /// What one entry's extension headers (pax records, GNU long names) have beyond this many bytes is not interpreted.
    public static let maximumExtensionBytes = 1 << 20
    /// Blocks that continue one old GNU sparse map and are literals; those after them are opaque.
    public static let maximumSparseMapBlocks = (1 << 20) / Header.blockSize

    private enum State {
        case header
        /// Inside the data of an extension header of this type flag.
        case extensionData(typeFlag: UInt8, remaining: Int)
        /// Inside an extension header that is too long to be kept, by itself or with the same entry's others.
        case oversizedExtension(remaining: UInt64)
        /// Blocks that continue an old GNU sparse map, ahead of the entry's payload.
        case sparseMap(Entry, blocks: Int)
        /// After the header of an entry that should have no payload and announces one: the next block tells.
        case perhapsPayload(Entry)
        case payload(remaining: UInt64)
        case padding(remaining: Int)
        /// After the end marker.
        case tail
        /// After a block that should have been a header, on the way to the next one.
        case unreadable
    }

    private var state = State.header
    private var partialBlock: [UInt8] = []
    private var extensionData: [UInt8] = []
    private var pendingPadding = 0
    private var zeroBlocks = 0
    private var hasReportedTail = false
    private var hasReportedPadding = false
    private var hasReportedZeroBlock = false
    private var hasReportedExtensions = false
    private var extensions = Extensions()
    /// The map of a sparse file in the old form, while its blocks come.
    private var oldSparse: SparseFile?
    private var offset: UInt64 = 0

    public init() {}

    /// Takes the next bytes of the stream. Only the sink throws.
    public mutating func consume(_ chunk: ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        var rest = chunk
        while !rest.isEmpty {
            switch state {
            case .header:
                guard let block = takeBlock(from: &rest) else { break }
                try header(block, into: &sink)
            case .sparseMap(let entry, let blocks):
                guard let block = takeBlock(from: &rest) else { break }
                try sparseMap(block, of: entry, number: blocks, into: &sink)
            case .perhapsPayload(let entry):
                guard let block = takeBlock(from: &rest) else { break }
                try perhapsPayload(block, of: entry, into: &sink)
            case .extensionData(let typeFlag, let remaining):
                let data = take(remaining, from: &rest)
                extensionData.append(contentsOf: data)
                try sink.literal(data)
                state = .extensionData(typeFlag: typeFlag, remaining: remaining - data.count)
                if remaining == data.count { try endExtension(typeFlag, into: &sink) }
            case .oversizedExtension(let remaining):
                let data = take(Int(min(remaining, UInt64(rest.count))), from: &rest)
                try sink.opaque(data)
                state = .oversizedExtension(remaining: remaining - UInt64(data.count))
                if remaining == UInt64(data.count) { pad() }
            case .payload(let remaining):
                let data = take(Int(min(remaining, UInt64(rest.count))), from: &rest)
                try sink.payload(data)
                state = .payload(remaining: remaining - UInt64(data.count))
                if remaining == UInt64(data.count) {
                    try sink.payloadEnded(isWhole: true)
                    pad()
                }
            case .padding(let remaining):
                try reportPadding(rest.prefix(remaining), into: &sink)
                let data = take(remaining, from: &rest)
                try sink.literal(data)
                state = remaining == data.count ? .header : .padding(remaining: remaining - data.count)
            case .tail where hasReportedTail:
                try sink.opaque(take(rest.count, from: &rest))
            case .tail:
                try tail(&rest, into: &sink)
            case .unreadable:
                try unreadable(&rest, into: &sink)
            }
        }
    }

    /// Ends the stream: what is pending passes, and what is missing becomes a finding.
    public mutating func finish(into sink: inout some SplitterSink) throws {
        if case .perhapsPayload(let entry) = state { try settle(entry, hasPayload: false, into: &sink) }
        switch state {
        case .header where partialBlock.isEmpty && !extensions.isPending:
            if offset == 0 {
                try sink.finding(Finding(offset: 0, kind: .missingEnd, text: "the stream is empty"))
            } else {
                let text = zeroBlocks == 1 ? "one zero block at the end instead of two" : "no end-of-archive marker"
                try sink.finding(Finding(offset: offset, kind: .missingEnd, text: text))
            }
        case .header:
            try truncated(in: "a header", into: &sink)
        case .sparseMap:
            try truncated(in: "a sparse map", into: &sink)
        case .extensionData, .oversizedExtension:
            try truncated(in: "an extension header", into: &sink)
        case .payload:
            try sink.payloadEnded(isWhole: false)
            try truncated(in: "a payload", into: &sink)
        case .padding:
            try truncated(in: "a padding", into: &sink)
        case .tail:
            try reportTail(partialBlock[...], into: &sink)
        case .unreadable, .perhapsPayload:
            break
        }
        if !partialBlock.isEmpty {
            switch state {
            case .tail, .unreadable: try sink.opaque(partialBlock[...])
            default: try sink.literal(partialBlock[...])
            }
        }
        partialBlock = []
    }

    // MARK: Headers

    private mutating func header(_ block: ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        if isZero(block) {
            zeroBlocks += 1
            try sink.literal(block)
            if zeroBlocks == 2 { state = .tail }
            return
        }
        let start = offset - UInt64(Header.blockSize)
        guard let header = Header(block), let size = header.size, size >= 0 else {
            try sink.finding(
                Finding(offset: start, kind: .unreadableHeader, text: "this block is no tar header: \(reason(block))"))
            try sink.opaque(block)
            (state, zeroBlocks) = (.unreadable, 0)
            extensions.end()
            hasReportedExtensions = false
            return
        }
        if zeroBlocks == 1, !hasReportedZeroBlock {
            hasReportedZeroBlock = true
            let text = "a zero block between entries"
            try sink.finding(Finding(offset: start - UInt64(Header.blockSize), kind: .zeroBlock, text: text))
        }
        zeroBlocks = 0
        extensions.begin(header.typeFlag, at: start)
        try sink.literal(block)
        if Extensions.describes(header.typeFlag) {
            try beginExtension(header.typeFlag, size: UInt64(size), into: &sink)
            return
        }
        var entry = extensions.entry(header: header, size: UInt64(size))
        try reportOddities(of: entry, header, into: &sink)
        if header.typeFlag == UInt8(ascii: "S") {
            oldSparse = SparseFile(realSize: header.sparseRealSize)
            oldSparse?.read(map: header.sparseMap)
            if header.sparseMapContinues {
                state = .sparseMap(entry, blocks: 0)
                return
            }
            entry.sparse = oldSparse
        }
        let isOldDirectory = header.typeFlag == 0 && entry.kind == .directory
        if entry.size > 0, isOldDirectory || Entry.Kind.isHeaderOnly(header.typeFlag) {
            state = .perhapsPayload(entry)
        } else {
            try begin(entry, into: &sink)
        }
    }

    private func reason(_ block: ArraySlice<UInt8>) -> String {
        guard let header = Header(block) else { return "its checksum does not match" }
        return header.size == nil ? "its size field is not a number" : "its size is negative"
    }

    private mutating func reportOddities(
        of entry: Entry, _ header: Header, into sink: inout some SplitterSink
    ) throws {
        if extensions.extendedAttributes == nil {
            let text = "the extended attributes are more than an entry can have: none are kept"
            try sink.finding(Finding(offset: entry.offset, kind: .badExtension, text: text))
        }
        for finding in Oddities(of: entry, header, extensions.numbers).findings {
            try sink.finding(finding)
        }
    }

    /// Whether a reader would take a block for a header or the archive's end.
    private func isHeaderOrEnd(_ block: ArraySlice<UInt8>) -> Bool {
        isZero(block) || Header(block)?.size.map { $0 >= 0 } == true
    }

    /// The block behind a header that announces a payload for an entry of a kind that should have none. Most writers
    /// mean nothing by it, and the next header follows; some (`pax -o linkdata`) mean it.
    private mutating func perhapsPayload(
        _ block: ArraySlice<UInt8>, of entry: Entry, into sink: inout some SplitterSink
    ) throws {
        let hasPayload = !isHeaderOrEnd(block)
        offset -= UInt64(Header.blockSize)
        try settle(entry, hasPayload: hasPayload, into: &sink)
        try consume(block, into: &sink)
    }

    /// Begins an entry of which it is known now whether its payload follows.
    private mutating func settle(
        _ announced: Entry, hasPayload: Bool, into sink: inout some SplitterSink
    ) throws {
        var entry = announced
        if !hasPayload { entry.size = 0 }
        let text =
            "\(entry.kind): it should have no payload, its size says \(announced.size) bytes, and "
            + (hasPayload ? "they follow" : "none follow")
        try sink.finding(Finding(offset: entry.offset, kind: .unexpectedSize, text: text))
        try begin(entry, into: &sink)
    }

    /// Passes what is no header, up to the next one or the archive's end.
    private mutating func unreadable(_ rest: inout ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        let size = Header.blockSize
        guard partialBlock.isEmpty, rest.count >= size else {
            guard let block = takeBlock(from: &rest) else { return }
            return try unreadable(block: block, into: &sink)
        }
        var end = rest.startIndex
        while rest.endIndex - end >= size, !isHeaderOrEnd(rest[end..<end + size]) { end += size }
        if end > rest.startIndex {
            zeroBlocks = 0
            try sink.opaque(take(end - rest.startIndex, from: &rest))
        }
        if rest.count >= size { try unreadable(block: take(size, from: &rest), into: &sink) }
    }

    private mutating func unreadable(block: ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        if isZero(block) {
            zeroBlocks += 1
            try sink.opaque(block)
            if zeroBlocks == 2 { state = .tail }
        } else {
            zeroBlocks = 0
            if isHeaderOrEnd(block) { return try header(block, into: &sink) }
            try sink.opaque(block)
        }
    }

    private func isZero(_ block: ArraySlice<UInt8>) -> Bool {
        block.first == 0 && block.allSatisfy { $0 == 0 }
    }

    /// A block that continues an old GNU sparse map.
    private mutating func sparseMap(
        _ block: ArraySlice<UInt8>, of entry: Entry, number: Int, into sink: inout some SplitterSink
    ) throws {
        if number < Splitter.maximumSparseMapBlocks {
            oldSparse?.read(map: block.prefix(504))
            try sink.literal(block)
        } else {
            oldSparse?.loseMap()
            if number == Splitter.maximumSparseMapBlocks {
                let text = "a sparse map of more than \(number) blocks is too long"
                let start = offset - UInt64(Header.blockSize)
                try sink.finding(Finding(offset: start, kind: .badExtension, text: text))
            }
            try sink.opaque(block)
        }
        if block[block.startIndex + 504] == 0 {
            var entry = entry
            entry.sparse = oldSparse
            try begin(entry, into: &sink)
        } else {
            state = .sparseMap(entry, blocks: number + 1)
        }
    }

    private mutating func begin(_ entry: Entry, into sink: inout some SplitterSink) throws {
        extensions.end()
        hasReportedExtensions = false
        hasReportedZeroBlock = false
        if let sparse = entry.sparse { try report(sparse, of: entry, into: &sink) }
        try sink.entry(entry)
        pendingPadding = padding(after: entry.size)
        state = entry.size == 0 ? .header : .payload(remaining: entry.size)
    }

    // MARK: Extension headers

    private mutating func beginExtension(
        _ typeFlag: UInt8, size: UInt64, into sink: inout some SplitterSink
    ) throws {
        pendingPadding = padding(after: size)
        extensionData = []
        if !extensions.admits(size) {
            if !hasReportedExtensions {
                let text =
                    size > UInt64(Splitter.maximumExtensionBytes)
                    ? "an extension header of \(size) bytes is too long to be interpreted"
                    : "an entry's extension headers are too long to be interpreted, from the one of \(size) bytes on"
                try sink.finding(Finding(offset: offset, kind: .badExtension, text: text))
            }
            hasReportedExtensions = true
            state = .oversizedExtension(remaining: size)
        } else {
            state = size == 0 ? .header : .extensionData(typeFlag: typeFlag, remaining: Int(size))
        }
    }

    private mutating func endExtension(_ typeFlag: UInt8, into sink: inout some SplitterSink) throws {
        if let text = extensions.take(extensionData[...], typeFlag: typeFlag) {
            try sink.finding(
                Finding(offset: offset - UInt64(extensionData.count), kind: .badExtension, text: text))
        }
        pad()
    }

    // MARK: Stream

    private mutating func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(taken.count)
        offset += UInt64(taken.count)
        return taken
    }

    /// The next whole block, or nil while it is still incomplete.
    private mutating func takeBlock(from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if partialBlock.isEmpty, rest.count >= Header.blockSize { return take(Header.blockSize, from: &rest) }
        partialBlock.append(contentsOf: take(Header.blockSize - partialBlock.count, from: &rest))
        guard partialBlock.count == Header.blockSize else { return nil }
        defer { partialBlock = [] }
        return partialBlock[...]
    }

    private mutating func pad() {
        state = pendingPadding == 0 ? .header : .padding(remaining: pendingPadding)
        hasReportedPadding = false
    }

    private func padding(after size: UInt64) -> Int {
        let block = UInt64(Header.blockSize)
        return Int((block - size % block) % block)
    }

    /// The next block after the end marker, until one is odd.
    private mutating func tail(_ rest: inout ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        guard let block = takeBlock(from: &rest) else { return }
        try reportTail(block, into: &sink)
        try sink.opaque(block)
    }

    /// Reports the first bytes after the end marker, just taken, that are not zero.
    private mutating func reportTail(_ bytes: ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        guard !hasReportedTail, let index = bytes.firstIndex(where: { $0 != 0 }) else { return }
        hasReportedTail = true
        let position = offset - UInt64(bytes.endIndex - index)
        if Header(bytes) != nil {
            let start = offset - UInt64(bytes.count)
            let text = "another archive follows the end-of-archive marker; readers stop before it, and so does the tree"
            try sink.finding(Finding(offset: start, kind: .secondArchive, text: text))
        } else {
            let what = Oddities.compression(of: bytes[index...]).map { "\($0) data" } ?? "data"
            let text = "\(what) after the end-of-archive marker"
            try sink.finding(Finding(offset: position, kind: .trailingData, text: text))
        }
    }

    private mutating func reportPadding(_ bytes: ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        guard !hasReportedPadding, let index = bytes.firstIndex(where: { $0 != 0 }) else { return }
        hasReportedPadding = true
        let position = offset + UInt64(index - bytes.startIndex)
        try sink.finding(
            Finding(offset: position, kind: .paddingNotZero, text: "a padding holds bytes that are not zero"))
    }

    private func report(_ sparse: SparseFile, of entry: Entry, into sink: inout some SplitterSink) throws {
        let size = sparse.realSize.map(String.init) ?? "an unreadable number of"
        let text =
            "sparse file in \(sparse.form.rawValue): \(entry.size) bytes of payload, \(size) bytes with its holes"
        try sink.finding(Finding(offset: entry.offset, kind: .sparseFile, text: text))
        guard !sparse.hasMapInPayload, sparse.layout(payloadByteCount: entry.size) == nil else { return }
        let bad = "the map of a sparse file is malformed, or does not fit its payload"
        try sink.finding(Finding(offset: entry.offset, kind: .badSparseMap, text: bad))
    }

    private func truncated(in place: String, into sink: inout some SplitterSink) throws {
        try sink.finding(Finding(offset: offset, kind: .truncated, text: "the stream ends inside \(place)"))
    }
}
