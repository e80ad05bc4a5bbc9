/// A Huffman code with limited lengths, as gzip and zlib choose it among all that are equally good.
struct HuffmanCode {
    /// Bits of each symbol, 0 for those without a code.
    private(set) var lengths: [UInt8]
    /// Each symbol's code, its first bit lowest, as deflate writes it.
    private(set) var codes: [UInt16] = []
    /// The last symbol with a code.
    private(set) var lastSymbol = -1

    /// The code that these lengths give.
    init(lengths: [UInt8]) {
        self.lengths = lengths
        lastSymbol = lengths.lastIndex { $0 > 0 } ?? -1
        assignCodes()
    }

    /// The best code for symbols that occur so often. At least two symbols get one, as inflaters of old want it.
    init(frequencies: [UInt32], longest: Int) {
        lengths = [UInt8](repeating: 0, count: frequencies.count)
        var tree = Merging(frequencies)
        lastSymbol = tree.lastSymbol
        tree.mergeAll()
        limitLengths(of: tree, to: longest)
        assignCodes()
    }

    /// How many bits symbols take that occur so often, with bits that follow them.
    func bitCount(of frequencies: [UInt32], extraBits: (Int) -> Int) -> Int {
        var bits = 0
        for (symbol, frequency) in frequencies.enumerated() where frequency > 0 {
            bits += Int(frequency) * (Int(lengths[symbol]) + extraBits(symbol))
        }
        return bits
    }

    /// Takes the lengths from a tree. Where it is too deep, leaves move: one from the level above goes down, and a too
    /// deep one becomes its sibling, until all have a place; then the rarest symbols get the longest codes.
    private mutating func limitLengths(of tree: Merging, to longest: Int) {
        var depths = [Int](repeating: 0, count: tree.parents.count)
        var leavesAtDepth = [Int](repeating: 0, count: longest + 1)
        var excess = 0
        // The root is the last one, and its depth is 0.
        for node in tree.order.dropLast().reversed() {
            var depth = depths[tree.parents[node]] + 1
            if depth > longest {
                depth = longest
                excess += 1
            }
            depths[node] = depth
            if node < lengths.count {
                leavesAtDepth[depth] += 1
                lengths[node] = UInt8(depth)
            }
        }
        guard excess > 0 else { return }
        while excess > 0 {
            let giver = (1..<longest).last { leavesAtDepth[$0] > 0 } ?? 1
            leavesAtDepth[giver] -= 1
            leavesAtDepth[giver + 1] += 2
            leavesAtDepth[longest] -= 1
            excess -= 2
        }
        var leaves = tree.order.filter { $0 < lengths.count }.makeIterator()
        for depth in (1...longest).reversed() {
            for _ in 0..<leavesAtDepth[depth] {
                if let leaf = leaves.next() { lengths[leaf] = UInt8(depth) }
            }
        }
    }

    /// Numbers the codes of each length in the order of the symbols.
    private mutating func assignCodes() {
        var next = [UInt32](repeating: 0, count: 17)
        for length in lengths where length > 0 { next[Int(length) + 1] += 1 }
        for length in 1...16 { next[length] = (next[length] + next[length - 1]) << 1 }
        codes = lengths.map { length in
            guard length > 0 else { return 0 }
            defer { next[Int(length)] += 1 }
            return UInt16(truncatingIfNeeded: next[Int(length)]).bitsReversed >> (16 - UInt16(length))
        }
    }
}

extension UInt16 {
    fileprivate var bitsReversed: UInt16 {
        var bits = byteSwapped
        bits = bits >> 4 & 0x0f0f | bits << 4 & 0xf0f0
        bits = bits >> 2 & 0x3333 | bits << 2 & 0xcccc
        return bits >> 1 & 0x5555 | bits << 1 & 0xaaaa
    }
}

/// Merges the two rarest nodes again and again. Which of several equal ones comes first decides over the code, and hangs on
/// how the heap moves: so it is the heap of the programs whose output is to be met, with ties by the subtrees' depth.
private struct Merging {
    /// Each node's parent: leaves are symbols, the others follow.
    private(set) var parents: [Int]
    /// The nodes, rarest first, as they were taken; the last one is the root.
    private(set) var order: [Int] = []
    private(set) var lastSymbol = -1
    /// Weight, depth and number of a node, the first place unused: the children of place p are at 2p and 2p + 1.
    private var heap: [UInt64] = [0]
    private var next: Int

    init(_ frequencies: [UInt32]) {
        next = frequencies.count
        parents = [Int](repeating: 0, count: 2 * frequencies.count + 1)
        for (symbol, frequency) in frequencies.enumerated() where frequency > 0 {
            heap.append(Merging.entry(weight: UInt64(frequency), depth: 0, node: symbol))
            lastSymbol = symbol
        }
        while heap.count < 3 {
            let symbol = lastSymbol < 2 ? lastSymbol + 1 : 0
            lastSymbol = max(lastSymbol, symbol)
            heap.append(Merging.entry(weight: 1, depth: 0, node: symbol))
        }
        for place in (1...(heap.count - 1) / 2).reversed() { sink(from: place) }
    }

    mutating func mergeAll() {
        while heap.count > 2 {
            let rarest = heap[1]
            heap[1] = heap.removeLast()
            sink(from: 1)
            let second = heap[1]
            order += [Merging.node(rarest), Merging.node(second)]
            parents[Merging.node(rarest)] = next
            parents[Merging.node(second)] = next
            heap[1] = Merging.entry(
                weight: rarest >> 32 + second >> 32, depth: max(Merging.depth(rarest), Merging.depth(second)) + 1,
                node: next)
            sink(from: 1)
            next += 1
        }
        order.append(Merging.node(heap[1]))
    }

    private mutating func sink(from start: Int) {
        var place = start
        let entry = heap[place]
        while 2 * place < heap.count {
            var child = 2 * place
            if child + 1 < heap.count, heap[child + 1] >> 16 <= heap[child] >> 16 { child += 1 }
            if entry >> 16 <= heap[child] >> 16 { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = entry
    }

    private static func entry(weight: UInt64, depth: UInt64, node: Int) -> UInt64 {
        weight << 32 | depth << 16 | UInt64(node)
    }
    private static func depth(_ entry: UInt64) -> UInt64 { entry >> 16 & 0xffff }
    private static func node(_ entry: UInt64) -> Int { Int(entry & 0xffff) }
}
