/// Splits a tar stream, pushed in chunks of any size, into headers and payloads.
///
/// It accepts every byte stream: what it cannot read as tar passes as opaque bytes, with a finding. It keeps at most one
/// block and one entry's extension headers (`maximumExtensionBytes`) in memory, whatever the payloads' sizes.
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
        case payload(remaining: UInt64)
        case padding(remaining: Int)
        /// After the end marker.
        case tail
        /// After a block that should have been a header.
        case unreadable
    }

    private var state = State.header
    private var partialBlock: [UInt8] = []
    private var extensionData: [UInt8] = []
    private var pendingPadding = 0
    private var zeroBlocks = 0
    private var hasReportedTail = false
    private var hasReportedExtensions = false
    private var extensions = Extensions()
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
                let data = take(remaining, from: &rest)
                try sink.literal(data)
                state = remaining == data.count ? .header : .padding(remaining: remaining - data.count)
            case .tail:
                try reportTail(rest, into: &sink)
                try sink.opaque(take(rest.count, from: &rest))
            case .unreadable:
                try sink.opaque(take(rest.count, from: &rest))
            }
        }
    }

    /// Ends the stream: what is pending passes, and what is missing becomes a finding.
    public mutating func finish(into sink: inout some SplitterSink) throws {
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
        case .tail, .unreadable:
            break
        }
        if !partialBlock.isEmpty { try sink.literal(partialBlock[...]) }
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
            state = .unreadable
            return
        }
        zeroBlocks = 0
        extensions.begin(header.typeFlag, at: start)
        try sink.literal(block)
        if Extensions.describes(header.typeFlag) {
            try beginExtension(header.typeFlag, size: UInt64(size), into: &sink)
            return
        }
        let entry = extensions.entry(header: header, size: UInt64(size))
        if extensions.extendedAttributes == nil {
            let text = "the extended attributes are more than an entry can have: none are kept"
            try sink.finding(Finding(offset: entry.offset, kind: .badExtension, text: text))
        }
        if header.typeFlag == UInt8(ascii: "S"), header.sparseMapContinues {
            state = .sparseMap(entry, blocks: 0)
        } else {
            try begin(entry, into: &sink)
        }
    }

    private func reason(_ block: ArraySlice<UInt8>) -> String {
        Header(block) == nil ? "its checksum does not match" : "its size field is not a number"
    }

    private func isZero(_ block: ArraySlice<UInt8>) -> Bool {
        block.first == 0 && block.allSatisfy { $0 == 0 }
    }

    /// A block that continues an old GNU sparse map.
    private mutating func sparseMap(
        _ block: ArraySlice<UInt8>, of entry: Entry, number: Int, into sink: inout some SplitterSink
    ) throws {
        state = .sparseMap(entry, blocks: number + 1)
        if number < Splitter.maximumSparseMapBlocks {
            try sink.literal(block)
        } else {
            if number == Splitter.maximumSparseMapBlocks {
                let text = "a sparse map of more than \(number) blocks is too long"
                let start = offset - UInt64(Header.blockSize)
                try sink.finding(Finding(offset: start, kind: .badExtension, text: text))
            }
            try sink.opaque(block)
        }
        if block[block.startIndex + 504] == 0 { try begin(entry, into: &sink) }
    }

    private mutating func begin(_ entry: Entry, into sink: inout some SplitterSink) throws {
        extensions.end()
        hasReportedExtensions = false
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
    }

    private func padding(after size: UInt64) -> Int {
        let block = UInt64(Header.blockSize)
        return Int((block - size % block) % block)
    }

    private mutating func reportTail(_ bytes: ArraySlice<UInt8>, into sink: inout some SplitterSink) throws {
        guard !hasReportedTail, let index = bytes.firstIndex(where: { $0 != 0 }) else { return }
        hasReportedTail = true
        let position = offset + UInt64(index - bytes.startIndex)
        try sink.finding(Finding(offset: position, kind: .trailingData, text: "data after the end-of-archive marker"))
    }

    private func truncated(in place: String, into sink: inout some SplitterSink) throws {
        try sink.finding(Finding(offset: offset, kind: .truncated, text: "the stream ends inside \(place)"))
    }
}
