/// Random numbers that a seed repeats (SplitMix64, by its published recurrence).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// So many random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// The bytes with one to three small accidents: a flipped bit, a changed byte, a cut, a part lost, doubled, moved
    /// or overwritten.
    public mutating func mutation(of bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &self) where !result.isEmpty { mutate(&result) }
        return result
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = Int.random(in: bytes.indices, using: &self)
        let longest = min(bytes.count - place, Bool.random(using: &self) ? 16 : 1024)
        let part = place..<place + Int.random(in: 1...longest, using: &self)
        switch Int.random(in: 0..<7, using: &self) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 1: bytes[place] = [0, 0x20, 0x30, 0x37, 0x78, 0x80, 0xff].randomElement(using: &self)!
        case 2: bytes.removeLast(bytes.count - place)
        case 3: bytes.removeSubrange(part)
        case 4: bytes.insert(contentsOf: Array(bytes[part]), at: place)
        case 5: bytes.insert(contentsOf: Array(bytes[part]), at: Int.random(in: 0...bytes.count, using: &self))
        default: bytes.replaceSubrange(part, with: self.bytes(part.count))
        }
    }
}
