/// Puts bits together to bytes, the first bit lowest. It holds one block's Huffman form; the owner drains it between blocks.
struct BitBuffer {
    /// The longest block has 32,767 tokens of at most 48 bits, and its codes.
    private let bytes = RawBytes(count: 256 << 10)
    private var byteCount = 0
    private var pending: UInt64 = 0
    /// Bits that make no whole byte, once `flush` has been called.
    private(set) var pendingBitCount = 0

    func deallocate() { bytes.deallocate() }

    /// Appends bits. At most 57 come in between two calls of `flush`.
    @inline(__always) mutating func put(_ value: UInt64, _ count: Int) {
        pending |= value &<< UInt64(truncatingIfNeeded: pendingBitCount)
        pendingBitCount &+= count
    }

    /// Takes whole bytes out of what is pending.
    @inline(__always) mutating func flush() {
        bytes.setWord(pending, at: byteCount)
        byteCount &+= pendingBitCount &>> 3
        pending &>>= UInt64(truncatingIfNeeded: pendingBitCount & ~7)
        pendingBitCount &= 7
    }

    /// Fills a byte that has begun with zeros.
    mutating func endByte() {
        flush()
        if pendingBitCount > 0 { pendingBitCount = 8 }
        flush()
    }

    /// The length of a stored block, and its complement. The output is at a byte's end.
    mutating func putLengthOfStored(_ length: Int) {
        put(UInt64(length) | UInt64(~UInt16(truncatingIfNeeded: length)) << 16, 32)
        flush()
    }

    /// Moves the whole bytes to the end of an array.
    mutating func drain(into output: inout [UInt8]) {
        flush()
        bytes.append(0..<byteCount, to: &output)
        byteCount = 0
    }
}
