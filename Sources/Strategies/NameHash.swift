/// Hashes of names that are the same on every machine: formats depend on them.
enum NameHash {
    private static let start: UInt32 = 0x811c_9dc5
    private static let factor: UInt32 = 0x0100_0193

    /// FNV-1a of 32 bits.
    static func of(_ name: ArraySlice<UInt8>) -> UInt32 {
        var hash = start
        for byte in name { hash = (hash ^ UInt32(byte)) &* factor }
        return hash
    }

    /// Of the whole name, of its stem (what is ahead of the first dot, dash, underscore or digit that is not its first byte)
    /// and of what is behind its last dot.
    static func all(_ name: ArraySlice<UInt8>) -> (whole: UInt32, stem: UInt32, suffix: UInt32) {
        var (whole, suffix, stem): (UInt32, UInt32, UInt32?) = (start, 0, nil)
        for byte in name {
            let isBreak = byte == 0x2e || byte == 0x2d || byte == 0x5f || (0x30...0x39).contains(byte)
            if isBreak, whole != start, stem == nil { stem = whole }
            whole = (whole ^ UInt32(byte)) &* factor
            suffix = byte == 0x2e ? start : (suffix ^ UInt32(byte)) &* factor
        }
        return (whole, stem ?? whole, suffix)
    }

    /// Mixes two numbers into one of which every bit depends on every bit of both.
    @inline(__always)
    static func mix(_ left: UInt32, _ right: UInt32) -> UInt32 {
        var value = left &* 0x9e37_79b1 &+ right &* 0x85eb_ca77 &+ 0x27d4_eb2f
        value ^= value >> 15
        value &*= 0x2c1b_3c6d
        return value ^ value >> 13
    }
}
