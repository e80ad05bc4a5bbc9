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

/// A recipe as items.
struct TarItems {
    private(set) var items: [TarItem] = []
    /// Headers that wait for what follows them.
    private var headers: Range<Int>?
    /// Whether the last of them is an extension header, whose data and entry have to come.
    private var isOpen = false

    /// - Parameters:
    ///   - literals: the recipe's.
    ///   - nodes: the tree whose nodes the entries describe.
    init(_ recipe: Recipe, literals: [UInt8], nodes tree: TarTree) {
        items.reserveCapacity(recipe.segments.count)
        for element in Outline(recipe, literals: literals) { take(element, of: literals) }
        flush()
        assignNodes(of: tree, literals)
    }

    private mutating func assignNodes(of tree: TarTree, _ literals: [UInt8]) {
        var isTaken = [Bool](repeating: false, count: tree.nodes.count)
        // The last path's directory: most entries stay in it.
        var (directory, directoryNode) = (literals[0..<0], 0)
        for index in items.indices {
            guard case .entry(let headers, _) = items[index].content, let path = TarHeaders.path(headers, of: literals)
            else { continue }
            let trimmed = path.last == UInt8(ascii: "/") ? path.dropLast() : path
            let end = trimmed.lastIndex(of: UInt8(ascii: "/")) ?? trimmed.startIndex
            if trimmed[..<end] != directory {
                guard let node = tree.node(at: trimmed[..<end]) else { continue }
                (directory, directoryNode) = (trimmed[..<end], node)
            }
            guard let node = tree.node(at: trimmed[end...], from: directoryNode), !isTaken[node] else { continue }
            isTaken[node] = true
            items[index].node = node
        }
    }

    private mutating func take(_ element: Outline.Element, of literals: [UInt8]) {
        switch element {
        case .header(let start):
            let typeFlag = literals[start + HeaderField.typeFlag]
            // Global records are no part of the next entry.
            if !isOpen || headers?.upperBound != start || typeFlag == UInt8(ascii: "g") { flush() }
            headers = (headers?.lowerBound ?? start)..<start + Header.blockSize
            isOpen = Header.isExtension(typeFlag)
        case .data(let range, let isPadded):
            guard let headers else { return append(.literal(range)) }
            guard isOpen else {
                self.headers = nil
                return append(.entry(headers: headers, .inline(literals[range], isPadded: isPadded)))
            }
            let isGlobal =
                literals[headers.upperBound - Header.blockSize + HeaderField.typeFlag] == UInt8(ascii: "g")
            let padding = isPadded ? -range.count & (Header.blockSize - 1) : 0
            self.headers = headers.lowerBound..<range.upperBound + padding
            if !isPadded || isGlobal { flush() }
        case .payload(let payload, let isPadded):
            guard let headers else { return append(.piece(payload)) }
            self.headers = nil
            isOpen = false
            append(.entry(headers: headers, .reference(payload, isPadded: isPadded)))
        case .zeroBlocks(let count):
            flush()
            append(.zeroBlocks(count))
        case .literal(let range):
            flush()
            append(.literal(range))
        case .piece(let payload):
            flush()
            append(.piece(payload))
        }
    }

    /// What waits is an entry without a payload, or no entry.
    private mutating func flush() {
        defer { (headers, isOpen) = (nil, false) }
        guard let headers else { return }
        append(isOpen ? .literal(headers) : .entry(headers: headers, .none))
    }

    private mutating func append(_ content: TarItem.Content) { items.append(TarItem(content: content)) }
}

/// The headers of an entry, apart.
struct TarHeaders {
    var header: ArraySlice<UInt8>
    var extensions: [(header: ArraySlice<UInt8>, data: ArraySlice<UInt8>)] = []

    /// nil where the bytes are not extension headers with their data, one after the other, and a header.
    init?(_ range: Range<Int>, of literals: [UInt8]) {
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
    static func path(_ range: Range<Int>, of literals: [UInt8]) -> ArraySlice<UInt8>? {
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
