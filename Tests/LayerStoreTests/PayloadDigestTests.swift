import Digests
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

@testable import LayerStore

/// Digests that an encoding requires: computed in the import's pass, or later from the objects, and the same both times.
@Suite struct PayloadDigestTests {
    private static let large = [UInt8](repeating: 7, count: LayerWriter.maximumCollectedBytes + 4097)

    private static let stream = TarBuilder.stream { tar in
        tar.file("usr/small", Array("123456789".utf8))
        tar.file("usr/large", large)
        tar.file("usr/again", Array("123456789".utf8))
        tar.file("run/dropped", Array("abcd".utf8))
    }

    @Test func thePassAndTheObjectsGiveTheSame() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream)
        let stored = try StoredRecipe(layer.ref, in: temporary.repository)
        let later = try stored.payloadDigests([.crc64, .fsVerity], in: temporary.repository)
        let writer = try split([.crc64, .fsVerity], in: temporary)
        #expect(writer.payloadDigests == later)
        #expect(Set(later.keys) == Set(stored.recipe.payloads.map(\.object)) && later.count == 3)
        var crc = CRC64Stream()
        crc.update(Self.large[...])
        let expected: Set<[UInt8]> = [
            crc.bytes, [0xb9, 0x09, 0x56, 0xc7, 0x75, 0xa4, 0x10, 0x01], [0x33, 0x67, 0x76, 0xc4, 0x20, 0, 0, 0],
        ]
        #expect(Set(later.values.compactMap { $0[.crc64] }) == expected)
        let payloads = [Self.large, Array("123456789".utf8), Array("abcd".utf8)]
        #expect(Set(later.values.compactMap { $0[.fsVerity] }) == Set(payloads.map(FSVerityStream.digest)))
    }

    @Test func nothingIsComputedThatNobodyRequires() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream)
        let stored = try StoredRecipe(layer.ref, in: temporary.repository)
        #expect(try stored.payloadDigests([], in: temporary.repository).isEmpty)
        #expect(try split([], in: temporary).payloadDigests.isEmpty)
    }

    private func split(_ required: Set<PayloadDigest>, in temporary: TemporaryRepository) throws -> LayerWriter {
        let transaction = try Transaction(in: temporary.repository)
        defer { transaction.abort() }
        let stage = try transaction.stage(by: .direct)
        let objects = try ObjectPool(stage, of: temporary.repository, requiredDigests: required)
        var writer = LayerWriter(policy: .standard, objects: objects)
        var splitter = Splitter()
        objects.begin(try objects.takeBuffer())
        try splitter.consume(Self.stream[...], into: &writer)
        try splitter.finish(into: &writer)
        try writer.finish()
        return writer
    }
}
