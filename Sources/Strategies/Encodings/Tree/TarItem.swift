internal import Digests
internal import Tar

/// What stands between two steps of a walk: an entry with its extension headers and its payload, or bytes that are none.
struct TarItem {
    enum Content {
        /// Headers in these literal bytes, the entry's own in the last block.
        case entry(headers: Range<Int>, TarPayload)
        case zeroBlocks(Int)
        case literal(Range<Int>)
        case piece(Recipe.Payload)
    }

    var content: Content
    /// The node that the entry describes; none where it is of another path, or not the first one of its path.
    var node: Int?
}

/// What follows an entry's header.
enum TarPayload: Equatable {
    case none
    case reference(Recipe.Payload, isPadded: Bool)
    case inline(ArraySlice<UInt8>, isPadded: Bool)
}

/// A recipe as items. A layer may have a million, so that each takes no more than 32 bytes: what it holds is looked up in
/// the recipe.
struct TarItems {
    private enum Kind: UInt8 { case bare, reference, inline, zeroBlocks, literal, piece }

    private struct Record {
        /// Where its literal bytes begin.
        var start = 0
        /// Bytes of the payload or the literal, or how many blocks of zeros there are.
        var extent: UInt64 = 0
        /// Blocks of the headers, which begin there; extension headers' data are padded.
        var headerBlocks: UInt32 = 0
        /// The payload's place among all payloads.
        var payload: UInt32 = 0
        /// -1 for none.
        var node: Int32 = -1
        var kind: Kind
        var isPadded = false
    }

    private var records: [Record] = []
    private let segments: Recipe.Segments
    private let literals: LiteralBytes
    /// Payloads so far.
    private var payloadCount: UInt32 = 0
    /// Headers that wait for what follows them.
    private var headers: Range<Int>?
    /// Whether the last of them is an extension header, whose data and entry have to come.
    private var isOpen = false

    /// No items.
    init() { (segments, literals) = (Recipe().segments, Recipe().literalBytes()) }

    /// - Parameters:
    ///   - literals: the recipe's.
    ///   - nodes: the tree whose nodes the entries describe.
    init(_ recipe: Recipe, literals: LiteralBytes, nodes tree: TarTree) {
        (segments, self.literals) = (recipe.segments, literals)
        records.reserveCapacity(recipe.segments.count)
        for element in Outline(recipe, literals: literals) { take(element) }
        flush()
        assignNodes(of: tree)
    }

    var count: Int { records.count }

    subscript(index: Int) -> TarItem {
        let record = records[index]
        let headers = headers(of: record)
        let content: TarItem.Content =
            switch record.kind {
            case .bare: .entry(headers: headers, .none)
            case .reference: .entry(headers: headers, .reference(payload(of: record), isPadded: record.isPadded))
            case .inline:
                .entry(
                    headers: headers,
                    .inline(
                        literals[headers.upperBound..<headers.upperBound + Int(record.extent)],
                        isPadded: record.isPadded))
            case .zeroBlocks: .zeroBlocks(Int(record.extent))
            case .literal: .literal(record.start..<record.start + Int(record.extent))
            case .piece: .piece(payload(of: record))
            }
        return TarItem(content: content, node: node(of: index))
    }

    /// The node that an item's entry describes.
    func node(of index: Int) -> Int? { records[index].node < 0 ? nil : Int(records[index].node) }

    /// Visits the nodes that items describe, in the items' order.
    func forEachNode(_ visit: (Int) -> Void) {
        for record in records where record.node >= 0 { visit(Int(record.node)) }
    }

    private func headers(of record: Record) -> Range<Int> {
        record.start..<record.start + Int(record.headerBlocks) * Header.blockSize
    }

    private func payload(of record: Record) -> Recipe.Payload {
        Recipe.Payload(byteCount: record.extent, object: segments.object(ofPayload: Int(record.payload)))
    }

    private mutating func assignNodes(of tree: TarTree) {
        var isTaken = [Bool](repeating: false, count: tree.nodes.count)
        // The last path's directory: most entries stay in it.
        var (directory, directoryNode) = (literals[0..<0], 0)
        for index in records.indices where records[index].headerBlocks > 0 {
            guard let path = TarHeaders.path(headers(of: records[index]), of: literals) else { continue }
            let trimmed = path.last == UInt8(ascii: "/") ? path.dropLast() : path
            let end = trimmed.lastIndex(of: UInt8(ascii: "/")) ?? trimmed.startIndex
            if trimmed[..<end] != directory {
                guard let node = tree.node(at: trimmed[..<end]) else { continue }
                (directory, directoryNode) = (trimmed[..<end], node)
            }
            guard let node = tree.node(at: trimmed[end...], from: directoryNode), !isTaken[node] else { continue }
            isTaken[node] = true
            records[index].node = Int32(node)
        }
    }

    private mutating func take(_ element: Outline.Element) {
        switch element {
        case .header(let start):
            let typeFlag = literals[start + HeaderField.typeFlag]
            // Global records are no part of the next entry.
            if !isOpen || headers?.upperBound != start || typeFlag == UInt8(ascii: "g") { flush() }
            headers = (headers?.lowerBound ?? start)..<start + Header.blockSize
            isOpen = Header.isExtension(typeFlag)
        case .data(let range, let isPadded):
            guard let headers else { return append(literal: range) }
            guard isOpen else {
                self.headers = nil
                return append(.inline, headers, extent: UInt64(range.count), isPadded: isPadded)
            }
            let isGlobal =
                literals[headers.upperBound - Header.blockSize + HeaderField.typeFlag] == UInt8(ascii: "g")
            let padding = isPadded ? -range.count & (Header.blockSize - 1) : 0
            self.headers = headers.lowerBound..<range.upperBound + padding
            if !isPadded || isGlobal { flush() }
        case .payload(let payload, let isPadded):
            guard let headers else { return append(piece: payload) }
            self.headers = nil
            isOpen = false
            append(.reference, headers, extent: payload.byteCount, isPadded: isPadded)
            payloadCount += 1
        case .zeroBlocks(let count):
            flush()
            records.append(Record(extent: UInt64(count), kind: .zeroBlocks))
        case .literal(let range):
            flush()
            append(literal: range)
        case .piece(let payload):
            flush()
            append(piece: payload)
        }
    }

    /// What waits is an entry without a payload, or no entry.
    private mutating func flush() {
        defer { (headers, isOpen) = (nil, false) }
        guard let headers else { return }
        if isOpen { append(literal: headers) } else { append(.bare, headers) }
    }

    private mutating func append(_ kind: Kind, _ headers: Range<Int>, extent: UInt64 = 0, isPadded: Bool = false) {
        records.append(
            Record(
                start: headers.lowerBound, extent: extent, headerBlocks: UInt32(headers.count / Header.blockSize),
                payload: payloadCount, kind: kind, isPadded: isPadded))
    }

    private mutating func append(literal range: Range<Int>) {
        records.append(Record(start: range.lowerBound, extent: UInt64(range.count), kind: .literal))
    }

    private mutating func append(piece payload: Recipe.Payload) {
        records.append(Record(extent: payload.byteCount, payload: payloadCount, kind: .piece))
        payloadCount += 1
    }
}

/// The headers of an entry, apart.
struct TarHeaders {
    var header: ArraySlice<UInt8>
    var extensions: [(header: ArraySlice<UInt8>, data: ArraySlice<UInt8>)] = []

    /// nil where the bytes are not extension headers with their data, one after the other, and a header.
    init?(_ range: Range<Int>, of literals: LiteralBytes) {
        let start = range.upperBound - Header.blockSize
        header = literals[start..<range.upperBound]
        var position = range.lowerBound
        while position < start {
            guard start - position >= Header.blockSize,
                let header = Header(literals[position..<position + Header.blockSize]), let size = header.size,
                let count = Int(exactly: size), count >= 0, count <= start - position - Header.blockSize
            else { return nil }
            let data = position + Header.blockSize..<position + Header.blockSize + count
            extensions.append((literals[position..<data.lowerBound], literals[data]))
            position = data.upperBound + (-count & (Header.blockSize - 1))
        }
        guard position == start else { return nil }
    }

    /// The path of an entry, as the tar has it.
    static func path(_ range: Range<Int>, of literals: LiteralBytes) -> ArraySlice<UInt8>? {
        let start = range.upperBound - Header.blockSize
        if range.lowerBound == start, literals[start + HeaderField.prefix.lowerBound] == 0 {
            let field = literals[start..<start + HeaderField.name.upperBound]
            return field[..<(field.firstIndex(of: 0) ?? field.endIndex)]
        }
        guard let headers = TarHeaders(range, of: literals) else { return nil }
        for (header, data) in headers.extensions.reversed() {
            switch header[header.startIndex + HeaderField.typeFlag] {
            case UInt8(ascii: "L"): return data.last == 0 ? data.dropLast() : data
            case UInt8(ascii: "x"):
                var records = PaxRecords()
                records.merge(parsing: data)
                if let path = records["path"] { return path[...] }
            default: break
            }
        }
        return (Header(headers.header)?.path)?[...]
    }
}
