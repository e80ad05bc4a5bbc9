import Tar
import TestSupport
import Testing

/// What the splitter understands of odd streams. That they are exact is a law of all samples.
@Suite struct OddStreamTests {
    @Test(arguments: OddStream.all)
    func understandsWhatAGoodReaderDoes(_ odd: OddStream) throws {
        let sink = try RecordingSink(splitting: odd.bytes)
        #expect(sink.paths == odd.paths)
        #expect(sink.entries.map(\.size) == odd.sizes)
        #expect(sink.findingKinds == odd.findings, "\(sink.findings.map(\.text))")
        #expect(sink.bytes == odd.bytes)
    }

    @Test func everyKindOfFindingOfTheSplitterIsMade() {
        let made = Set(OddStream.all.flatMap(\.findings))
        // A truncation has its own law; the others are the importer's.
        let elsewhere: Set<Finding.Kind> = [.truncated, .notRepresentable, .repeatedPath]
        #expect(made.union(elsewhere) == Set(Finding.Kind.allCases))
    }

    @Test func sparseLayoutsAreWhatWasPutIn() throws {
        for form in [SparseFile.Form.old, .pax00, .pax01, .pax10] {
            let stream = TarBuilder.stream(dialect: .gnu) {
                $0.paxSparseFile("s", form, parts: [(4096, [1, 2, 3]), (8192, [4, 5])], realSize: 10_000)
            }
            let sink = try RecordingSink(splitting: stream)
            let (entry, payload) = (try #require(sink.entries.first), sink.payloads[0])
            let sparse = try #require(entry.sparse)
            #expect(entry.kind == .sparse && sparse.form == form && sparse.realSize == 10_000)
            let layout = try #require(sparse.layout(payloadByteCount: entry.size, start: payload[...]))
            #expect(layout.parts == [.init(offset: 4096, byteCount: 3), .init(offset: 8192, byteCount: 2)])
            #expect(payload.dropFirst(layout.mapByteCount).elementsEqual([1, 2, 3, 4, 5]))
        }
    }

    @Test(
        arguments: [
            "", "1", "1\n0\n", "2\n0\n1\n", "x\n", "-1\n0\n1\n", "99999999999\n", "1\n18446744073709551615\n2\n",
            "1\n0\n99999999999999999999999\n", "0\n\0",
        ])
    func mapsInPayloadsThatAreNone(_ map: String) throws {
        let stream = TarBuilder.stream { tar in
            tar.pax(["GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"])
            tar.file("s", Array(map.utf8))
        }
        let sink = try RecordingSink(splitting: stream)
        let sparse = try #require(sink.entries.first?.sparse)
        #expect(sparse.layout(payloadByteCount: UInt64(map.utf8.count), start: Array(map.utf8)[...]) == nil)
    }

    @Test func aSizeWithinAHeaderOfTwoChunksIsSeen() throws {
        let odd = try #require(OddStream.all.first { $0.description == "hard link with its data" })
        let whole = try RecordingSink(splitting: odd.bytes)
        for size in 1...odd.bytes.count {
            #expect(try RecordingSink(splitting: odd.bytes, chunkSize: size) == whole, "chunks of \(size)")
        }
    }
}
