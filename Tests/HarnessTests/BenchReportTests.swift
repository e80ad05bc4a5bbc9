import Foundation
import Testing

@testable import Harness
import Processes

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
                "raw@sidecar", "123,456", "123.46", "100 (50.0–200)", "–", "250 (200–500)", "–", "–", "exact",
            ])
    }

    @Test func whatIsMissingIsADash() throws {
        var peer = BenchRecord.timed("tar-split", import: [1, 2])
        peer.recipeBytes = 57_000
        let text = markdown(.sample(), peer)
        #expect(
            try cells(of: "tar-split", in: text) == [
                "tar-split", "57,000", "57.00", "6.7 (5.0–10.0)", "–", "–", "–", "–", "no rebuild",
            ])
    }

    @Test func ratiosCompareWithThePeersOfTheSameLayerAndMode() throws {
        let asm = BenchRecord.timed("tar-split", import: [1, 1, 1], rebuild: [0.08, 0.1, 0.04])
        let ostree = BenchRecord.timed("ostree commit --tree=tar", mode: "bare-user", import: [0.1, 0.1, 0.1])
        let row = try cells(of: "raw@sidecar", in: markdown(.sample(), asm, ostree))
        // 0.1/0.1, 0.1/0.05, 0.1/0.2; and twice as fast in every pair.
        #expect(row[4].hasPrefix("1.00 (0.50–2.00") && row[6] == "2.00 (2.00–2.00)", "\(row)")
        var elsewhere = ostree
        elsewhere.mode = "archive"
        #expect(try cells(of: "raw@sidecar, bare-user", in: markdown(.sample(), asm, elsewhere))[4] == "–")
        // A peer that fails gives no ratio, though it may have samples.
        var failing = ostree
        failing.error = "ended"
        #expect(try cells(of: "raw@sidecar", in: markdown(.sample(), asm, failing))[4] == "–")
    }

    @Test func peaksAreInMebibytesAndBoundsSaySo() throws {
        var record = BenchRecord.sample()
        record.update(.import, .warm) { $0.add(PeakMemory(bytes: 58 << 20, isUpperBound: false)) }
        record.update(.rebuild, .warm) { $0.add(PeakMemory(bytes: 25 << 20, isUpperBound: true)) }
        #expect(try cells(of: "raw@sidecar", in: markdown(record))[7] == "58/≤25")
    }

    @Test func coldCachesHaveATableOfTheirOwn() throws {
        var record = BenchRecord.sample()
        record.update(.rebuild, .cold) { $0.seconds = [1, 1, 1] }
        var results = BenchResults.sample([record, .timed("SHA-256", role: .floor, rebuild: [0.1])])
        results.settings.caches = [.warm, .cold]
        let text = BenchReport(results).markdown
        let parts = text.components(separatedBy: "\n## ")
        #expect(parts[1].hasPrefix("host: ") && parts[1].contains("| 250 (200–500) |") && parts[1].contains("SHA-256"))
        #expect(
            parts[2].hasPrefix("host: ") && parts[2].contains("cold cache") && parts[2].contains("| 10.0 (10.0–10.0) |")
        )
        #expect(!parts[2].contains("SHA-256"))
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

    @Test func onlyWhatWasRebuiltHasAnOutcome() throws {
        var record = BenchRecord.sample()
        #expect(record.outcome == .exact)
        record.exact = false
        #expect(record.outcome == .inexact)
        record.exact = nil
        #expect(record.outcome == nil)
        let line = try #require(try BenchResults.sample([record]).jsonLines.first { $0.contains("\"kind\":\"row\"") })
        #expect(line.contains("\"storage\":\"sidecar\"") && !line.contains("outcome"))
        record.error = "ended"
        #expect(record.outcome == .error)
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
        #expect(text.contains("kernel 6.1.0, governor not visible\\\nostree 2; tar-split tar-split 1\\\n"))
        #expect(text.contains("commits durable (fsync), release build"))
        #expect(text.contains("median of 3 rounds"))
        #expect(text.ranges(of: "- ostree: keeps no recipe\n").count == 1)
        #expect(text.contains("- left out: small: no network\n"))
        #expect(text.hasSuffix("\nAgain: `layerlab bench host --samples 3`\n"))
    }

    @Test func everyLayerHasATableUnderItsTitle() {
        let text = markdown(.sample(), .sample(layer: "source"), .sample("zstd@sidecar"))
        let titles = text.split(separator: "\n").filter { $0.hasPrefix("## ") }
        #expect(
            titles == [
                "## Summary", "## host: 10,000,000 bytes, 1,000 entries, policy identity, bare-user",
                "## source: 10,000,000 bytes, 1,000 entries, policy identity, bare-user", "## Layers", "## Notes",
            ])
        #expect(text.ranges(of: "| strategy, peer or floor |").count == 2)
    }

    @Test func terminalTextHasTheSameFigures() throws {
        var failing = BenchRecord.sample("raw@discard")
        failing.error = "no room"
        let text = BenchReport(.sample([.sample(), failing], leftOut: ["small: no network"])).terminalText
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "host: 10,000,000 bytes, 1,000 entries, policy identity, bare-user")
        let row = try #require(lines.first { $0.hasPrefix("raw@sidecar") })
        #expect(row.contains("123,456") && row.contains("100 (50.0–200)") && row.hasSuffix("exact"))
        #expect(lines.contains("  raw@discard in bare-user fails: no room"))
        #expect(lines.contains("  left out: small: no network"))
        #expect(lines.last == "  took 0 s and 0 MB of disk")
    }
}

extension Substring {
    fileprivate var trimmed: String { String(self.reversed().drop { $0 == " " }.reversed()) }
}
