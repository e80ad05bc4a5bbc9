import Foundation
import Testing

@testable import Harness

/// `Documentation/results.md` names every key that there is in a results file.
@Suite struct ResultsPageTests {
    private func page(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Documentation/\(name)"), encoding: .utf8)
    }

    /// The keys of a JSON value, at every depth; those of `versions` are names of programs, and not ours.
    private func keys(_ value: Any) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys($1)) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.reduce(into: []) { found, pair in
            found.insert(pair.key)
            if pair.key != "versions" { found.formUnion(keys(pair.value)) }
        }
    }

    @Test func everyKeyIsExplained() throws {
        var record = BenchRecord.sample()
        (record.error, record.note) = ("e", "n")
        record.update(.rebuild, .warm) { $0.add(PeakMemory(bytes: 1, isUpperBound: true)) }
        var results = BenchResults.sample([record], leftOut: ["x"])
        results.machine.governor = "performance"
        results.machine.swiftVersion = "6"
        results.settings.budgetSeconds = 1
        results.conditions.loadAverageAtStart = 1
        results.conditions.stolenShare = 0
        results.conditions.cacheDropping = "x"
        results.encodings = [.sample("raw", bytes: 1, encode: 1, decode: 1)]
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(results))
        let text = try page("results.md")
        let names = keys(object)
        #expect(names.count > 50)
        for name in names.sorted() { #expect(text.contains("`\(name)`"), "\(name) is not explained") }
        #expect(text.hasPrefix("# results.json, version \(BenchResults.currentSchemaVersion)\n"))
    }
}
