import Foundation
import Processes
import Testing

@testable import Harness

@Suite struct AgainstTests {
    private func tool(_ name: String) throws -> OtherTool {
        try JSONDecoder().decode(OtherTool.self, from: Data(#"{"name":"\#(name)","version":"1"}"#.utf8))
    }

    private func results() throws -> AgainstResults {
        var results = AgainstResults(
            date: "2024-02-03T04:05:06Z", command: "layerlab bench x --against y", settings: AgainstSettings(),
            base: try tool("before"), new: try tool("after"), directory: "/")
        results.machine = .sample
        return results
    }

    @Test func bothSidesAreComparedPairByPair() throws {
        var results = try results()
        let metric = Metric("rebuild", by: "raw", on: "host")
        for number in 1...12 {
            results.update(metric, .base) { $0.seconds = ($0.seconds ?? []) + [Double(number)] }
            results.update(metric, .new) { $0.seconds = ($0.seconds ?? []) + [Double(number) * 1.2] }
        }
        results.update(Metric("recipe", by: "raw", on: "host"), .base) { $0.bytes = 7 }
        results.update(Metric("recipe", by: "raw", on: "host"), .new) { $0.bytes = 7 }
        let comparison = results.comparison()
        #expect(comparison.rows.map(\.verdict) == [.regressed, .unchanged] && comparison.isInterleaved)
        #expect(comparison.baseName == "before" && comparison.newName == "after")
        let json = try results.file.data
        let again = try JSONDecoder().decode(AgainstResults.self, from: json)
        #expect(again.comparison().rows == comparison.rows)
    }

    @Test func precisionLooksAtSizesAndNotAtSigns() throws {
        func isPrecise(_ differences: [Double]) throws -> Bool {
            var results = try results()
            let metric = Metric("rebuild", by: "raw", on: "host")
            results.update(metric, .base) { $0.seconds = differences.map { _ in 1 } }
            results.update(metric, .new) { $0.seconds = differences.map { exp($0) } }
            return results.isPrecise(on: "host")
        }
        let near = (0..<16).map { $0 % 2 == 0 ? 0.01 : -0.01 }
        #expect(try isPrecise(near) && isPrecise(near.map { abs($0) }))
        let far = near.map { $0 * 10 }
        #expect(try !isPrecise(far) && !isPrecise(far.map { abs($0) }))
        // Pairs that no verdict looks at make none more precise.
        let many = Array(repeating: 0.2, count: 10 * Effect.mostPairs)
        #expect(try !isPrecise(many) && isPrecise(many.map { $0 / 2 }))
    }

    @Test func whatTakesLittleTimeIsMeasuredMoreOften() {
        let turns = [0, 0.1, 0.13, 0.2, 0.3, 0.6, 60].map { AgainstStep.turns(ofPairsThatTake: $0) }
        #expect(turns == [4, 4, 3, 2, 1, 1, 1])
    }

    @Test func howItEndedIsTold() throws {
        var results = try results()
        #expect(results.comparison().warnings.contains { $0.contains("stopped before its end") })
        (results.ending, results.leftOut) = (.budget, ["host: no time was left"])
        results.conditions.stolenShare = 0.2
        let warnings = results.comparison().warnings
        #expect(warnings.contains { $0.contains("host: no time was left") })
        #expect(warnings.contains { $0.contains("20.0 %") })
    }

    /// `Documentation/comparing.md` names every key of the file.
    @Test func everyKeyIsExplained() throws {
        var results = try results()
        results.update(Metric("rebuild", by: "raw", on: "host", in: "bare"), .base) { values in
            (values.seconds, values.bytes, values.outcome, values.error) = ([1], 1, .exact, "e")
        }
        let object = try JSONSerialization.jsonObject(with: results.file.data)
        let top = try #require(object as? [String: Any])
        var keys = Set(top.keys)
        for (key, part) in top where ["entries", "settings", "base"].contains(key) {
            for item in (part as? [[String: Any]] ?? [part as? [String: Any] ?? [:]]) {
                keys.formUnion(item.keys)
                for value in item.values { keys.formUnion((value as? [String: Any] ?? [:]).keys) }
            }
        }
        let row = try #require(results.comparison().rows.first)
        let line = try JSONSerialization.jsonObject(with: JSONEncoder().encode(row)) as? [String: Any]
        keys.formUnion(try #require(line).keys)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "Documentation/comparing.md"), encoding: .utf8)
        #expect(keys.count > 20)
        #expect(keys.filter { !page.contains("`\($0)`") }.sorted() == [])
    }

    @Test func whatIsNoProgramAndNoRevisionIsRefused() {
        for name in ["/nonexistent/layerlab", "no-such-revision-of-layerlab", "--help", "/bin/true", "/bin/cat"] {
            #expect(throws: LocatedError.self, "\(name)") { try OtherTool.find(name) { _ in } }
        }
    }

    @Test func kindsOfFilesAreToldApart() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "layerlab-compare-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func source(_ data: Data, _ name: String) throws -> ComparisonSource {
            let file = folder.appending(path: name)
            try data.write(to: file)
            return try ComparisonSource(file.path)
        }
        let bench = try source(JSONEncoder().encode(BenchResults.sample([.sample()])), "results.json")
        guard case .results = bench else { throw LocatedError("not results", in: "bench") }
        guard case .against = try source(results().file.data, "comparison.json") else {
            throw LocatedError("not both sides", in: "comparison")
        }
        guard case .baseline = try source(Baseline(versions: [:], figures: []).json(), "baseline.json") else {
            throw LocatedError("no baseline", in: "baseline")
        }
        // Which of the two a folder means nobody can tell.
        #expect(throws: LocatedError.self) { _ = try ComparisonSource(folder.path) }
        try FileManager.default.removeItem(at: folder.appending(path: "comparison.json"))
        guard case .results = try ComparisonSource(folder.path) else { throw LocatedError("not results", in: "folder") }
        for text in ["", "[]", "{}", #"{"schemaVersion":99,"figures":[]}"#, #"{"schemaVersion":2,"encodings":3}"#] {
            #expect(throws: LocatedError.self, "\(text)") { _ = try source(Data(text.utf8), "odd.json") }
        }
        #expect(throws: LocatedError.self) { _ = try ComparisonSource(folder.path + "/absent") }
    }
}
