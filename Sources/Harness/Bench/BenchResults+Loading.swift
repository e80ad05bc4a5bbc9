internal import Foundation
public import Processes

extension BenchResults {
    private struct Version: Decodable {
        var schemaVersion: Int?
    }

    /// Reads the results of a benchmark: a folder that `bench` wrote, or its `results.json`; and the `survival.json`
    /// of `survive`, whose records are taken to those that are there, and take the place of the benchmark's own. A folder's own `survival.json` is read, too.
    ///
    /// - Parameter paths: one benchmark, and any number of runs of `survive`.
    public static func load(_ paths: [String]) throws(LocatedError) -> BenchResults {
        var (bench, survival): ((path: String, BenchResults)?, [SurvivalRecord]) = (nil, [])
        for path in paths {
            for file in try files(of: path) {
                switch try read(file) {
                case .bench(let results):
                    if let bench {
                        throw LocatedError(
                            "is a second benchmark, and a report has one: \(bench.path) is the first", in: file,
                            remedy: "layerlab report makes one for each; layerlab compare compares two")
                    }
                    bench = (file, results)
                case .survival(let results): survival += results.survival
                }
            }
        }
        guard var results = bench?.1 else {
            throw LocatedError(
                "there are no results of bench", in: paths.joined(separator: " "),
                remedy: "layerlab bench LAYER… -o FOLDER measures and writes some")
        }
        results.survivalRecords = SurvivalResults.joined(results.survivalRecords, survival)
        return results
    }

    private enum Content {
        case bench(BenchResults)
        case survival(SurvivalResults)
    }

    private static func files(of path: String) throws(LocatedError) -> [String] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else {
            throw LocatedError(
                "there is no such file or folder", in: path, remedy: "layerlab bench -o FOLDER makes one")
        }
        guard manager.fileExists(atPath: path + "/.") else { return [path] }
        let files = ["results.json", "survival.json"].map { "\(path)/\($0)" }.filter(manager.fileExists)
        guard files.isEmpty else { return files }
        let below = ((try? manager.subpathsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix("/results.json") }
        let hint = below.sorted().prefix(3).map { "\(path)/\($0)" }.joined(separator: ", ")
        throw LocatedError(
            "there is no results.json in the folder", in: path,
            remedy: hint.isEmpty ? "layerlab bench -o FOLDER makes one" : "name one of those below it: \(hint)")
    }

    private static func read(_ file: String) throws(LocatedError) -> Content {
        do {
            let data = try Data(contentsOf: URL(filePath: file))
            let decoder = JSONDecoder()
            let version = try decoder.decode(Version.self, from: data).schemaVersion
            try checkNumbers(of: data, in: file)
            // What only one of the two has: the keys that they share are many.
            if let results = try? decoder.decode(SurvivalResults.self, from: data) {
                try check(version, against: SurvivalResults.currentSchemaVersion, in: file)
                return .survival(results)
            }
            try check(version, against: currentSchemaVersion, in: file)
            return .bench(try decoder.decode(BenchResults.self, from: data))
        } catch let error as LocatedError {
            throw error
        } catch let error as DecodingError {
            throw LocatedError(
                "it is no results.json of bench: \(reason(error))", in: file,
                remedy: "name the folder or the results.json that layerlab bench wrote")
        } catch {
            throw LocatedError("cannot be read: \(error.localizedDescription)", in: file)
        }
    }

    /// Refuses what nobody can have measured: then no sum of a report overflows.
    private static func checkNumbers(of data: Data, in file: String) throws(LocatedError) {
        var sum = 0.0
        var largest = (value: 0.0, place: "")
        func look(_ value: Any, _ place: String) {
            switch value {
            case let number as NSNumber:
                let magnitude = abs(number.doubleValue)
                sum += magnitude
                if magnitude > largest.value { largest = (magnitude, place) }
            case let list as [Any]: for (index, item) in list.enumerated() { look(item, "\(place).\(index)") }
            case let object as [String: Any]: for (key, item) in object { look(item, "\(place).\(key)") }
            default: break
            }
        }
        // What is no JSON is told by the decoder.
        guard let document = try? JSONSerialization.jsonObject(with: data) else { return }
        look(document, "")
        guard largest.value > maximumNumber || sum > maximumSum else { return }
        throw LocatedError(
            "its numbers are too large to be measurements: \(largest.place.dropFirst()) is \(largest.value)", in: file,
            remedy: "measure anew with layerlab bench")
    }

    /// A petabyte, or thirty million years in seconds.
    private static let maximumNumber = 1e15
    /// Far enough from the largest integer for what is made of sums.
    private static let maximumSum = 1e18

    private static func check(_ version: Int?, against known: Int, in file: String) throws(LocatedError) {
        guard version != known else { return }
        let found = version.map(String.init) ?? "missing"
        let remedy =
            version ?? 0 > known
            ? "a newer layerlab wrote it, and that one's report reads it" : "measure anew with layerlab bench"
        throw LocatedError("its schema version is \(found), and this layerlab reads \(known)", in: file, remedy: remedy)
    }

    private static func reason(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            let whole = place(context.codingPath + [key])
            return "the key \(whole) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is no JSON" : "\(place(context.codingPath)) is not what it should be"
        @unknown default: return error.localizedDescription
        }
    }
}
