/// The same as `RawBytes` for numbers of 64 bits.
@safe struct RawWords {
    private let base: UnsafeMutablePointer<UInt64>
    let count: Int

    /// So many zeros.
    init(count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
        self.count = count
    }

    func deallocate() { unsafe base.deallocate() }

    @inline(__always) subscript(_ place: Int) -> UInt64 {
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
}
