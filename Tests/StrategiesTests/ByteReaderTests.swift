import Testing

@testable import Strategies

@Suite struct ByteReaderTests {
    @Test(arguments: [0, 1, 127, 128, 300, 16_383, 16_384, 1 << 32, 1 << 63, .max] as [UInt64])
    func numbersComeBackInTheirShortestForm(_ value: UInt64) throws {
        var bytes: [UInt8] = []
        bytes.append(number: value)
        #expect(bytes.count == max(1, (64 - value.leadingZeroBitCount + 6) / 7))
        var reader = ByteReader(bytes[...], of: "test")
        #expect(try reader.number() == value)
        #expect(reader.isAtEnd && reader.offset == bytes.count && reader.remaining.isEmpty)
    }

    @Test func longerFormsOfANumberAreRead() throws {
        var reader = ByteReader([0x85, 0x80, 0x00], of: "test")
        #expect(try reader.number() == 5 && reader.isAtEnd)
    }

    @Test(arguments: [
        [UInt8](repeating: 0xff, count: 9) + [0x02], [UInt8](repeating: 0x80, count: 10) + [0],
        [UInt8](repeating: 0xff, count: 20), [UInt8](repeating: 0xff, count: 10),
    ])
    func numbersBeyond64BitsAreRefused(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes[...], of: "test")
        let error = #expect(throws: StrategyError.self) { try reader.number() }
        #expect(error?.kind == .malformed && error?.reason == "a number exceeds 64 bits")
    }

    @Test func endIsAnErrorThatSaysWhere() throws {
        let bytes: [UInt8] = [7, 1, 2, 3]
        var reader = ByteReader(bytes[1...], of: "test")
        #expect(try Array(reader.take(2)) == [1, 2])
        for count in [2, 100, UInt64.max] {
            let error = #expect(throws: StrategyError.self) { try reader.take(count) }
            #expect(error?.offset == 2 && error?.part == "test" && error?.kind == .malformed)
        }
        #expect(try reader.byte() == 3)
        #expect(throws: StrategyError.self) { try reader.byte() }
        #expect(throws: StrategyError.self) { try reader.number() }
        #expect(try reader.take(0).isEmpty)
    }

    @Test func textsComeBackAndMustBeUTF8() throws {
        var bytes: [UInt8] = []
        bytes.append(text: "")
        bytes.append(text: "größe")
        var reader = ByteReader(bytes[...], of: "test")
        #expect(try reader.text() == "" && reader.text() == "größe" && reader.isAtEnd)
        var broken = ByteReader([2, 0xc3, 0x28], of: "test")
        #expect(throws: StrategyError.self) { try broken.text() }
    }
}
