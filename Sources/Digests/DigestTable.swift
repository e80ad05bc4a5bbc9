/// Finds digests that are kept elsewhere, by their numbers there: a table of four bytes per slot, of which at most half
/// are taken.
public struct DigestTable: Sendable {
    /// -1 is none.
    private var slots = [Int32](repeating: -1, count: 16)
    private var count = 0

    public init() {}

    /// Room for so many digests.
    public init(capacity: Int) {
        var slotCount = 16
        while slotCount < 2 * capacity { slotCount *= 2 }
        slots = [Int32](repeating: -1, count: slotCount)
    }

    /// These numbers by their digests; of several with the same one, the first.
    public init(_ numbers: some Collection<Int>, digest digestOf: (Int) -> Digest) {
        self.init(capacity: numbers.count)
        for number in numbers { _ = insert(number, digest: digestOf) }
    }

    /// The number of a digest that is in the table.
    ///
    /// - Parameter digest: the digest of each number in the table.
    public func number(of digest: Digest, digest digestOf: (Int) -> Digest) -> Int? {
        let number = slots[slot(of: digest, digestOf)]
        return number < 0 ? nil : Int(number)
    }

    /// Enters a number by its digest, unless the digest is there under another; whether it was entered.
    public mutating func insert(_ number: Int, digest digestOf: (Int) -> Digest) -> Bool {
        let slot = slot(of: digestOf(number), digestOf)
        guard slots[slot] < 0 else { return false }
        slots[slot] = Int32(number)
        count += 1
        if 2 * count > slots.count { grow(digestOf) }
        return true
    }

    private mutating func grow(_ digestOf: (Int) -> Digest) {
        let numbers = slots
        slots = [Int32](repeating: -1, count: 2 * numbers.count)
        for number in numbers where number >= 0 { slots[slot(of: digestOf(Int(number)), digestOf)] = number }
    }

    /// Where a digest is, or would be.
    private func slot(of digest: Digest, _ digestOf: (Int) -> Digest) -> Int {
        // Digests are as good as random.
        var slot = Int(truncatingIfNeeded: digest.words.0) & (slots.count - 1)
        while slots[slot] >= 0, digestOf(Int(slots[slot])) != digest { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}
