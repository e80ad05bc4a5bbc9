import TestSupport
import Testing

@testable import Tar

@Suite struct NumberTests {
    @Test(
        arguments: [
            ("0000644\0", 0o644), ("    644 ", 0o644), ("644\0\0\0\0\0", 0o644), ("        ", 0), ("\0\0\0", 0),
            ("", nil),
            ("7777777777777", 0o7777777777777), ("644 junk", 0o644), ("0008\0", nil), ("-1", nil), ("0x1f", nil),
            ("777777777777777777777", .max), ("1000000000000000000000", nil),
        ] as [(String, Int64?)])
    func octal(_ text: String, _ value: Int64?) {
        #expect(Number.parse(Array(text.utf8)[...]) == value)
    }

    @Test(arguments: [0, 1, 255, 256, 1 << 40, .max, -1, -256, -257, .min] as [Int64])
    func base256(_ value: Int64) {
        #expect(Number.parse(HeaderFields.number(value, width: 12, base256: true)[...]) == value)
    }

    @Test func base256InNarrowFields() {
        #expect(Number.parse([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]) == 0xffff_ffff)
        #expect(Number.parse([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]) == -2)
        #expect(Number.parse([0xc0]) == -64)
        #expect(Number.parse([0xbf]) == 63)
    }

    @Test func base256BeyondSixtyFourBitsIsNoNumber() {
        #expect(Number.parse([0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(Number.parse([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(Number.parse([0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(Number.parse([0xbf] + [UInt8](repeating: 0xff, count: 11)) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("42", 42), ("007", 7), ("18446744073709551615", .max), ("18446744073709551616", nil),
            ("99999999999999999999", nil), ("", nil), ("-1", nil), ("+1", nil), ("1 ", nil), ("1.5", nil),
        ] as [(String, UInt64?)])
    func decimal(_ text: String, _ value: UInt64?) {
        #expect(Number.decimal(Array(text.utf8)[...]) == value)
    }
}
