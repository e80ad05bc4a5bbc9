internal import Foundation
public import Processes

/// What an advice rests on: encodings that `bench` measured, and survival that either `bench` or `survive` measured.
public struct AdviceSources: Sendable {
    /// What is read of a `results.json`; what else is in it may be another version's.
    private struct Bench: Decodable {
        var date: String
        var encodings: [EncodingRecord]?
        var survivalRecords: [SurvivalRecord]?
    }

    /// The encodings of one benchmark: times of another one, maybe of another machine, are nothing to compare with.
    public private(set) var encodings: [EncodingRecord] = []
    public private(set) var survival: [SurvivalRecord] = []
    /// The files that these were read from.
    public private(set) var files: [String] = []

    /// The layers whose survival was measured: `NAME, N entries`.
    var survivors: [String] {
        var names: [String] = []
        for record in survival {
            let name = "\(record.layer), \(record.entries.map { Figure.count($0) } ?? "?") entries"
            if record.entries != nil, !names.contains(name) { names.append(name) }
        }
        return names
    }

    init(encodings: [EncodingRecord], survival: [SurvivalRecord]) {
        (self.encodings, self.survival) = (encodings, survival)
    }

    /// Reads files, and folders with all below them. Of several benchmarks the one with the most layers and encodings
    /// counts, of several runs of `survive` the one with the most records; of equal ones the later. What that run tried
    /// takes the place of the same trial of the benchmark's stage `survival`.
    ///
    /// Throws where a file cannot be read, or there is no measured encoding in any of them.
    public init(_ paths: [String]) throws(LocatedError) {
        var (bench, lives): ((path: String, Bench)?, (path: String, SurvivalResults)?)
        for path in paths {
            for file in try AdviceSources.files(of: path) {
                let data = try AdviceSources.read(file)
                do {
                    if let found = try? JSONDecoder().decode(SurvivalResults.self, from: data) {
                        guard found.schemaVersion == SurvivalResults.currentSchemaVersion else {
                            throw LocatedError("its schema version \(found.schemaVersion) is unknown", in: file)
                        }
                        if !AdviceSources.isBetter(lives?.1, found) { lives = (file, found) }
                    } else {
                        let found = try JSONDecoder().decode(Bench.self, from: data)
                        if !AdviceSources.isBetter(bench?.1, found) { bench = (file, found) }
                    }
                } catch let error as LocatedError {
                    throw error
                } catch {
                    // What was named by itself has to be one; below a folder there may be others.
                    guard file != path else {
                        throw LocatedError("it is neither results of bench nor of survive", in: file)
                    }
                }
            }
        }
        encodings = bench?.1.encodings ?? []
        survival = SurvivalResults.joined(bench?.1.survivalRecords ?? [], lives?.1.survival ?? [])
        files = [encodings.isEmpty ? nil : bench?.path, lives?.path].compactMap(\.self)
        guard !encodings.isEmpty else {
            throw LocatedError(
                "no measured encodings are there", in: paths.joined(separator: " "),
                remedy: "layerlab bench LAYER… --stage encodings -o DIR measures them")
        }
    }

    private static func isBetter(_ one: SurvivalResults?, _ other: SurvivalResults) -> Bool {
        guard let one else { return false }
        return (one.survival.count, one.date) > (other.survival.count, other.date)
    }

    private static func isBetter(_ one: Bench?, _ other: Bench) -> Bool {
        guard let one else { return false }
        return (one.encodings?.count ?? 0, one.date) > (other.encodings?.count ?? 0, other.date)
    }

    /// A file itself, and the results below a folder.
    private static func files(of path: String) throws(LocatedError) -> [String] {
        guard FileManager.default.fileExists(atPath: path) else {
            throw LocatedError(
                "there is no such file or folder", in: path,
                remedy: "layerlab bench -o DIR and layerlab survive -o DIR make such")
        }
        guard FileManager.default.fileExists(atPath: path + "/.") else { return [path] }
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.sorted().filter { ["results.json", "survival.json"].contains($0.split(separator: "/").last) }
            .map { "\(path)/\($0)" }
    }

    private static func read(_ file: String) throws(LocatedError) -> Data {
        do { return try Data(contentsOf: URL(filePath: file)) } catch {
            throw LocatedError("cannot be read: \(error.localizedDescription)", in: file)
        }
    }
}
