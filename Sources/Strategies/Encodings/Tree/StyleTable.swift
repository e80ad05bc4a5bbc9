/// The header styles of a layer so far, in the order of their first use, and which of them entries of a sort had last.
struct StyleTable {
    /// More are not told apart.
    static let maximumCount = 1024

    private(set) var styles: [HeaderStyle] = []
    /// What each style's own properties say, at hand: entries ask for it one by one.
    private var simple: [Bool] = []
    private(set) var spelledKeys: [[[UInt8]]] = []
    private(set) var attributeNames: [[[UInt8]]] = []
    private var hasRecords: [Bool] = []
    /// The extension headers of all styles, in their order.
    private(set) var extensions: [ExtensionStyle] = []
    /// The numbers that the last entry of each style had, and all that its last entry said that was no node's.
    private var lastNumbers: [SIMD8<Int64>] = []
    private var lastFields: [EntryFields] = []
    /// The last style of each sort of entry.
    private var last = [Int](repeating: -1, count: EntrySort.count)

    mutating func append(_ style: HeaderStyle) -> Int {
        styles.append(style)
        simple.append(style.isSimple)
        spelledKeys.append(style.spelledKeys)
        attributeNames.append(style.attributeNames)
        hasRecords.append(style.hasRecords)
        extensions += style.extensions
        lastNumbers.append(.init())
        lastFields.append(EntryFields())
        return styles.count - 1
    }

    /// The style that an entry of a sort likely has; -1 where there was none.
    func expected(_ sort: EntrySort) -> Int { last[Int(sort.rawValue)] }

    mutating func note(_ style: Int, _ sort: EntrySort) { last[Int(sort.rawValue)] = style }

    func isSimple(_ style: Int) -> Bool { simple[style] }

    /// Appends the headers of an entry; false where the style cannot write it.
    func render(_ fields: EntryFields, _ extended: [[UInt8]], _ style: Int, to output: inout [UInt8]) -> Bool {
        let isShort = fields.path.count <= HeaderField.name.count && fields.link.count <= HeaderField.linkName.count
        return styles[style].render(fields, extended, to: &output, extended: hasRecords[style] || !isShort)
    }

    func lastNumbers(of style: Int) -> SIMD8<Int64> { style < 0 ? .init() : lastNumbers[style] }

    mutating func setLastNumbers(_ numbers: SIMD8<Int64>, of style: Int) { lastNumbers[style] = numbers }

    func lastFields(of style: Int) -> EntryFields { style < 0 ? EntryFields() : lastFields[style] }

    mutating func setLastFields(_ fields: EntryFields, of style: Int) { lastFields[style] = fields }
}

/// What tells apart entries that likely have another style: the node's kind (3 where there is none), whether its path or its
/// target is too long for a header, whether a file of its size was there.
struct EntrySort: RawRepresentable {
    static let count = 32
    var rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    var kind: UInt32 { rawValue & 3 }
}

/// Owners' names by their numbers, as the last entry with the number had them.
struct OwnerNames {
    private var names: [(number: Int64, name: [UInt8])] = []
    /// Where the last one was found.
    private var latest = 0

    func name(of number: Int64) -> [UInt8] {
        if latest < names.count, names[latest].number == number { return names[latest].name }
        return names.first { $0.number == number }?.name ?? []
    }

    mutating func note(_ number: Int64, _ name: [UInt8]) {
        if latest < names.count, names[latest].number == number, names[latest].name == name { return }
        if let index = names.firstIndex(where: { $0.number == number }) {
            (names[index].name, latest) = (name, index)
        } else {
            if names.count == OwnerNames.maximumCount { names.removeFirst() }
            names.append((number, name))
            latest = names.count - 1
        }
    }

    /// Owners beyond so many are forgotten, the first ones first.
    private static let maximumCount = 256
}

/// Files that had their entries, by size.
struct SizeTable {
    /// Nodes in open addressing, at most one for each size: the last one. -1 is none.
    private var table: [Int32]
    /// For each node the one before of its size.
    private var earlier: [Int32]

    init(nodeCount: Int) {
        var size = 16
        while size < 2 * nodeCount { size *= 2 }
        table = [Int32](repeating: -1, count: size)
        earlier = [Int32](repeating: -1, count: nodeCount)
    }

    private func slot(_ byteCount: UInt64, in tree: TarTree) -> Int {
        let mixed = mix(UInt32(truncatingIfNeeded: byteCount), UInt32(truncatingIfNeeded: byteCount >> 32))
        var slot = Int(mixed) & (table.count - 1)
        while table[slot] >= 0, tree.nodes[Int(table[slot])].byteCount != byteCount {
            slot = (slot + 1) & (table.count - 1)
        }
        return slot
    }

    /// The last file of a size; -1 where there is none.
    func last(_ byteCount: UInt64, in tree: TarTree) -> Int32 { table[slot(byteCount, in: tree)] }

    func earlier(than node: Int32) -> Int32 { earlier[Int(node)] }

    mutating func note(_ node: Int, in tree: TarTree) {
        let slot = slot(tree.nodes[node].byteCount, in: tree)
        earlier[node] = table[slot]
        table[slot] = Int32(node)
    }
}
