import Foundation

/// Counts as a file that `layerlab compare` reads: see the page on comparing.
struct CountFile: Encodable {
    struct Metric: Encodable {
        /// What is counted.
        var quantity: String
        /// The hot type, and what it does.
        var subject: String
    }

    struct Tolerance: Encodable {
        /// Other versions of libraries, and other processors by which these choose their code, make small differences.
        var share = 0.05
        /// So that nothing may become a little.
        var least = 2.0
    }

    struct Figure: Encodable {
        var metric: Metric
        var value: Double
        var unit = "a pass"
        var tolerance = Tolerance()
    }

    var schemaVersion = 1
    /// For whoever reads the file: how to renew it.
    var comment =
        "Instructions and allocations of a pass over a generated layer of 1,024,000 bytes. `make microbench-check` compares; "
        + "after a change that is meant, `make microbench-renew` counts anew. See Benchmarks/README.md."
    /// What the counts depend on besides the code.
    var versions: [String: String]
    var figures: [Figure]

    /// - Parameters:
    ///   - costs: by `SUBJECT, UNIT`.
    ///   - versions: by the names of programs.
    init(_ costs: [String: Double], versions: [String: String]) {
        self.versions = versions
        figures = costs.sorted { $0.key < $1.key }.map { name, value in
            let parts = name.split(separator: ", ")
            let subject = parts.dropLast().joined(separator: ", ")
            return Figure(metric: Metric(quantity: String(parts.last ?? ""), subject: subject), value: value)
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(filePath: path), options: .atomic)
    }
}
