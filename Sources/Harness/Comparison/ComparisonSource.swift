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
        var figures: Anything?
        var entries: Anything?

        struct Anything: Decodable { init(from decoder: any Decoder) {} }
    }

    /// Reads a file, or the `results.json` or `comparison.json` of a folder.
    public init(_ path: String) throws(LocatedError) {
        let file = try ComparisonSource.file(of: path)
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: file)) } catch {
            throw LocatedError("cannot be read: \(error.localizedDescription)", in: file)
        }
        let decoder = JSONDecoder()
        let kind = try? decoder.decode(Kind.self, from: data)
        guard let kind, kind.figures != nil || kind.entries != nil else {
            self = .results(MetricSet(try BenchResults.load([path]), named: path))
            return
        }
        let known = kind.figures != nil ? Baseline.currentSchemaVersion : AgainstResults.currentSchemaVersion
        guard let version = kind.schemaVersion, version == known else {
            let found = kind.schemaVersion.map(String.init) ?? "missing"
            throw LocatedError(
                "its schema version is \(found), and this layerlab reads \(known)", in: file,
                remedy: kind.schemaVersion ?? 0 > known ? "use a newer layerlab" : "measure again")
        }
        do {
            self =
                kind.figures != nil
                ? .baseline(try decoder.decode(Baseline.self, from: data).metrics(named: path))
                : .against(try decoder.decode(AgainstResults.self, from: data))
        } catch {
            throw LocatedError("is neither a baseline nor a comparison.json: \(error)", in: file)
        }
    }

    /// One side of a comparison; nil where the file has both.
    public var metrics: MetricSet? {
        switch self {
        case .results(let metrics), .baseline(let metrics): metrics
        case .against: nil
        }
    }

    private static func file(of path: String) throws(LocatedError) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw LocatedError("there is no such file or folder", in: path, remedy: "layerlab bench -o DIR makes one")
        }
        guard FileManager.default.fileExists(atPath: path + "/.") else { return path }
        let files = ["results.json", "comparison.json"].map { "\(path)/\($0)" }.filter {
            FileManager.default.fileExists(atPath: $0)
        }
        guard files.count < 2 else {
            throw LocatedError("has a results.json and a comparison.json", in: path, remedy: "name one of them")
        }
        guard let file = files.first else {
            throw LocatedError(
                "has neither results.json nor comparison.json", in: path, remedy: "layerlab bench -o DIR makes one")
        }
        return file
    }
}
