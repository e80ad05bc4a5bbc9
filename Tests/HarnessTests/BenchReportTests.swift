import Testing

@testable import Harness

@Suite struct BenchReportTests {
    /// The cells of a Markdown report's row that begins with `name`.
    private func cells(of name: String, in markdown: String) throws -> [String] {
        let line = try #require(markdown.split(separator: "\n").first { $0.hasPrefix("| \(name) |") })
        return line.split(separator: "|").map { $0.drop { $0 == " " }.split(separator: "  ")[0].trimmed }
    }

    private func markdown(_ records: BenchRecord..., leftOut: [String] = []) -> String {
        BenchReport(.sample(records, leftOut: leftOut)).markdown
    }

    @Test func figuresAreTheMedianWithItsRange() throws {
        // 10 MB in 0.1 s (0.05 … 0.2), and in 0.04 s (0.02 … 0.05).
        #expect(
            try cells(of: "raw@sidecar", in: markdown(.sample())) == [
                "raw@sidecar", "bare-user", "123,456", "123.46", "123,500", "100 (50.0–200)", "–",
                "250 (200–500)", "–", "exact",
            ])
    }

    @Test func whatIsMissingIsADash() throws {
        let peer = BenchRecord(
            layer: "host", role: .peer, name: "tar-split", layerBytes: 10_000_000, recipeBytes: 57_000,
            importSeconds: [1, 2], rebuildSeconds: [], note: "checks no SHA-256")
        let text = markdown(.sample(), peer)
        #expect(
            try cells(of: "tar-split", in: text) == [
                "tar-split", "–", "57,000", "57.00", "–", "6.7 (5.0–10.0)", "–", "–", "–",
                "no rebuild",
            ])
    }

    @Test func ratiosCompareWithThePeersOfTheSameLayerAndMode() throws {
        let asm = BenchRecord(
            layer: "host", role: .peer, name: "tar-split", layerBytes: 10_000_000, importSeconds: [1, 1, 1],
            rebuildSeconds: [0.08, 0.1, 0.04])
        let ostree = BenchRecord(
            layer: "host", role: .peer, name: "ostree commit --tree=tar", mode: "bare-user", layerBytes: 10_000_000,
            importSeconds: [0.1, 0.1, 0.1])
        let row = try cells(of: "raw@sidecar", in: markdown(.sample(), asm, ostree))
        // 0.1/0.1, 0.1/0.05, 0.1/0.2; and twice as fast in every pair.
        #expect(row[6].hasPrefix("1.00 (0.50–2.00") && row[8] == "2.00 (2.00–2.00)", "\(row)")
        var elsewhere = ostree
        elsewhere.mode = "archive"
        #expect(try cells(of: "raw@sidecar", in: markdown(.sample(), asm, elsewhere))[6] == "–")
    }

    @Test func outcomesAreTold() throws {
        var floor = BenchRecord.sample("raw@discard")
        (floor.role, floor.exact) = (.floor, nil)
        var inexact = BenchRecord.sample("raw@separate-ref")
        inexact.exact = false
        var failing = BenchRecord.sample("raw@commit-metadata")
        (failing.exact, failing.error) = (nil, "layerlab: ended with exit code 1")
        let text = markdown(floor, inexact, failing)
        #expect(try cells(of: "raw@discard", in: text).last == "floor")
        #expect(try cells(of: "raw@separate-ref", in: text).last == "NOT EXACT")
        #expect(try cells(of: "raw@commit-metadata", in: text).last == "fails")
        #expect(text.contains("\n- raw@commit-metadata in bare-user fails: layerlab: ended with exit code 1\n"))
    }

    @Test func failuresAreThoseOfOurStrategies() {
        var failing = BenchRecord.sample()
        failing.error = "broken"
        var inexact = BenchRecord.sample()
        inexact.exact = false
        var peer = failing
        peer.role = .peer
        #expect(!BenchResults.sample([.sample()]).hasFailures)
        #expect(BenchResults.sample([.sample(), failing]).hasFailures)
        #expect(BenchResults.sample([inexact]).hasFailures)
        #expect(!BenchResults.sample([.sample(), peer]).hasFailures)
    }

    @Test func pageHasMachineNotesAndCommand() {
        var noted = BenchRecord.sample("ostree")
        (noted.role, noted.note) = (.peer, "keeps no recipe")
        let text = markdown(noted, noted, .sample(), leftOut: ["small: no network"])
        #expect(text.hasPrefix("# layerlab bench, 2024-02-03T04:05:06Z\n"))
        #expect(text.contains("Sample CPU 9000 @ 2.00GHz, 2 cores, 8,000 MB, ext4, Sample OS 1, kernel 6.1.0"))
        #expect(text.contains("peers: ostree: Version: 2; tar-split: tar-split 1"))
        #expect(text.contains("commits durable (fsync), release build"))
        #expect(text.contains("median of 3"))
        #expect(text.ranges(of: "- ostree: keeps no recipe\n").count == 1)
        #expect(text.contains("- left out: small: no network\n"))
        #expect(text.hasSuffix("\nAgain: `layerlab bench host --samples 3`\n"))
    }

    @Test func everyLayerHasATableUnderItsTitle() {
        let text = markdown(.sample(), .sample(layer: "source"), .sample("zstd@sidecar"))
        let titles = text.split(separator: "\n").filter { $0.hasPrefix("## ") }
        #expect(
            titles == [
                "## host: 10,000,000 bytes, 1,000 entries, policy identity",
                "## source: 10,000,000 bytes, 1,000 entries, policy identity", "## Notes",
            ])
        #expect(text.ranges(of: "| strategy or peer |").count == 2)
    }

    @Test func terminalTextHasTheSameFigures() throws {
        var failing = BenchRecord.sample("raw@discard")
        failing.error = "no room"
        let text = BenchReport(.sample([.sample(), failing], leftOut: ["small: no network"])).terminalText
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "host: 10,000,000 bytes, 1,000 entries, policy identity")
        let row = try #require(lines.first { $0.hasPrefix("raw@sidecar") })
        #expect(row.contains("123,456") && row.contains("100 (50.0–200)") && row.hasSuffix("exact"))
        #expect(lines.contains("raw@discard in bare-user fails: no room"))
        #expect(lines.last == "left out: small: no network")
    }
}

extension Substring {
    fileprivate var trimmed: String { String(self.reversed().drop { $0 == " " }.reversed()) }
}
