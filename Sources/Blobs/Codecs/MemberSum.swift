internal import CZlib

/// What stands behind a member's body: the CRC of its bytes, and how many they are.
struct MemberSum {
    private var sum: UInt = 0
    private(set) var byteCount: UInt64 = 0

    mutating func update(_ bytes: ArraySlice<UInt8>) {
        unsafe sum = bytes.withUnsafeBufferPointer { [sum] in unsafe crc32_z(sum, $0.baseAddress, $0.count) }
        byteCount += UInt64(bytes.count)
    }

    /// The eight bytes, both numbers with their lowest byte first.
    var trailer: [UInt8] {
        [sum, UInt(truncatingIfNeeded: byteCount)].flatMap { number in
            [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> $0) }
        }
    }
}
