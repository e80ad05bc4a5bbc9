internal import Digests

/// GVariant's serialised form of the few types in which ostree keeps objects, written without building the values first.
///
/// A container's members of variable size are found by offsets at its end, of as few bytes (1, 2, 4 or 8) as its whole
/// size needs; numbers here are big-endian by ostree's own convention. Format: the GVariant specification, and
/// `ostree-core-private.h` for the types.
enum SerialisedVariant {
    /// Appends a container's offsets to its members.
    ///
    /// - Parameter start: where the container begins in `bytes`.
    static func close(_ bytes: inout [UInt8], from start: Int, offsets: [Int]) {
        guard !offsets.isEmpty else { return }
        let body = bytes.count - start
        let size = [1, 2, 4].first { body + offsets.count * $0 < 1 << ($0 * 8) } ?? 8
        for offset in offsets {
            for byte in 0..<size { bytes.append(UInt8(truncatingIfNeeded: offset >> (byte * 8))) }
        }
    }

    /// Appends a big-endian `u`.
    static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends extended attributes, `a(ayay)`: sorted by name, names with their NUL.
    static func append(_ attributes: [ExtendedAttribute], to bytes: inout [UInt8]) {
        guard !attributes.isEmpty else { return }
        let start = bytes.count
        var ends: [Int] = []
        for attribute in attributes.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            let pair = bytes.count
            bytes += attribute.name
            bytes.append(0)
            let nameEnd = bytes.count - pair
            bytes += attribute.value
            close(&bytes, from: pair, offsets: [nameEnd])
            ends.append(bytes.count - start)
        }
        close(&bytes, from: start, offsets: ends)
    }

    /// What a content object's checksum begins with, `(uuuusa(ayay))`: owner, group, mode with the type, a device number
    /// that is always 0, a symbolic link's target, extended attributes; before it its length, and zeros up to 8 bytes.
    static func fileHeader(_ attributes: FileAttributes, type: UInt32, target: [UInt8] = []) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 + target.count)
        appendFile(attributes, type: type, target: target, from: 0, to: &bytes)
        return framed(bytes)
    }

    /// What an object's file in an archive begins with, `(tuuuusa(ayay))`: the content's bytes, and the same as above.
    static func archiveHeader(
        _ attributes: FileAttributes, type: UInt32, target: [UInt8] = [], byteCount: UInt64
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        append(UInt32(truncatingIfNeeded: byteCount >> 32), to: &bytes)
        append(UInt32(truncatingIfNeeded: byteCount), to: &bytes)
        appendFile(attributes, type: type, target: target, from: 0, to: &bytes)
        return framed(bytes)
    }

    private static func appendFile(
        _ attributes: FileAttributes, type: UInt32, target: [UInt8], from start: Int, to bytes: inout [UInt8]
    ) {
        for number in [attributes.userID, attributes.groupID, type | attributes.mode, 0] { append(number, to: &bytes) }
        bytes += target
        bytes.append(0)
        let targetEnd = bytes.count - start
        append(attributes.extendedAttributes, to: &bytes)
        close(&bytes, from: start, offsets: [targetEnd])
    }

    private static func framed(_ header: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.count + 8)
        append(UInt32(header.count), to: &bytes)
        append(0, to: &bytes)
        return bytes + header
    }

    /// A file's attributes as `bare-user` keeps them beside its bytes, and a directory's as an object, `(uuua(ayay))`.
    static func attributes(_ attributes: FileAttributes, type: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in [attributes.userID, attributes.groupID, type | attributes.mode] { append(number, to: &bytes) }
        append(attributes.extendedAttributes, to: &bytes)
        return bytes
    }

    /// A directory's contents as an object, `(a(say)a(sayay))`.
    static func directory(_ tree: DirectoryTree) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tree.files.reduce(0) { $0 + $1.name.count + 40 } + tree.directories.count * 96)
        var ends: [Int] = []
        for file in tree.files.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            let start = bytes.count
            bytes += file.name
            bytes.append(0)
            let nameEnd = bytes.count - start
            file.object.append(to: &bytes)
            close(&bytes, from: start, offsets: [nameEnd])
            ends.append(bytes.count)
        }
        close(&bytes, from: 0, offsets: ends)
        let filesEnd = bytes.count
        ends = []
        for entry in tree.directories.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            let start = bytes.count
            bytes += entry.name
            bytes.append(0)
            let nameEnd = bytes.count - start
            entry.directory.contents.append(to: &bytes)
            let contentsEnd = bytes.count - start
            entry.directory.metadata.append(to: &bytes)
            // A tuple's offsets stand in reverse order.
            close(&bytes, from: start, offsets: [contentsEnd, nameEnd])
            ends.append(bytes.count - filesEnd)
        }
        close(&bytes, from: filesEnd, offsets: ends)
        close(&bytes, from: 0, offsets: [filesEnd])
        return bytes
    }
}
