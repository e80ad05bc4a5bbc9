/// A running fs-verity digest over bytes as they come: SHA-256, blocks of 4096 bytes, no salt.
///
/// It is what Linux measures of a file with fs-verity, and what composefs names its objects by: the SHA-256 of a
/// descriptor that holds the file's length and the root of a Merkle tree over its blocks. Source: `fsverity.rst` in the
/// kernel's documentation, "File digest computation".
///
/// The tree is not kept: each level has at most one block of digests that is not full yet.
public struct FSVerityStream: Sendable {
    /// Bytes in a block of data, and in a block of digests.
    static let blockSize = 4096

    /// The block of data that is on its way, and how many of its bytes were there.
    private var block = SHA256Stream()
    /// Per level of the tree, from the leaves up, digests that fill no block yet. A full block goes up at once, so the
    /// last level never had one.
    private var levels: [[UInt8]] = []
    /// Bytes hashed so far.
    public private(set) var byteCount: UInt64 = 0

    public init() {}

    /// Hashes the bytes next.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        byteCount += UInt64(bytes.count)
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(FSVerityStream.blockSize - Int(block.byteCount))
            block.update(part)
            rest = rest.dropFirst(part.count)
            if block.byteCount == FSVerityStream.blockSize { endBlock() }
        }
    }

    /// The 32 bytes of the digest of everything hashed so far; the stream goes on.
    public func finish() -> [UInt8] {
        var stream = self
        if block.byteCount > 0 {
            stream.block.update(FSVerityStream.zeros(fillingUp: Int(block.byteCount)))
            stream.endBlock()
        }
        return SHA256Stream.digest(of: FSVerityStream.descriptor(byteCount: byteCount, root: stream.root())).bytes
    }

    /// The digest of the bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        var stream = FSVerityStream()
        stream.update(bytes[...])
        return stream.finish()
    }

    private mutating func endBlock() {
        add(block.digest, toLevel: 0)
        block = SHA256Stream()
    }

    private mutating func add(_ digest: Digest, toLevel level: Int) {
        if level == levels.count { levels.append([]) }
        digest.append(to: &levels[level])
        if levels[level].count == FSVerityStream.blockSize { endLevel(level) }
    }

    /// Hashes a level's digests, filled up with zeros, into the level above.
    private mutating func endLevel(_ level: Int) {
        let digests = levels[level] + FSVerityStream.zeros(fillingUp: levels[level].count)
        levels[level].removeAll(keepingCapacity: true)
        add(SHA256Stream.digest(of: digests), toLevel: level + 1)
    }

    /// The only digest of the highest level; zeros where there is no data.
    private mutating func root() -> [UInt8] {
        var level = 0
        while level < levels.count {
            if level == levels.count - 1, levels[level].count == Digest.byteCount { return levels[level] }
            if !levels[level].isEmpty { endLevel(level) }
            level += 1
        }
        return [UInt8](repeating: 0, count: Digest.byteCount)
    }

    private static func zeros(fillingUp count: Int) -> ArraySlice<UInt8> {
        [UInt8](repeating: 0, count: blockSize - count)[...]
    }

    /// The kernel's `struct fsverity_descriptor`, 256 bytes.
    private static func descriptor(byteCount: UInt64, root: [UInt8]) -> [UInt8] {
        let (version, sha256, blockSizeLogarithm, saltSize) = (UInt8(1), UInt8(1), UInt8(12), UInt8(0))
        var descriptor = [version, sha256, blockSizeLogarithm, saltSize] + [UInt8](repeating: 0, count: 4)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            descriptor.append(UInt8(truncatingIfNeeded: byteCount >> shift))
        }
        descriptor += root
        // Room for a longer root, for a salt, and for what is yet to come.
        return descriptor + [UInt8](repeating: 0, count: 256 - descriptor.count)
    }
}
