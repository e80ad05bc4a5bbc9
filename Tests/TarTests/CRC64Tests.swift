import Digests
import TestSupport
import Testing

/// CRC-64/ISO against the values that Go's `hash/crc64` is tested with, and the catalogue's check value of CRC-64/GO-ISO.
@Suite struct CRC64Tests {
    @Test(
        arguments: [
            ("", 0), ("a", 0x3420_0000_0000_0000), ("ab", 0x36c4_2000_0000_0000), ("abc", 0x3776_c420_0000_0000),
            ("abcd", 0x3367_76c4_2000_0000), ("123456789", 0xb909_56c7_75a4_1001),
        ] as [(String, UInt64)])
    func valuesAreGos(_ text: String, _ value: UInt64) {
        var stream = CRC64Stream()
        stream.update(Array(text.utf8)[...])
        #expect(stream.value == value)
    }

    @Test func piecesAndSlicesChangeNothing() {
        var generator = SeededGenerator(seed: 64)
        let bytes = generator.bytes(1000)
        var whole = CRC64Stream()
        whole.update(bytes[...])
        for size in [1, 7, 8, 9, 64, 999] {
            var stream = CRC64Stream()
            for start in stride(from: 0, to: 1000, by: size) { stream.update(bytes[start..<min(start + size, 1000)]) }
            #expect(stream.value == whole.value, "in pieces of \(size)")
        }
        #expect(whole.bytes.reduce(0) { $0 << 8 | UInt64($1) } == whole.value)
    }
}
