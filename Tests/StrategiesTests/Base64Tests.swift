import Strategies
import TestSupport
import Testing

@Suite struct Base64Tests {
    /// The test vectors of RFC 4648.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func textIsTheRFCs(_ bytes: String, _ text: String) throws {
        #expect(try Base64().wrap(Array(bytes.utf8)) == Array(text.utf8))
        #expect(try Base64().unwrap(Array(text.utf8)[...]) == Array(bytes.utf8))
    }

    @Test func anyBytesComeBack() throws {
        var generator = SeededGenerator(seed: 64)
        for count in [255, 256, 257, 10_000] {
            let bytes = generator.bytes(count)
            #expect(try Base64().unwrap(Base64().wrap(bytes)[...]) == bytes)
        }
        let all = (0...255).map { UInt8($0) }
        #expect(try Base64().wrap(all).allSatisfy { (0x2b..<0x7b).contains($0) })
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Zm8=\n", "Zm 9", "Zm9-", "Zm9_", "\u{e4}Zm",
    ])
    func otherTextsAreMalformed(_ text: String) {
        let error = #expect(throws: StrategyError.self) { try Base64().unwrap(Array(text.utf8)[...]) }
        #expect(error?.kind == .malformed && error?.offset != nil)
    }

    @Test func thereAreNoLevels() {
        let error = #expect(throws: StrategyError.self) { try Base64(level: 1) }
        #expect(error?.kind == .unknown)
    }
}
