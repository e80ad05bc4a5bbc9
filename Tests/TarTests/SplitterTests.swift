import Tar
import TestSupport
import Testing

/// What the splitter says about streams that are odd in one way each.
@Suite struct SplitterTests {
    private func split(_ endBlocks: Int = 2, _ build: (inout TarBuilder) -> Void) throws -> RecordingSink {
        var tar = TarBuilder()
        build(&tar)
        tar.end(blocks: endBlocks)
        return try RecordingSink(splitting: tar.bytes)
    }

    @Test func payloadsAndPaddingArePassedApart() throws {
        let sink = try split { $0.file("a", Array("hello".utf8)) }
        #expect(sink.payloads == [Array("hello".utf8)])
        #expect(
            sink.segments == [
                .literal(byteCount: 512), .entry(0), .payload(byteCount: 5), .payloadEnd(isWhole: true),
                .literal(byteCount: 507 + 1024),
            ])
        #expect(sink.findings.isEmpty)
    }

    @Test func emptyStreamMissesItsEnd() throws {
        #expect(try RecordingSink(splitting: []).findingKinds == [.missingEnd])
    }

    @Test(arguments: [(0, [Finding.Kind.missingEnd]), (1, [.missingEnd]), (2, []), (20, [])])
    func endBlocks(_ count: Int, _ findings: [Finding.Kind]) throws {
        #expect(try split(count) { $0.file("a", [1]) }.findingKinds == findings)
    }

    @Test func loneZeroBlockIsNoEnd() throws {
        let sink = try split {
            $0.file("a", [1])
            $0.end(blocks: 1)
            $0.file("b", [2])
        }
        #expect(sink.paths == ["a", "b"])
        #expect(sink.findings.map(\.offset) == [1024] && sink.findingKinds == [.zeroBlock])
    }

    @Test func trailingDataIsFoundWhereItStarts() throws {
        let sink = try split {
            $0.file("a", [1])
            $0.end(blocks: 3)
            $0.raw([0, 0, 7])
        }
        #expect(sink.paths == ["a"])
        #expect(sink.findings.map(\.offset) == [512 * 5 + 2])
        #expect(sink.findingKinds == [.trailingData])
    }

    @Test func unreadableHeaderIsOpaqueUpToTheNextHeader() throws {
        let sink = try split {
            $0.file("a", [1])
            $0.file("b", [2]) { $0.checksum = .wrong }
            $0.file("c", [3])
        }
        #expect(sink.paths == ["a", "c"])
        #expect(sink.findingKinds == [.unreadableHeader])
        #expect(sink.findings.first?.offset == 1024)
        #expect(sink.segments.contains(.opaque(byteCount: 1024)))
        #expect(sink.payloads == [[1], [3]])
    }

    @Test func sizeThatIsNoNumberIsAnUnreadableHeader() throws {
        for size in [Array("abc".utf8), HeaderFields.number(-1, width: 12)] {
            let sink = try split { $0.file("a") { $0.overlay[124] = size } }
            #expect(sink.findingKinds == [.unreadableHeader] && sink.entries.isEmpty)
        }
    }

    @Test func lyingSizesEndWithTheStream() throws {
        for size in [Int64(1_000_000), .max] {
            let sink = try split { $0.file("a", [1, 2]) { $0.size = size } }
            #expect(sink.entries.map(\.size) == [UInt64(size)])
            #expect(sink.findingKinds == [.truncated])
            #expect(sink.segments.last == .payloadEnd(isWhole: false))
        }
    }

    @Test func greatestPaxSizeIsTaken() throws {
        let sink = try split {
            $0.pax(["size": String(UInt64.max)])
            $0.file("a", [1])
        }
        #expect(sink.entries.map(\.size) == [.max])
        #expect(sink.findingKinds == [.truncated])
    }

    @Test(arguments: ["1", "2", "3", "4", "5", "6"] as [Unicode.Scalar])
    func headerOnlyKindsHaveNoPayload(_ typeFlag: Unicode.Scalar) throws {
        let sink = try split {
            $0.entry(typeFlag, "a") { $0.size = 4096 }
            $0.pax(["size": "77"])
            $0.entry(typeFlag, "b")
            $0.file("c")
        }
        #expect(sink.paths == ["a", "b", "c"])
        #expect(sink.entries.allSatisfy { $0.size == 0 })
        #expect(sink.findingKinds == [.unexpectedSize, .unexpectedSize])
    }

    @Test func unknownTypesHaveTheirPayload() throws {
        let sink = try split { $0.entry("Z", "dump", payload: [1, 2]) }
        #expect(sink.entries.map(\.kind) == [.other(UInt8(ascii: "Z"))])
        #expect(sink.payloads == [[1, 2]])
    }

    @Test func oversizedExtensionPassesUnread() throws {
        let comment = String(repeating: "c", count: Splitter.maximumExtensionBytes)
        let sink = try split {
            $0.pax(["path": "b", "comment": comment])
            $0.file("a", [1])
        }
        #expect(sink.paths == ["a"])
        #expect(sink.findingKinds == [.badExtension])
        #expect(sink.findings.first?.offset == 512)
        #expect(sink.segments.contains { if case .opaque(let count) = $0 { count > 1 << 20 } else { false } })
    }

    @Test func oldSparseMapsAreHeaders() throws {
        for count in [0, 1, 4, 5, 25, 26, 50] {
            let parts = (0..<count).map { (offset: Int64($0) * 8192, bytes: [UInt8($0)]) }
            let sink = try split {
                $0.sparseFile("s", parts: parts, realSize: 1 << 20)
                $0.file("after", [1])
            }
            #expect(sink.paths == ["s", "after"])
            #expect(sink.entries.first?.kind == .sparse)
            #expect(sink.payloads.first == parts.flatMap(\.bytes))
            #expect(sink.findingKinds == [.sparseFile])
            let layout = sink.entries.first?.sparse?.layout(payloadByteCount: UInt64(count))
            #expect(layout?.parts.map(\.offset) == parts.map { UInt64($0.offset) } && layout?.mapByteCount == 0)
        }
    }

    @Test func offsetsPointToTheFirstBlockOfAnEntry() throws {
        let sink = try split {
            $0.globalPax(["comment": "no entry's"])
            $0.file("a", [1])
            $0.pax(["path": "c"])
            $0.file("b")
            $0.globalPax([:])
            $0.file("d")
        }
        #expect(sink.entries.map(\.offset) == [1024, 2048, 4096])
    }

    @Test func pendingExtensionAtTheEndIsATruncation() throws {
        var tar = TarBuilder()
        tar.pax(["path": "b"])
        #expect(try RecordingSink(splitting: tar.bytes).findingKinds == [.truncated])
        tar = TarBuilder()
        tar.globalPax(["path": "b"])
        #expect(try RecordingSink(splitting: tar.bytes).findingKinds == [.missingEnd])
    }
}
