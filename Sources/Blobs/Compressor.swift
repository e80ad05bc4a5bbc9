/// The strategies of zlib, by its numbers.
enum ZlibStrategy: Int, CaseIterable, Sendable {
    case standard, filtered, huffman, runs, fixed
}

/// What brings a block of a block-parallel stream to a byte's end.
enum BlockBoundary: UInt8, CaseIterable, Sendable {
    /// Empty static blocks, or an empty stored block where their ten bits cannot do it: pigz with zlib 1.2.6 or later.
    case shortest
    /// Always an empty stored block: pigz with an older zlib.
    case sync
    /// Two empty stored blocks, and nothing is known of the block before: `pigz --independent`.
    case independent
}

/// How a stream of stored blocks ends.
enum StoredEnding: UInt8, CaseIterable, Sendable {
    /// The last block with bytes is marked.
    case marked
    /// An empty stored block follows.
    case emptyStored
    /// An empty static block follows.
    case emptyStatic
}

/// A block-parallel compressor's parameters.
struct BlockLayout: Equatable, Sendable {
    /// Less than any of pigz's: each block costs some ten thousand bytes' time.
    static let smallestBlock = 1 << 10
    static let largestBlock = 64 << 20

    var level: Int
    /// Uncompressed bytes of a block.
    var byteCount: Int
    var boundary = BlockBoundary.shortest
    /// Whether one thread did it: zlib goes on from block to block, instead of beginning anew with a dictionary.
    var isContinuous = false
    /// Whether blocks end where the bytes say so, as well: `pigz --rsyncable`.
    var isRsyncable = false
}

/// What makes the deflate stream of a member, given its bytes.
enum Compressor: Equatable, Sendable {
    case zlib(level: Int, memory: Int, strategy: ZlibStrategy)
    case gnu(level: Int, isRsyncable: Bool)
    case blocks(BlockLayout)
    case pgzip(PgzipLayout)
    case stored(blockByteCount: Int, ending: StoredEnding)

    func makeDeflater() throws(BlobError) -> any Deflating {
        switch self {
        case .zlib(let level, let memory, let strategy):
            try ZlibDeflater(level: level, memory: memory, strategy: strategy)
        case .gnu(let level, let isRsyncable): GNUDeflater(level: level, isRsyncable: isRsyncable)
        case .blocks(let layout): try BlockDeflater(layout)
        case .pgzip(let layout): PgzipDeflater(layout)
        case .stored(let byteCount, let ending): StoredDeflater(blockByteCount: byteCount, ending: ending)
        }
    }
}

extension Compressor: CustomStringConvertible {
    var description: String {
        switch self {
        case .zlib(let level, let memory, let strategy):
            let suffix =
                switch strategy {
                case .standard: ""
                case .filtered: ", filtered"
                case .huffman: ", Huffman only"
                case .runs: ", runs only"
                case .fixed: ", fixed codes"
                }
            return "zlib level \(level), memLevel \(memory)\(suffix)"
        case .gnu(let level, let isRsyncable): return "GNU gzip -\(level)" + (isRsyncable ? " --rsyncable" : "")
        case .blocks(let layout): return layout.description
        case .pgzip(let layout): return layout.description
        case .stored(let byteCount, _): return "stored blocks of \(byteCount) bytes"
        }
    }
}

extension BlockLayout: CustomStringConvertible {
    var description: String {
        var options = ""
        if boundary == .independent { options += " --independent" }
        if isRsyncable { options += " --rsyncable" }
        if isContinuous { options += " --processes 1" }
        let size = BlockLayout.text(ofByteCount: byteCount)
        return "pigz -\(level)\(options), \(size) blocks" + (boundary == .sync ? " with sync markers" : "")
    }

    static func text(ofByteCount count: Int) -> String {
        count % 1024 == 0 ? "\(count / 1024) KiB" : "\(count)-byte"
    }
}

extension PgzipLayout: CustomStringConvertible {
    var description: String {
        let versions =
            switch edition {
            case .early: "1.15.0 to 1.15.9"
            case .lenient: "1.15.10 to 1.18.0"
            case .trimmed: "1.18.1"
            case .counted: "1.18.2 or later"
            }
        return "pgzip, \(BlockLayout.text(ofByteCount: blockByteCount)) blocks, klauspost/compress \(versions)"
    }
}
