/// Which compressors may have written a stream that begins like this, the likeliest first.
struct Candidates {
    private let outline: DeflateOutline
    private let header: GzipHeader
    /// Blocks that ended because they were full, or for a reason of the compressor's.
    private let fullBlocks: [DeflateOutline.Block]
    let layout: BlockLayoutEvidence
    private let evidence: PgzipEvidence

    init(_ outline: DeflateOutline, _ header: GzipHeader) {
        self.outline = outline
        self.header = header
        layout = BlockLayoutEvidence(outline)
        evidence = PgzipEvidence(outline, header)
        fullBlocks = outline.blocks.filter { !$0.isLast && $0.kind != .stored && $0.tokenCount > 0 }
    }

    var all: [Compressor] {
        let (likely, unlikely) = zlib
        let others =
            stored + likely + gnu(isRsyncable: false) + unlikely + blocks
            + (layout.hasBoundaries ? gnu(isRsyncable: true) : [])
        return evidence.isPlain ? pgzip + others : others + pgzip
    }

    /// The levels, those first that the head and custom speak for.
    private var levels: [Int] {
        let first = [2: [9], 4: [1]][header.effort] ?? []
        return first + [6, 9, 1, 5, 4, 7, 8, 3, 2].filter { !first.contains($0) }
    }

    // MARK: zlib

    /// zlib's block is full with so many tokens.
    private static func tokenCount(memory: Int) -> Int { 1 << (memory + 6) - 1 }

    private var zlib: (likely: [Compressor], unlikely: [Compressor]) {
        let memories = memories
        func compressors(_ memory: Int, _ strategy: ZlibStrategy, _ levels: [Int]) -> [Compressor] {
            levels.map { .zlib(level: $0, memory: memory, strategy: strategy) }
        }
        let likely = memories.filter { $0 == 8 }.flatMap { compressors($0, .standard, levels) }
        var unlikely = memories.filter { $0 != 8 }.flatMap { compressors($0, .standard, levels) }
        let (matches, far) = (
            outline.blocks.contains { $0.matchCount > 0 }, outline.blocks.contains { $0.farMatchCount > 0 }
        )
        for memory in memories {
            // The quick search does not know of filters; the other strategies do not search.
            unlikely += compressors(memory, .filtered, levels.filter { $0 > 3 })
            if !far { unlikely += compressors(memory, .runs, [6]) }
            if !matches { unlikely += compressors(memory, .huffman, [6]) }
            if !outline.blocks.contains(where: { $0.kind == .dynamic }) {
                unlikely += compressors(memory, .fixed, levels)
            }
        }
        return (likely, unlikely)
    }

    /// The sizes of zlib's memory that make blocks like these.
    private var memories: [Int] {
        let custom = [8, 9, 7, 6, 5, 4, 3, 2, 1]
        guard !layout.hasEmptyBlocks else { return [] }
        return custom.filter { memory in
            let full = Candidates.tokenCount(memory: memory)
            return outline.blocks.allSatisfy { block in
                switch block.kind {
                // What does not compress is literals, and a few short matches.
                case .stored: block.isLast || full...2 * full ~= block.byteCount
                case .fixed, .dynamic: block.isLast ? block.tokenCount <= full : block.tokenCount == full
                }
            }
        }
    }

    // MARK: GNU gzip

    private func gnu(isRsyncable: Bool) -> [Compressor] {
        let fits = fullBlocks.allSatisfy { block in
            // A block ends where it is full, or, at every 4,096th token, where that pays.
            isRsyncable ? block.tokenCount <= 32767 : block.tokenCount == 32767 || block.tokenCount % 4096 == 0
        }
        guard fits, isRsyncable || !layout.hasEmptyBlocks else { return [] }
        return levels.map { .gnu(level: $0, isRsyncable: isRsyncable) }
    }

    // MARK: Stored

    private var stored: [Compressor] {
        guard let first = outline.blocks.first, first.kind == .stored else { return [] }
        let rest = outline.blocks.dropFirst()
        guard rest.allSatisfy({ $0.kind == .stored || $0.kind == .fixed && $0.byteCount == 0 }) else { return [] }
        let byteCount = first.isLast ? 0xffff : max(1, first.byteCount)
        return StoredEnding.allCases.map { .stored(blockByteCount: byteCount, ending: $0) }
    }

    // MARK: Blocks

    private var blocks: [Compressor] {
        guard layout.hasBoundaries, fullBlocks.allSatisfy({ $0.tokenCount <= Candidates.tokenCount(memory: 8) }) else {
            return []
        }
        var layouts: [BlockLayout] = []
        for byteCount in layout.regularByteCounts {
            // Between the ends of such blocks, zlib's own are full.
            let fits = fullBlocks.allSatisfy {
                $0.tokenCount == Candidates.tokenCount(memory: 8) || $0.end % byteCount == 0
            }
            if fits { layouts += levels.map { BlockLayout(level: $0, byteCount: byteCount) } }
        }
        if layout.isIrregular {
            layouts += levels.map { BlockLayout(level: $0, byteCount: 128 << 10, isRsyncable: true) }
        }
        return layouts.flatMap { plain in
            layout.boundaries.flatMap { boundary in
                (boundary == .independent ? [false] : [false, true]).map { isContinuous in
                    var layout = plain
                    (layout.boundary, layout.isContinuous) = (boundary, isContinuous)
                    return .blocks(layout)
                }
            }
        }
    }
}

extension Candidates {
    fileprivate var pgzip: [Compressor] {
        evidence.blockByteCounts.flatMap { byteCount in
            [.lenient, .counted, .early, .trimmed].map {
                .pgzip(PgzipLayout(edition: $0, blockByteCount: byteCount))
            }
        }
    }
}

/// What the empty blocks say that bring a stream to a byte's end.
struct BlockLayoutEvidence {
    /// The largest block that is looked for.
    private static let largestBlock = 4 << 20

    /// The uncompressed offsets of such blocks; where there are none, those where a block ends at a byte's end by chance.
    let points: [Int]
    let hasEmptyBlocks: Bool
    /// The uncompressed offsets where any block ends but the last.
    private let blockEnds: Set<Int>
    let boundaries: [BlockBoundary]
    /// Their greatest common divisor.
    let interval: Int

    init(_ outline: DeflateOutline) {
        let empty = outline.blocks.filter { !$0.isLast && $0.byteCount == 0 && $0.tokenCount == 0 }
        var points: [Int] = []
        var isTwice = false
        for block in empty where block.start > 0 {
            if block.start == points.last {
                isTwice = isTwice || block.kind == .stored
            } else {
                points.append(block.start)
            }
        }
        hasEmptyBlocks = !points.isEmpty
        blockEnds = Set(outline.blocks.filter { !$0.isLast }.map(\.end))
        if points.isEmpty {
            points = outline.blocks.filter { !$0.isLast && $0.endsByte }.map(\.end)
        }
        // What is flushed at the very end says nothing of blocks.
        if outline.isWhole, points.count > 1, points.last == outline.blocks.last?.end { points.removeLast() }
        self.points = points
        interval = points.reduce(0, BlockLayoutEvidence.divisor)
        boundaries =
            if empty.contains(where: { $0.kind == .fixed }) { [.shortest] } else if isTwice { [.independent] } else {
                [.shortest, .sync]
            }
    }

    var hasBoundaries: Bool { !points.isEmpty }

    /// Whether they are where the bytes say so.
    var isIrregular: Bool { hasBoundaries && interval < BlockLayout.smallestBlock }

    /// The sizes of blocks that explain them: each ends one of zlib's, even where nothing had to be put behind it.
    var regularByteCounts: [Int] {
        guard hasBoundaries else { return [] }
        let custom = [128, 32, 64, 256, 512, 1024, 2048].map { $0 << 10 }.filter {
            !hasEmptyBlocks || interval % $0 == 0
        }
        let own = hasEmptyBlocks && !custom.contains(interval) ? [interval] : []
        return (custom + own).filter { size in
            BlockLayout.smallestBlock...BlockLayoutEvidence.largestBlock ~= size && size <= blockEnds.max() ?? 0
                && stride(from: size, through: blockEnds.max() ?? 0, by: size).allSatisfy(blockEnds.contains)
        }
    }

    private static func divisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : divisor(second, first % second)
    }
}
