/// The bytes of an array for the innermost loops, as long as a closure runs. Places are checked in debug builds alone.
@safe struct ByteView {
    private let base: UnsafePointer<UInt8>
    let count: Int

    fileprivate init(_ bytes: UnsafeBufferPointer<UInt8>) {
        unsafe base = bytes.baseAddress!
        count = bytes.count
    }

    @inline(__always) subscript(_ place: Int) -> UInt8 {
        assert(place >= 0 && place < count)
        return unsafe base[place]
    }

    /// Eight bytes, the first one lowest.
    @inline(__always) func word(at place: Int) -> UInt64 {
        assert(place >= 0 && place + 8 <= count)
        return unsafe UInt64(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// Four bytes, the first one lowest.
    @inline(__always) func half(at place: Int) -> UInt32 {
        assert(place >= 0 && place + 4 <= count)
        return unsafe UInt32(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// How many bytes from two places on are the same, the second one ahead and not beyond `end`.
    @inline(__always) func commonLength(_ first: Int, _ second: Int, until end: Int) -> Int {
        var place = second
        while place + 8 <= end {
            let difference = word(at: place) ^ word(at: place - second + first)
            if difference != 0 { return place - second + difference.trailingZeroBitCount >> 3 }
            place += 8
        }
        while place < end, self[place] == self[place - second + first] { place += 1 }
        return place - second
    }

    func append(_ part: Range<Int>, to output: inout [UInt8]) {
        assert(part.lowerBound >= 0 && part.upperBound <= count)
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: base + part.lowerBound, count: part.count))
    }
}

extension [UInt8] {
    /// Calls a closure with the bytes, if there are any.
    func withView(_ body: (ByteView) -> Void) {
        guard !isEmpty else { return }
        unsafe withUnsafeBufferPointer { body(unsafe ByteView($0)) }
    }
}
