import Foundation
import Testing

@testable import Harness

@Suite struct LayerResultTests {
    private static let exact = LayerResult(
        layer: "a/layer.tar", diffID: "sha256:00", policy: "identity", mode: "bare-user", encoding: "raw",
        storage: "sidecar", entries: 3, layerBytes: 10_240, recipeBytes: 1_700, storedBytes: 1_750, orphanBytes: 0,
        outcome: .exact, exact: true)
    private static let cannot = LayerResult(
        layer: "b", policy: "identity", mode: "bare", encoding: "raw", storage: "sidecar", outcome: .cannot,
        error: "too odd")

    private func result(_ outcome: LayerResult.Outcome) -> LayerResult {
        var result = Self.exact
        (result.outcome, result.exact) = (outcome, outcome == .cannot ? nil : outcome == .exact)
        return result
    }

    @Test(arguments: [exact, cannot])
    func everyLineHasEveryKey(_ result: LayerResult) throws {
        let data = try JSONEncoder().encode(result)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            object.keys.sorted() == [
                "diffID", "encoding", "entries", "error", "exact", "findingCount", "findings", "layer", "layerBytes",
                "mode",
                "orphanBytes",
                "outcome", "policy", "recipeBytes", "schemaVersion", "storage", "storedBytes",
            ])
        #expect(object["schemaVersion"] as? Int == LayerResult.currentSchemaVersion)
        #expect(try JSONDecoder().decode(LayerResult.self, from: data) == result)
    }

    @Test func cannotIsNeitherExactNorNot() throws {
        let text = String(decoding: try JSONEncoder().encode(Self.cannot), as: UTF8.self)
        for key in ["exact", "diffID", "entries", "layerBytes", "recipeBytes", "storedBytes", "orphanBytes"] {
            #expect(text.contains("\"\(key)\":null"))
        }
        #expect(text.contains("\"outcome\":\"cannot\""))
    }

    @Test func textIsOneLine() {
        #expect(Self.exact.text == "exact  a/layer.tar  raw@sidecar  bare-user, recipe 1,700 bytes")
        #expect(Self.cannot.text == "cannot  b  raw@sidecar  bare: too odd")
    }

    @Test func summaryCountsOutcomes() {
        var summary = VerificationSummary()
        #expect(summary.text == "0 exact, 0 cannot, 0 inexact, 0 error")
        for outcome in [LayerResult.Outcome.exact, .cannot, .exact] { summary.add(result(outcome)) }
        #expect(summary.text == "2 exact, 1 cannot, 0 inexact, 0 error")
        #expect(!summary.hasFailures)
    }

    @Test(arguments: [LayerResult.Outcome.inexact, .error])
    func summaryKnowsFailures(_ outcome: LayerResult.Outcome) {
        var summary = VerificationSummary()
        summary.add(result(.exact))
        summary.add(result(outcome))
        #expect(summary.hasFailures)
        #expect(summary.text.contains("1 \(outcome.rawValue)"))
    }
}
