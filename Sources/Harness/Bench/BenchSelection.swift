internal import Foundation
public import LayerStore

/// The layers that a benchmark was asked for: files, and layers and sets of the corpus.
public struct BenchSelection: Sendable {
    public private(set) var layers: [BenchPlan.Layer] = []
    /// Layers of a set that could not be had, each with its reason.
    public private(set) var leftOut: [String] = []

    /// Fetches what is missing. A layer of a set that needs a network and cannot be fetched is left out; one that was
    /// asked for by its own name is an error.
    ///
    /// - Parameter policy: for layers given as files; those of the corpus have their own.
    public init(_ names: [String], policy: PathPolicy, progress: (String) -> Void) throws {
        try self.init(names, of: try Corpus.load(), policy: policy, progress: progress)
    }

    init(_ names: [String], of corpus: Corpus, policy: PathPolicy, progress: (String) -> Void) throws {
        for name in names {
            if FileManager.default.fileExists(atPath: name) {
                add(file: name, policy: policy)
                continue
            }
            for entry in try corpus.entries(named: [name]) where !layers.contains(where: { $0.name == entry.name }) {
                do throws(HarnessError) {
                    let fetched = try corpus.fetch(entry, progress: progress)
                    let policy = PathPolicy(rawValue: entry.policy.rawValue) ?? .standard
                    layers.append(
                        .init(
                            name: entry.name, path: fetched.path, policy: policy,
                            expectedBytes: max(fetched.bytes, entry.expectedBytes)))
                } catch {
                    guard entry.name != name, entry.needsNetwork else { throw error }
                    leftOut.append("\(entry.name): \(error)")
                    progress("left out: \(entry.name): \(error)")
                }
            }
        }
        guard !layers.isEmpty else {
            throw HarnessError(
                "none of the layers can be had: \(leftOut.joined(separator: "; "))", in: names.joined(separator: " "))
        }
        if !leftOut.isEmpty {
            progress("measuring without them, on: \(layers.map(\.name).joined(separator: ", "))")
        }
    }

    /// A file goes by its name, or by its path where another layer has that name: reports tell layers by their names.
    private mutating func add(file path: String, policy: PathPolicy) {
        guard !layers.contains(where: { $0.path == path }) else { return }
        let name = URL(filePath: path).lastPathComponent
        let isTaken = layers.contains { $0.name == name }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let bytes = (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
        // What is compressed has some three times as much to unpack.
        let isPlain = path.hasSuffix(".tar")
        layers.append(
            .init(name: isTaken ? path : name, path: path, policy: policy, expectedBytes: isPlain ? bytes : bytes * 3))
    }
}
