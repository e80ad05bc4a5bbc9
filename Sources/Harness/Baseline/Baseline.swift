public import Foundation
internal import Processes

/// The figures that do not depend on the machine's mood: `Reports/baseline.json`, which CI compares every change with.
public struct Baseline: Codable, Equatable, Sendable {
    public static let currentSchemaVersion = 1

    /// One of them.
    public struct Figure: Codable, Equatable, Sendable {
        public var metric: Metric
        public var value: Double
        public var unit: String
        /// By how much it may differ; nil where not by a single byte.
        public var tolerance: Measured.Tolerance?
    }

    public var schemaVersion = Baseline.currentSchemaVersion
    /// For whoever reads the file: how to renew it.
    public var comment =
        "Sizes, and costs per entry. `make gate` compares; after a change that is meant, `make gate-renew` writes it anew. "
        + "See Documentation/comparing.md."
    /// What sizes depend on besides our own code.
    public var versions: [String: String]
    public var figures: [Figure]

    public init(versions: [String: String], figures: [Figure]) {
        (self.versions, self.figures) = (versions, figures)
    }

    /// The figures, each on a line of its own, so that a change of one is a change of a line.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func text(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let lines = try figures.map { "    " + (try text($0)) }.joined(separator: ",\n")
        return Data(
            """
            {
              "comment" : \(try text(comment)),
              "figures" : [
            \(lines)
              ],
              "schemaVersion" : \(schemaVersion),
              "versions" : \(try text(versions))
            }

            """.utf8)
    }

    public func write(to path: String) throws {
        let data = try json()
        do {
            try data.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw LocatedError("the baseline cannot be written: \(error.localizedDescription)", in: path)
        }
    }

    /// One side of a comparison; a figure that the other side has not is a failure.
    public func metrics(named name: String) -> MetricSet {
        var metrics = MetricSet(name)
        metrics.versions = versions
        metrics.mustBeComplete = true
        for figure in figures {
            metrics[figure.metric] =
                figure.tolerance.map { .counted(figure.value, unit: figure.unit, tolerance: $0) }
                ?? .exact(figure.value, unit: figure.unit)
        }
        return metrics
    }
}
