import Foundation
import Testing

@testable import Harness

@Suite struct CorpusReportTests {
    private func entry(_ name: String, needsNetwork: Bool) -> CorpusEntry {
        CorpusEntry(
            name: name, sets: ["tiny", "other"], title: "A title", source: "A source", licence: "A licence",
            policy: .identity, expectedBytes: 12_345, expectedEntries: nil, pin: nil, needsNetwork: needsNetwork,
            recipe: .pypi(PythonSource(project: name, version: "1")))
    }

    @Test func rowsSayWhatIsThere() throws {
        try withScratchDirectory { directory in
            let entries = [entry("far", needsNetwork: true), entry("near", needsNetwork: false)]
            let cache = Cache(directory: directory + "/cache")
            let corpus = Corpus(entries: entries, cache: cache)
            #expect(CorpusReport(corpus).rows.map(\.isFetched) == [false, false])
            let before = lines(of: corpus)
            #expect(before[2] == ["far", "tiny other", "A title", "identity", "~12,345", "–", "–", "no (network)"])
            #expect(before[3].last == "no")

            try write("content", to: directory + "/made")
            let layer = try cache.keep([Cache.Made(file: directory + "/made", entry: entries[0])])[0]
            #expect(CorpusReport(corpus).rows.map(\.isFetched) == [true, false])
            #expect(lines(of: corpus)[2].last == "yes")

            let fetched = FetchReport(layer)
            #expect(fetched.text == "far  7 bytes  0 entries  \(layer.digest)  fetched  \(layer.path)")
            #expect(FetchReport(try corpus.fetch(entries[0])).text.contains("  there  "))
        }
    }

    @Test func rowsCarryWhatTheManifestSays() throws {
        let corpus = Corpus(
            entries: [entry("far", needsNetwork: true)], cache: Cache(directory: "/nonexistent"))
        let row = try #require(CorpusReport(corpus).rows.first)
        #expect((row.name, row.sets, row.policy) == ("far", ["tiny", "other"], "identity"))
        #expect((row.source, row.licence, row.title) == ("A source", "A licence", "A title"))
        #expect(row.expectedBytes == 12_345 && row.needsNetwork)
    }

    /// The table's lines as their cells, which two spaces part.
    private func lines(of corpus: Corpus) -> [[String]] {
        CorpusReport(corpus).text.split(separator: "\n").map { line in
            line.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
    }
}
