/// Memory of a fixed size for the innermost loops, whose owner gives it back. Places are checked in debug builds alone:
/// whoever uses it keeps to its size, whatever the input is.
///
/// There is one type for each size of element: a generic one makes debug builds, and so tests, ten times as slow.
@safe struct RawBytes {
    private let base: UnsafeMutablePointer<UInt8>
    let count: Int

    /// So many zeros.
    init(count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
        self.count = count
    }

    func deallocate() { unsafe base.deallocate() }

    func clear() { unsafe base.update(repeating: 0, count: count) }

    @inline(__always) subscript(_ place: Int) -> UInt8 {
        get {
            assert(place >= 0 && place < count)
            return unsafe base[place]
        }
        nonmutating set {
            assert(place >= 0 && place < count)
            unsafe base[place] = newValue
        }
    }

    /// Copies bytes to a lower place in the same table, which they do not reach.
    func move(_ source: Range<Int>, to target: Int) {
        assert(source.upperBound <= count && target >= 0 && target + source.count <= source.lowerBound)
        unsafe (base + target).update(from: base + source.lowerBound, count: source.count)
    }

    /// Copies bytes to a place.
    func put(_ bytes: ArraySlice<UInt8>, at place: Int) {
        assert(place >= 0 && place + bytes.count <= count)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + place).update(from: start, count: source.count)
        }
    }

    /// Appends a part of these bytes to an array.
    func append(_ part: Range<Int>, to output: inout [UInt8]) {
        assert(part.lowerBound >= 0 && part.upperBound <= count)
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: base + part.lowerBound, count: part.count))
    }

    /// Two bytes in the machine's order.
    @inline(__always) func pair(at place: Int) -> UInt16 {
        assert(place >= 0 && place + 2 <= count)
        return unsafe UnsafeRawPointer(base).loadUnaligned(fromByteOffset: place, as: UInt16.self)
    }

    /// Eight bytes, the first one lowest.
    @inline(__always) func word(at place: Int) -> UInt64 {
        assert(place >= 0 && place + 8 <= count)
        return unsafe UInt64(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// Writes eight bytes, the lowest first.
    @inline(__always) func setWord(_ value: UInt64, at place: Int) {
        assert(place >= 0 && place + 8 <= count)
        unsafe UnsafeMutableRawPointer(base).storeBytes(of: value.littleEndian, toByteOffset: place, as: UInt64.self)
    }
}

/// The same for places in a window.
@safe struct RawPlaces {
    private let base: UnsafeMutablePointer<UInt16>
    let count: Int

    /// So many zeros.
    init(count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
        self.count = count
    }

    func deallocate() { unsafe base.deallocate() }

    func clear() { unsafe base.update(repeating: 0, count: count) }

    @inline(__always) subscript(_ place: Int) -> UInt16 {
        get {
            assert(place >= 0 && place < count)
            return unsafe base[place]
        }
        nonmutating set {
            assert(place >= 0 && place < count)
            unsafe base[place] = newValue
        }
    }

    /// Subtracts a number from all elements; those that are smaller become 0.
    func lower(by amount: UInt16) {
        var place = 0
        while place < count {
            let value = unsafe base[place]
            unsafe base[place] = value >= amount ? value &- amount : 0
            place &+= 1
        }
    }
}

/// The same for counts, and whatever else has 32 bits.
@safe struct RawCounts {
    private let base: UnsafeMutablePointer<UInt32>
    let count: Int

    /// So many zeros.
    init(count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
        self.count = count
    }

    func deallocate() { unsafe base.deallocate() }

    @inline(__always) subscript(_ place: Int) -> UInt32 {
        get {
            assert(place >= 0 && place < count)
            return unsafe base[place]
        }
        nonmutating set {
            assert(place >= 0 && place < count)
            unsafe base[place] = newValue
        }
    }

    func clear() { unsafe base.update(repeating: 0, count: count) }

    var array: [UInt32] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }
}
