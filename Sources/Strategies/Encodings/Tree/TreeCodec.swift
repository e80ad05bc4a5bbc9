internal import Digests
internal import Tar

/// Writes and reads the coded form of `tree`: one walk over the layer's tree, item by item. Both directions are one piece of
/// code, so that they predict the same; where they differ, `Coder.isDecoder` says so.
struct TreeCodec<Coder: BinaryCoder> {
    let layer: LayerContext
    let tree: TarTree
    var coder: RecipeCoder<Coder>
    /// What was read and is not handed on yet; nothing while writing.
    private var recipe = Recipe()
    /// From so many literal bytes, or segments, on it is.
    private let handedByteCount = 32 << 10
    private let handedSegmentCount = 1024
    /// Bytes of the stream so far, and of its literals.
    var streamLength: UInt64 = 0
    var literalBytes = 0
    var segmentCount = 0
    /// The literal bytes of what is written; nothing while reading.
    let source: LiteralBytes
    let items: TarItems
    /// Whether a node has an item; known while writing only.
    let hasItem: [Bool]

    var times: TimeModel
    var styles = StyleTable()
    var users = OwnerNames()
    var groups = OwnerNames()
    var sizes: SizeTable
    /// What the current entry says, or is expected to.
    var fields = EntryFields()
    /// The last value of each pax record that is spelled out.
    var lastRecords: [[UInt8]: [UInt8]] = [:]
    /// Whether a node has had its entry, or will have none.
    var isDone: [Bool]
    var remaining: Int
    var sequence: [Int32] = []
    var positions: [Int32] = []
    var cursor = 0
    /// Each position's own while its node has not had its entry, then one behind it.
    var following: [Int32] = []
    var nextOrphan = 0
    var lastAction = WalkAction.next
    var lastPath: [UInt8] = []
    /// Where the writer finds payloads that are not where they are expected.
    lazy var orphanIndices = DigestTable(layer.orphans.indices) { layer.orphans[$0] }
    lazy var objectNodes = DigestTable(tree.nodes.indices.filter { tree.nodes[$0].kind != .directory }) {
        tree.object(of: $0) ?? .zero
    }
    let limits: Limits
    var rendered: [UInt8] = []
    /// The path of the directory `pathDirectory`, with a slash behind it.
    var pathPrefix: [UInt8] = []
    var pathDirectory = -1

    /// What a reader takes at most, whatever the bytes say.
    struct Limits {
        var literalBytes: Int
        var segments: Int
        var spelledBytes: Int

        init(nodes: Int, recipeBytes: Int) {
            literalBytes = 256 << 10 + 4096 * nodes + 1024 * recipeBytes
            segments = 4096 + 8 * (nodes + recipeBytes)
            spelledBytes = min(1024 + 64 * recipeBytes, 1 << 16)
        }
    }

    init(_ coder: Coder, _ tree: TarTree, _ layer: LayerContext, source: LiteralBytes, items: TarItems, limits: Limits)
    {
        self.coder = RecipeCoder(coder, nodeCount: tree.nodes.count, spelledLimit: limits.spelledBytes)
        (self.tree, self.layer, self.source, self.items, self.limits) = (tree, layer, source, items, limits)
        var hasItem = [Bool](repeating: false, count: Coder.isDecoder ? 0 : tree.nodes.count)
        items.forEachNode { hasItem[$0] = true }
        self.hasItem = hasItem
        times = TimeModel(nodeCount: tree.nodes.count)
        isDone = [Bool](repeating: false, count: tree.nodes.count)
        sizes = SizeTable(nodeCount: tree.nodes.count)
        remaining = tree.nodes.count
    }

    /// Codes everything: the walk's rule, and then item after item.
    ///
    /// - Parameter handOn: takes the recipe that is read, part by part; false ends the work.
    mutating func run(handOn: (Recipe) -> Bool) throws(StrategyError) {
        try codeOrder()
        var item = 0
        while true {
            let action = try codeAction(item)
            if action == .skip { continue }
            if action == .end { break }
            try code(action, Coder.isDecoder ? nil : items[item])
            item += 1
            guard literalBytes <= limits.literalBytes, segmentCount <= limits.segments else {
                throw StrategyError(
                    Coder.isDecoder ? .malformed : .cannot, Tree.name,
                    "it rebuilds more than its bytes and its tree can stand for")
            }
            if recipe.literalByteCount >= handedByteCount || recipe.segments.count >= handedSegmentCount {
                guard handOn(recipe) else { return }
                recipe = Recipe()
            }
        }
        _ = handOn(recipe)
    }

    // MARK: The walk

    private mutating func codeOrder() throws(StrategyError) {
        coder.stream = .order
        var ranks: [Int32] = []
        var rule = WalkRule.depthFirst
        if !Coder.isDecoder { (rule, ranks) = try WalkChoice(items, tree).best() }
        let coded = try coder.symbol(rule.rawValue, bits: 3, .order, mix(100, 0))
        guard let rule = WalkRule(rawValue: coded) else { throw malformed("walk rule \(coded)") }
        let order = try WalkOrder(rule, of: tree) { (_, children) throws(StrategyError) in
            try codeSiblings(&children, ranks)
        }
        sequence = order.sequence
        positions = [Int32](repeating: 0, count: sequence.count)
        following = sequence.indices.map(Int32.init)
        for (position, node) in sequence.enumerated() { positions[Int(node)] = Int32(position) }
    }

    /// Codes the order of a directory's children, which is their ranks'.
    private mutating func codeSiblings(_ children: inout [Int32], _ ranks: [Int32]) throws(StrategyError) {
        guard children.count > 1 else { return }
        let sorted = Coder.isDecoder ? children : children.sorted { ranks[Int($0)] < ranks[Int($1)] }
        let size = UInt32(min(children.count, 15))
        guard try !coder.bit(sorted == children, .order, mix(101, 0), mix(102, size)) else { return }
        // A directory's children have consecutive numbers.
        let first = children[0]
        var left = RankTree(count: children.count)
        for index in children.indices {
            let rank = Coder.isDecoder ? 0 : left.rank(of: Int(sorted[index] - first))
            let coded = try coder.uniform(rank, below: children.count - index)
            children[index] = first + Int32(left.remove(rank: coded))
        }
    }

    /// The node whose entry comes next if the walk goes on as its rule says.
    private mutating func expectedNode() -> Int? {
        guard remaining > 0 else { return nil }
        cursor = nextPosition(from: cursor)
        if cursor == sequence.count { cursor = nextPosition(from: 0) }
        return Int(sequence[cursor])
    }

    /// The first position from this one on whose node has not had its entry. Paths through those that had are shortened
    /// on the way, so that jumps cost no more than the walk.
    private mutating func nextPosition(from start: Int) -> Int {
        var position = start
        while position < sequence.count, following[position] != Int32(position) {
            let next = Int(following[position])
            if next < sequence.count { following[position] = following[next] }
            position = next
        }
        return position
    }

    /// Codes what comes next. For `skip` that is all.
    private mutating func codeAction(_ item: Int) throws(StrategyError) -> WalkAction {
        coder.stream = .walk
        let expected = expectedNode()
        var action = WalkAction.end
        if !Coder.isDecoder, item < items.count {
            action = items[item].action(expected: expected)
            if action == .jump || action == .foreign, let expected, !hasItem[expected] { action = .skip }
        }
        let context = UInt32(lastAction.rawValue)
        if let expected {
            let node = tree.nodes[expected]
            let isBare = node.kind == .directory && node.mode == 0o755 && node.userID == 0
            let about = UInt32(node.kind.rawValue) << 1 | (isBare ? 1 : 0)
            if try coder.bit(action == .next, .walk, mix(110, context), mix(111, about << 4 | context)) {
                return step(.next, expected)
            }
        }
        let coded = try coder.symbol(action.rawValue, bits: 3, .walk, mix(mix(112, context), expected == nil ? 0 : 1))
        guard let action = WalkAction(rawValue: coded), action != .next, expected != nil || action != .skip else {
            throw malformed("step \(coded) of the walk")
        }
        return step(action, expected)
    }

    private mutating func step(_ action: WalkAction, _ expected: Int?) -> WalkAction {
        lastAction = action
        if action == .skip, let expected { finish(expected) }
        return action
    }

    private mutating func finish(_ node: Int) {
        isDone[node] = true
        following[Int(positions[node])] = positions[node] + 1
        remaining -= 1
    }

    // MARK: Items

    private mutating func code(_ action: WalkAction, _ item: TarItem?) throws(StrategyError) {
        switch action {
        case .next:
            let node = Int(sequence[cursor])
            try codeEntry(item, node: node)
            finish(node)
        case .jump:
            let node = try coder.uniform(item?.node ?? 0, below: tree.nodes.count)
            guard !isDone[node] else { throw malformed("a node has two entries") }
            try codeEntry(item, node: node)
            finish(node)
            cursor = Int(positions[node])
        case .foreign:
            try codeEntry(item, node: nil)
        case .zeroBlocks:
            var count = 0
            if case .zeroBlocks(let blocks)? = item?.content { count = blocks }
            count = try codeZeroBlocks(count)
            for _ in 0..<count { emit(TreePadding.zeros[...]) }
        case .literal:
            var range = 0..<0
            if case .literal(let bytes)? = item?.content { range = bytes }
            coder.stream = .literals
            let bytes = try coder.bytes(source[range], mix(120, 0))
            guard !bytes.isEmpty else { throw malformed("no literal bytes") }
            emit(bytes[...])
        case .piece:
            var payload: Recipe.Payload?
            if case .piece(let piece)? = item?.content { payload = piece }
            emit(.reference(try codeReference(payload, own: nil), isPadded: false))
        case .skip, .end: break
        }
    }

    private mutating func codeZeroBlocks(_ count: Int) throws(StrategyError) -> Int {
        coder.stream = .structure
        // Most archives end with two blocks of zeros, and many fill a record of 20 blocks then.
        let minimal = 2
        let offset = Int((streamLength / UInt64(Header.blockSize)) % 20)
        let filled = (38 - offset) % 20 + minimal
        if try coder.bit(count == filled, .walk, mix(121, 0), mix(121, 1)) { return filled }
        if try coder.bit(count == minimal, .walk, mix(122, 0), mix(122, 1)) { return minimal }
        let coded = try coder.number(UInt64(count), mix(123, 0))
        guard coded > 0, coded <= UInt64(limits.literalBytes / Header.blockSize) else {
            throw malformed("\(coded) blocks of zeros")
        }
        return Int(coded)
    }

    // MARK: What comes of it

    mutating func emit(_ literal: ArraySlice<UInt8>) {
        streamLength += UInt64(literal.count)
        literalBytes += literal.count
        if Coder.isDecoder { recipe.append(literal: literal) }
    }

    mutating func emit(_ payload: TarPayload) {
        switch payload {
        case .none: break
        case .reference(let payload, let isPadded):
            let (sum, isOverlong) = streamLength.addingReportingOverflow(payload.byteCount)
            // No stream is that long; the limits end it.
            guard !isOverlong, sum <= UInt64(Int64.max) else { return segmentCount = .max }
            streamLength = sum
            segmentCount += 1
            if Coder.isDecoder { recipe.append(payload) }
            if isPadded { emitPadding(after: payload.byteCount) }
        case .inline(let bytes, let isPadded):
            emit(bytes)
            if isPadded { emitPadding(after: UInt64(bytes.count)) }
        }
    }

    /// Counts an entry that the writer need not render.
    mutating func count(_ item: TarItem?) {
        guard case .entry(let headers, let payload)? = item?.content else { return }
        streamLength += UInt64(headers.count)
        literalBytes += headers.count
        emit(payload)
    }

    private mutating func emitPadding(after count: UInt64) {
        let padding = Int((0 &- count) % UInt64(Header.blockSize))
        if padding > 0 { emit(TreePadding.zeros.prefix(padding)) }
    }

    func malformed(_ reason: String) -> StrategyError { StrategyError(.malformed, Tree.name, reason) }
}

/// A step of the walk.
enum WalkAction: Int {
    /// The entry of the node that the rule expects.
    case next
    /// That node has no entry at all.
    case skip
    /// An entry of no node, or of one that had its entry.
    case foreign
    /// The entry of another node.
    case jump
    case zeroBlocks, literal, piece
    /// The recipe is over.
    case end
}

extension TarItem {
    /// What the item is to a walk that expects a node's entry.
    fileprivate func action(expected: Int?) -> WalkAction {
        switch content {
        case .entry: node == nil ? .foreign : node == expected ? .next : .jump
        case .zeroBlocks: .zeroBlocks
        case .literal: .literal
        case .piece: .piece
        }
    }
}

/// Zeros for paddings.
enum TreePadding {
    static let zeros = [UInt8](repeating: 0, count: Header.blockSize)
}
