import Foundation
import LayerStore
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
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
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

    /// Takes entries and sets away, and returns the names of the entries that went. Their files, which are the user's, stay.
    /// Of a set those entries stay that are in another one, too. A name that is unknown is an error, and then nothing goes.
    @discardableResult
    public func remove(_ names: [String]) throws(LocatedError) -> [String] {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        var root = try document()
        var left = root["layers"]?.sequence.map(Array.init) ?? []
        for name in names {
            guard !left.contains(where: { UserManifest.isMeant($0, by: name) }) else { continue }
            throw unknown(name, among: left)
        }
        var gone: [String] = []
        for name in names {
            left = left.compactMap { layer in
                let sets = UserManifest.sets(of: layer)
                if layer["name"]?.string == name || sets == [name] {
                    gone.append(layer["name"]?.string ?? name)
                    return nil
                }
                var layer = layer
                if sets.contains(name) { layer["sets"] = Node(sets.filter { $0 != name }.map { Node($0) }) }
                return layer
            }
        }
        root["layers"] = Node(left)
        try write(root)
        return gone
    }

    private static func sets(of layer: Node) -> [String] { layer["sets"]?.sequence?.compactMap(\.string) ?? [] }

    private static func isMeant(_ layer: Node, by name: String) -> Bool {
        layer["name"]?.string == name || sets(of: layer).contains(name)
    }

    private func unknown(_ name: String, among layers: [Node]) -> LocatedError {
        let known = Set(layers.compactMap { $0["name"]?.string } + layers.flatMap(UserManifest.sets)).sorted()
        let suggestion = nearest(to: name, among: known)
        return LocatedError(
            "the user's manifest \(path) has no entry and no set of this name", in: name,
            remedy: suggestion.map { "did you mean `\($0)`?" }
                ?? "it has: \(known.isEmpty ? "nothing" : known.joined(separator: ", "))")
    }

    /// The names of its entries and sets.
    public func names() throws(LocatedError) -> [String] {
        let layers = try document()["layers"]?.sequence.map(Array.init) ?? []
        return Set(layers.flatMap { [$0["name"]?.string].compactMap(\.self) + UserManifest.sets(of: $0) }).sorted()
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

    /// Held from reading the file to replacing it, so that of two runs at once none undoes what the other one did. It is a lock
    /// on the folder, which is made where there is none.
    private func lock() throws(LocatedError) -> FolderLock {
        let folder = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return try FolderLock(folder.path)
        } catch {
            throw LocatedError("the user's manifest cannot be locked: \(error)", in: path)
        }
    }

    /// Replaces the file in one step.
    private func write(_ root: Node) throws(LocatedError) {
        do {
            let body = try Yams.serialize(node: root, width: -1, allowUnicode: true)
            let text =
                "# Layers of my own, written by `layerlab corpus add`; comments are lost at the next change.\n" + body
            _ = try Manifest(yaml: text, path: path)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch let error as LocatedError {
            throw error
        } catch {
            throw LocatedError("the user's manifest cannot be written: \(error.localizedDescription)", in: path)
        }
    }
}
