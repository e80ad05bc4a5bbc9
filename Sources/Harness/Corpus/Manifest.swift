import Foundation
import Yams
public import Processes

/// The corpus's manifest (`Corpus/manifest.yaml`): the layers beside the built-in ones, and how each is obtained.
public struct Manifest: Sendable {
    /// The version of the manifest's form that this code reads.
    public static let schemaVersion = 1

    /// The layers in the file's order, those of images after the others.
    public var layers: [CorpusEntry]
    /// The images whose layers are among them, each with the entry that it builds on and the place where that is said.
    var images: [(name: String, base: String, location: String)]
    /// The places where names are given, by the layers' names.
    var locations: [String: String]

    /// Reads a manifest. Errors carry the file with its line, the key and the reason.
    public init(contentsOf path: String) throws(LocatedError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw LocatedError("the corpus manifest cannot be read", in: path)
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), path: path)
    }

    /// Reads a manifest's text; `path` only serves errors.
    public init(yaml: String, path: String) throws(LocatedError) {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw LocatedError("the corpus manifest is empty", in: path)
            }
            root = node
        } catch let error as LocatedError {
            throw error
        } catch {
            throw Manifest.syntaxError(error, path: path)
        }
        let document: Document
        do {
            document = try YAMLDecoder().decode(Document.self, from: root)
        } catch {
            throw Manifest.contentError(error, root: root, path: path)
        }
        layers = document.layers + document.images.flatMap(\.entries)
        images = document.images.enumerated().map { index, image in
            let line = Manifest.line(of: ["images", String(index), "recipe", "base"], in: root)
            return (image.name, image.build.base, Manifest.location(path: path, line: line))
        }
        locations = [:]
        let places =
            document.layers.indices.map { (document.layers[$0].name, ["layers", String($0), "name"]) }
            + document.images.enumerated().flatMap { index, image in
                image.entries.enumerated().map {
                    ($0.element.name, ["images", String(index), "layers", String($0.offset), "name"])
                }
            }
        let sets = Set(layers.flatMap(\.sets)).union([Corpus.completeSet])
        for (name, keys) in places {
            let place = Manifest.location(path: path, line: Manifest.line(of: keys, in: root))
            try Manifest.check(name, at: place, sets: sets, isTaken: locations[name] != nil)
            locations[name] = place
        }
        try checkImageNames(root: root, path: path)
    }

    private struct Document: Decodable {
        var schemaVersion: Int
        var layers: [CorpusEntry]
        var images: [CorpusImage]

        private enum CodingKeys: String, CodingKey {
            case schemaVersion, layers, images
        }

        init(from decoder: any Decoder) throws {
            try StrictKeys.check(decoder, allowed: ["schemaVersion", "layers", "images"])
            let values = try decoder.container(keyedBy: CodingKeys.self)
            schemaVersion = try values.decode(Int.self, forKey: .schemaVersion)
            guard schemaVersion == Manifest.schemaVersion else {
                throw DecodingError.dataCorruptedError(
                    forKey: .schemaVersion, in: values,
                    debugDescription: "version \(schemaVersion) is not \(Manifest.schemaVersion), the one known here")
            }
            layers = try values.decode([CorpusEntry].self, forKey: .layers)
            images = try values.decodeIfPresent([CorpusImage].self, forKey: .images) ?? []
        }
    }

    /// Names and sets share one name space, since commands take either.
    private static func check(
        _ name: String, at location: String, sets: Set<String>, isTaken: Bool
    ) throws(LocatedError) {
        guard isName(name) else {
            throw LocatedError(
                "name: `\(name)` is not a name", in: location,
                remedy: "use lower-case letters, digits, `.`, `_` and `-`, a letter or digit first")
        }
        guard !sets.contains(name) else {
            throw LocatedError("name: `\(name)` is a set's name already", in: location)
        }
        let isBuiltIn = Corpus.builtIn.contains { $0.name == name }
        guard !isTaken, !isBuiltIn else {
            throw LocatedError(
                "name: `\(name)` is \(isBuiltIn ? "built in" : "there twice")", in: location,
                remedy: "choose another name")
        }
    }

    /// An image's name becomes a directory's in the cache.
    private func checkImageNames(root: Node, path: String) throws(LocatedError) {
        for (index, image) in images.enumerated() {
            let location = Manifest.location(
                path: path, line: Manifest.line(of: ["images", String(index), "name"], in: root))
            let isTaken = images[..<index].contains { $0.name == image.name } || locations[image.name] != nil
            try Manifest.check(image.name, at: location, sets: [], isTaken: isTaken)
        }
    }

    static func isName(_ text: String) -> Bool {
        let isPlain = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isPlain(first) else { return false }
        return text.utf8.allSatisfy { isPlain($0) || Array("._-".utf8).contains($0) }
    }
}

extension Manifest {
    private static func location(path: String, line: Int?) -> String {
        line.map { "\(path):\($0)" } ?? path
    }

    private static func syntaxError(_ error: any Error, path: String) -> LocatedError {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            LocatedError("not YAML: \(problem)", in: location(path: path, line: mark.line))
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            LocatedError(
                "the same key twice: \(keys.map { $0.description }.joined(separator: ", "))",
                in: location(path: path, line: context.mark.line))
        default:
            LocatedError("not YAML: \(error)", in: path)
        }
    }

    /// A decoder's complaint, with the line that its coding path leads to.
    private static func contentError(_ error: any Error, root: Node, path: String) -> LocatedError {
        let (keys, reason): ([any CodingKey], String) =
            switch error {
            case DecodingError.keyNotFound(let key, let context):
                (context.codingPath, "the key `\(key.stringValue)` is missing")
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                DecodingError.dataCorrupted(let context):
                (context.codingPath, context.debugDescription)
            default: ([], "\(error)")
            }
        let names = keys.map { $0.intValue.map(String.init) ?? $0.stringValue }
        let shown = names.reduce("") { shown, name in
            if Int(name) != nil { return shown + "[\(name)]" }
            return shown.isEmpty ? name : "\(shown).\(name)"
        }
        return LocatedError(
            shown.isEmpty ? reason : "\(shown): \(reason)", in: location(path: path, line: line(of: names, in: root)))
    }

    /// The line of the deepest node on the way down the keys.
    private static func line(of keys: [String], in root: Node) -> Int? {
        var node = root
        for key in keys {
            if let mapping = node.mapping, let pair = mapping.first(where: { $0.key.string == key }) {
                node = pair.value
            } else if let sequence = node.sequence, let index = Int(key), sequence.indices.contains(index) {
                node = sequence[index]
            } else {
                break
            }
        }
        return node.mark?.line
    }
}
