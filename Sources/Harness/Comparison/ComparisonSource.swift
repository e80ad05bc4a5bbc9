internal import Foundation
public import Processes

/// A file to compare: results of `bench`, a baseline, or what `bench --against` measured.
public enum ComparisonSource: Sendable {
    case results(MetricSet)
    /// Figures that must all be there.
    case baseline(MetricSet)
    /// Both sides in one file.
    case against(AgainstResults)

    /// What tells one kind of file from another, and its version.
    private struct Kind: Decodable {
        var schemaVersion: Int?
        var figures: Nothing?
        var entries: Nothing?
        var encodings: Nothing?

        struct Nothing: Decodable { init(from decoder: any Decoder) {} }
    }

    /// Reads a file, or the `results.json` or `comparison.json` of a folder.
    public init(_ path: String) throws(LocatedError) {
        let file = try ComparisonSource.file(of: path)
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: file)) } catch {
            throw LocatedError("cannot be read: \(error.localizedDescription)", in: file)
        }
        let decoder = JSONDecoder()
        guard let kind = try? decoder.decode(Kind.self, from: data), let version = kind.schemaVersion else {
            throw LocatedError(
                "is no results file", in: file,
                remedy: "name a results.json or a folder of layerlab bench, or a baseline of layerlab measure baseline")
        }
        do {
            if kind.figures != nil {
                try ComparisonSource.check(version, Baseline.currentSchemaVersion, file)
                self = .baseline(try decoder.decode(Baseline.self, from: data).metrics(named: path))
            } else if kind.entries != nil {
                try ComparisonSource.check(version, AgainstResults.currentSchemaVersion, file)
                self = .against(try decoder.decode(AgainstResults.self, from: data))
            } else {
                try ComparisonSource.check(version, BenchResults.currentSchemaVersion, file)
                self = .results(MetricSet(try decoder.decode(BenchResults.self, from: data), named: path))
            }
        } catch let error as LocatedError {
            throw error
        } catch {
            throw LocatedError("cannot be understood: \(error)", in: file)
        }
    }

    /// One side of a comparison; nil where the file has both.
    public var metrics: MetricSet? {
        switch self {
        case .results(let metrics), .baseline(let metrics): metrics
        case .against: nil
        }
    }

    private static func check(_ version: Int, _ known: Int, _ file: String) throws(LocatedError) {
        guard version == known else {
            throw LocatedError(
                "has the schema version \(version), and this layerlab knows \(known)", in: file,
                remedy: version > known ? "use a newer layerlab" : "measure again")
        }
    }

    private static func file(of path: String) throws(LocatedError) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw LocatedError("there is no such file or folder", in: path, remedy: "layerlab bench -o DIR makes one")
        }
        guard FileManager.default.fileExists(atPath: path + "/.") else { return path }
        let names = ["results.json", "comparison.json"]
        guard let name = names.first(where: { FileManager.default.fileExists(atPath: "\(path)/\($0)") }) else {
            throw LocatedError("has neither results.json nor comparison.json", in: path)
        }
        return "\(path)/\(name)"
    }
}
