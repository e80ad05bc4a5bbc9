import Digests
import Testing

@Suite struct DigestTests {
    /// The digest of no bytes, as FIPS 180-4's test data has it.
    private let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func hexAndBytesAreInverse() throws {
        let digest = try #require(Digest(hex: empty))
        #expect(digest.hex == empty)
        #expect(Digest(digest.bytes) == digest)
        #expect(Digest(hex: empty.uppercased()) == digest)
        #expect(digest.description == "sha256:" + empty)
        #expect(digest == SHA256Stream.digest(of: []))
    }

    @Test func otherTextsAndLengthsAreNoDigests() {
        #expect(Digest(hex: String(empty.dropLast())) == nil)
        #expect(Digest(hex: "g" + empty.dropFirst()) == nil)
        #expect(Digest(hex: "") == nil)
        #expect(Digest([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest([UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test func orderIsThatOfTheBytes() throws {
        let digests = try (0..<32).map { index in
            var bytes = [UInt8](repeating: 0, count: 32)
            bytes[index] = 0x80
            return try #require(Digest(bytes))
        }
        #expect(digests.sorted() == Array(digests.reversed()))
    }

    @Test func aStreamMayBeAskedOnTheWay() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        var stream = SHA256Stream()
        for start in stride(from: 0, to: 1000, by: 100) {
            #expect(stream.digest == SHA256Stream.digest(of: Array(bytes[..<start])))
            stream.update(bytes[start..<start + 100])
        }
        #expect(stream.digest == SHA256Stream.digest(of: bytes) && stream.byteCount == 1000)
    }
}
