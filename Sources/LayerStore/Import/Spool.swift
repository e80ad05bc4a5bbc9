/// A payload's bytes on their way, in a file without a name.
final class Spool {
    private let descriptor: Descriptor
    private(set) var byteCount: UInt64 = 0
    private var chunk: [UInt8] = []

    init(in folder: String) throws(LayerStoreError) { descriptor = try Descriptor(temporaryIn: folder) }

    func append(_ bytes: ArraySlice<UInt8>) throws(LayerStoreError) {
        try descriptor.write(bytes)
        byteCount += UInt64(bytes.count)
    }

    /// Grows to so many bytes; those between the former end and the new one are zeros that take no room.
    func grow(to newByteCount: UInt64) throws(LayerStoreError) {
        try descriptor.resize(to: newByteCount)
        byteCount = newByteCount
    }

    func rewind() throws(LayerStoreError) { try descriptor.rewind() }

    /// The next bytes after `rewind`, up to 256 KiB; none at the end. They are valid until the next call.
    func next() throws(LayerStoreError) -> ArraySlice<UInt8> {
        if chunk.isEmpty { chunk = [UInt8](repeating: 0, count: 256 << 10) }
        let count = try descriptor.read(into: &chunk, offset: 0)
        return chunk.prefix(count)
    }
}
