import Tar
import TestSupport
import Testing

/// What one entry can have, and what becomes of more.
@Suite struct LimitTests {
    private func split(_ build: (inout TarBuilder) -> Void) throws -> RecordingSink {
        let stream = TarBuilder.stream(build)
        let whole = try RecordingSink(splitting: stream)
        #expect(whole.bytes == stream)
        for size in [513, 4096] { #expect(try RecordingSink(splitting: stream, chunkSize: size) == whole) }
        return whole
    }

    private func records(_ byteCount: Int) -> [UInt8] {
        TarBuilder.record("comment", [UInt8](repeating: 0x63, count: byteCount))
    }

    @Test func anEntrysExtensionsCountTogether() throws {
        let sink = try split { tar in
            for _ in 0..<5 { tar.pax(records: records(300_000)) }
            tar.pax(["path": "unread"])
            tar.pax(records: records(300_000))
            tar.file("a", [1])
            tar.pax(["path": "read"])
            tar.file("b", [1])
        }
        // Three fit; the small one after them fits again.
        #expect(sink.paths == ["unread", "read"])
        #expect(sink.findingKinds == [.badExtension])
        #expect(sink.findings.first?.offset == UInt64(3 * (512 + 300_032) + 512))
        #expect(sink.segments.count { if case .opaque = $0 { true } else { false } } == 3)
    }

    @Test func sparseMapsHaveAnEnd() throws {
        let limit = Splitter.maximumSparseMapBlocks
        for (blocks, opaque) in [(limit, 0), (limit + 1, 1), (limit + 50, 50)] {
            let parts = (0..<4 + 21 * blocks).map { (offset: Int64($0) * 8192, bytes: [UInt8]()) }
            let sink = try split {
                $0.sparseFile("s", parts: parts, realSize: 1 << 32)
                $0.file("after", [1])
            }
            #expect(sink.paths == ["s", "after"])
            #expect(
                sink.findingKinds == (opaque == 0 ? [.sparseFile] : [.badExtension, .sparseFile, .badSparseMap]))
            #expect(sink.findings.allSatisfy { $0.kind != .badExtension || $0.offset == UInt64(512 * (limit + 1)) })
            #expect(sink.segments.contains(.opaque(byteCount: 512 * opaque)) == (opaque > 0))
        }
    }

    @Test func attributesBeyondWhatLinuxHoldsAreNotKept() throws {
        let room = ExtendedAttribute.maximumBytes - 16 - "user.a".utf8.count
        let sink = try split { tar in
            tar.extendedAttribute("user.a", [UInt8](repeating: 1, count: room))
            tar.file("fits")
            tar.extendedAttribute("user.a", [UInt8](repeating: 1, count: room + 1))
            tar.file("does not")
            tar.globalPax(["SCHILY.xattr.user.g": "global"])
            tar.extendedAttribute("user.a", [UInt8](repeating: 1, count: room))
            tar.file("not with the global one")
            tar.extendedAttribute("user.g", [2])
            tar.file("over the global one")
        }
        #expect(sink.entries.map(\.extendedAttributes.count) == [1, 0, 0, 1])
        #expect(sink.entries.last?.extendedAttributes.first?.value == [2])
        #expect(sink.findingKinds == [.badExtension, .badExtension])
        #expect(sink.findings.map(\.offset) == [sink.entries[1].offset, sink.entries[2].offset])
    }

    @Test func tooManyGlobalAttributesAreFoundOnce() throws {
        let sink = try split { tar in
            let records = (0..<32_000).flatMap { TarBuilder.record("SCHILY.xattr.user.\($0)", [1]) }
            tar.pax(records: records, typeFlag: "g")
            tar.file("a")
            tar.extendedAttribute("user.own", [2])
            tar.file("b")
        }
        #expect(sink.entries.map(\.extendedAttributes.count) == [0, 1])
        #expect(sink.findingKinds == [.badExtension])
    }
}
