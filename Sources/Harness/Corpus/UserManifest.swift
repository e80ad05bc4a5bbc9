import Foundation
import Strategies
import Yams
public import Processes

/// The user's own manifest, to which `corpus add` adds files. It has the form of the project's.
///
/// It is written anew at every change, so comments in it are lost.
public struct UserManifest: Sendable {
    /// Where it is, or will be.
    public let path: String

    public init(path: String) { self.path = path }

    /// That of the user who runs the program.
    public static func current() throws(LocatedError) -> UserManifest {
        guard let path = try CorpusLocation.current().userManifest else {
            throw LocatedError(
                "there is no place for the user's manifest: neither HOME nor XDG_CONFIG_HOME is set", in: "corpus",
                remedy: "name one with \(CorpusLocation.userManifestVariable)")
        }
        return UserManifest(path: path)
    }

    /// Adds entries. One whose name is there already is an error, and then nothing is added.
    public func add(_ entries: [CorpusEntry]) throws(LocatedError) {
        var root = try document()
        guard var layers = root["layers"]?.sequence else { throw LocatedError("has no list of layers", in: path) }
        do {
            let encoder = YAMLEncoder()
            for entry in entries {
                guard let node = try Yams.compose(yaml: try encoder.encode(entry)) else { continue }
                layers.append(node)
            }
        } catch {
            throw LocatedError("the entries cannot be written: \(error)", in: path)
        }
        root["layers"] = Node.sequence(layers)
        try write(root)
    }

    /// Takes an entry away. Its file, which is the user's, stays.
    public func remove(_ name: String) throws(LocatedError) {
        var root = try document()
        let layers = root["layers"]?.sequence.map(Array.init) ?? []
        let left = layers.filter { $0["name"]?.string != name }
        guard left.count < layers.count else {
            let suggestion = nearest(to: name, among: layers.compactMap { $0["name"]?.string })
            throw LocatedError(
                "the user's manifest \(path) has no entry of this name", in: name,
                remedy: suggestion.map { "did you mean `\($0)`?" })
        }
        root["layers"] = Node(left)
        try write(root)
    }

    /// The file's content, or an empty manifest where there is no file.
    private func document() throws(LocatedError) -> Node {
        let empty = "schemaVersion: \(Manifest.schemaVersion)\nlayers: []\n"
        let text =
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? empty
        // What it says must be sound before it is changed.
        _ = try Manifest(yaml: text, path: path)
        guard let root = try? Yams.compose(yaml: text) else { throw LocatedError("is not YAML", in: path) }
        return root
    }

    /// Replaces the file in one step.
    private func write(_ root: Node) throws(LocatedError) {
        do {
            let body = try Yams.serialize(node: root, width: -1, allowUnicode: true)
            let text =
                "# Layers of my own, written by `layerlab corpus add`; comments are lost at the next change.\n" + body
            _ = try Manifest(yaml: text, path: path)
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url, options: .atomic)
        } catch let error as LocatedError {
            throw error
        } catch {
            throw LocatedError("the user's manifest cannot be written: \(error.localizedDescription)", in: path)
        }
    }
}
