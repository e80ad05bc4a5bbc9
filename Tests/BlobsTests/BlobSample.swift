import Synchronization
import TestSupport

/// Bytes to compress, made from a seed.
struct BlobSample: Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Sendable {
        case text, noise, zeros, tar
    }

    var kind: Kind
    var byteCount: Int

    var description: String { "\(kind.rawValue)-\(byteCount)" }

    /// The sizes at which windows, matches and blocks end.
    static let edges = [0, 1, 262, (32 << 10) - 1, 32 << 10, (32 << 10) + 1, 64 << 10]

    /// Every edge, the kinds in turn; and one of each kind that is long enough for several blocks. All of them with
    /// `LAYERLAB_FULL=1`.
    static let all: [BlobSample] = {
        let long = Kind.allCases.map { BlobSample(kind: $0, byteCount: $0.longByteCount) }
        if TestScale.isFull {
            return Kind.allCases.flatMap { kind in (edges + [3 << 20]).map { BlobSample(kind: kind, byteCount: $0) } }
                + long
        }
        return edges.enumerated().map { BlobSample(kind: Kind.allCases[$0 % 4], byteCount: $1) } + long
    }()

    /// Some of them for one of many tests, which takes all in turn: the tar, another long one, and three edges.
    static func some(for number: Int) -> [BlobSample] {
        guard !TestScale.isFull else { return all }
        let long = all[edges.count...].filter { $0.kind != .tar }
        return (0..<3).map { all[(3 * number + $0) % edges.count] } + [long[number % long.count], all.last!]
    }

    /// Made once.
    var bytes: [UInt8] {
        BlobSample.cache.withLock { cache in
            if let bytes = cache[description] { return bytes }
            let bytes = made
            cache[description] = bytes
            return bytes
        }
    }

    private static let cache = Mutex<[String: [UInt8]]>([:])

    private var made: [UInt8] {
        var generator = SeededGenerator(seed: 7)
        return switch kind {
        case .text: BlobSample.text(byteCount, &generator)
        case .noise: generator.bytes(byteCount)
        case .zeros: [UInt8](repeating: 0, count: byteCount)
        case .tar: BlobSample.tar(byteCount, &generator)
        }
    }

    /// Words, some of which come again more often, at all distances.
    static func text(_ byteCount: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        let words = (0..<2000).map { _ in
            (0..<Int.random(in: 2...9, using: &generator)).map { _ in UInt8.random(in: 97...122, using: &generator) }
                + [32]
        }
        var bytes: [UInt8] = []
        while bytes.count < byteCount {
            let choice = generator.next()
            bytes += words[Int(choice >> 32 % 2000 % (1 + choice & 0xffff % 2000))]
        }
        return Array(bytes.prefix(byteCount))
    }

    /// Heads with zeros and numbers, and payloads of every kind.
    private static func tar(_ byteCount: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        var number = 0
        while bytes.count < byteCount {
            number += 1
            let name = Array("usr/share/doc/package-\(number / 7)/file-\(number)".utf8)
            bytes += name + [UInt8](repeating: 0, count: 100 - name.count)
            bytes += Array("0000644\00000000\00000000\0".utf8)
            bytes += [UInt8](repeating: 0, count: 512 - bytes.count % 512)
            let length = Int.random(in: 0..<20_000, using: &generator)
            bytes += number % 5 == 0 ? generator.bytes(length) : text(length, &generator)
            bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        return Array(bytes.prefix(byteCount))
    }
}

extension BlobSample.Kind {
    fileprivate var longByteCount: Int {
        switch self {
        case .text: 150_000
        case .noise: 40_000
        case .zeros: 140_000
        case .tar: 260_000
        }
    }
}
