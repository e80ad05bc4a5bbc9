import Foundation
import LayerStore
import Strategies
import Tar
public import Processes

/// Files of the user's own that become entries of the corpus.
public struct LayerFiles: Sendable {
    /// One entry for each file, in the order given, those of a directory by name.
    public private(set) var entries: [CorpusEntry] = []
    /// Files of directories that are no layers.
    public private(set) var passedOver: [String] = []

    /// Looks at files, and at the files directly in directories; those of a directory that are no tar, plain or in gzip or
    /// zstd, are passed over. Every layer is read to its end.
    ///
    /// - Parameters:
    ///   - name: The entry's name, where there is one file; else names are made of the files' names.
    ///   - policy: `ostree-ext:allow-nonusr` or `identity`.
    public init(
        _ paths: [String], name: String? = nil, sets: [String] = [], policy: CorpusPolicy = .imageLayer,
        progress: (String) -> Void = { _ in }
    ) throws(LocatedError) {
        var files: [String] = []
        for path in paths { files += try layers(at: LayerFiles.absolute(path)) }
        guard !files.isEmpty else {
            throw LocatedError("there is no layer here", in: paths.joined(separator: " "))
        }
        guard name == nil || files.count == 1 else {
            throw LocatedError(
                "one name for \(files.count) files", in: "--name", remedy: "add them one by one, or without --name")
        }
        for file in files {
            let own =
                try name.map { name throws(LocatedError) in try LayerFiles.checked(name) } ?? LayerFiles.name(of: file)
            if let other = entries.first(where: { $0.name == own }) {
                throw LocatedError(
                    "would have the name `\(own)`, and so would \(LayerFiles.path(of: other))", in: file,
                    remedy: "add them one by one, with --name")
            }
            progress("reading \(file)")
            entries.append(try LayerFiles.entry(own, at: file, sets: sets, policy: policy))
        }
    }

    private static func entry(
        _ name: String, at file: String, sets: [String], policy: CorpusPolicy
    ) throws(LocatedError) -> CorpusEntry {
        let observed = try ObservedLayer(path: file)
        return CorpusEntry(
            name: name, sets: sets, title: URL(filePath: file).lastPathComponent, source: "A file of the user's own.",
            licence: "Not recorded.", policy: policy, expectedBytes: observed.bytes,
            expectedEntries: observed.entries, pin: observed.digest, needsNetwork: false,
            recipe: .file(LocalFile(path: file)))
    }

    private static func path(of entry: CorpusEntry) -> String {
        if case .file(let recipe) = entry.recipe { recipe.path } else { entry.name }
    }

    private static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }

    /// The file itself, or the layers in the directory.
    private mutating func layers(at path: String) throws(LocatedError) -> [String] {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        guard let type = try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType else {
            throw LocatedError("there is no such file", in: path)
        }
        guard type == .typeDirectory else {
            guard type == .typeRegular else { throw LocatedError("is no regular file", in: path) }
            return [path]
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        var files: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let file = "\(path)/\(name)"
            guard (try? FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType) == .typeRegular
            else { continue }
            if LayerFiles.isLayer(file) { files.append(file) } else { passedOver.append(file) }
        }
        return files
    }

    /// Whether the file starts as a tar does, once it is inflated.
    private static func isLayer(_ path: String) -> Bool {
        guard let source = try? LayerSource(path, unsupported: .takeAsIs), let chunk = try? source.next() else {
            return false
        }
        return Header(chunk.prefix(Header.blockSize)) != nil
    }

    /// A name made of a file's: `My App_1.tar.gz` is `my-app_1`.
    static func name(of file: String) -> String {
        var name = URL(filePath: file).lastPathComponent.lowercased()
        for ending in [".gz", ".tgz", ".zst", ".tzst", ".tar"] where name.hasSuffix(ending) {
            name = String(name.dropLast(ending.count))
        }
        let plain = name.map { letter in
            letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter)) ? letter : "-"
        }
        let trimmed = String(plain).drop { !($0.isLetter || $0.isNumber) }
        return trimmed.isEmpty ? "layer" : String(trimmed)
    }

    private static func checked(_ name: String) throws(LocatedError) -> String {
        guard Manifest.isName(name) else {
            throw LocatedError(
                "`\(name)` is not a name", in: "--name",
                remedy: "use lower-case letters, digits, `.`, `_` and `-`, a letter or digit first")
        }
        return name
    }
}

extension Corpus {
    /// Throws where an entry's name or one of its sets collides with what the corpus has.
    public func checkAddition(_ entries: [CorpusEntry]) throws(LocatedError) {
        for entry in entries {
            if let other = self.entries.first(where: { $0.name == entry.name }) {
                let isSame = other.pin != nil && other.pin == entry.pin && other.recipe == entry.recipe
                throw LocatedError(
                    isSame ? "this very file is in the corpus already" : "the corpus has an entry of this name already",
                    in: entry.name,
                    remedy: isSame ? nil : "choose another with --name, or see `layerlab corpus remove`")
            }
            guard !sets.contains(entry.name) else {
                throw LocatedError(
                    "the corpus has a set of this name", in: entry.name, remedy: "choose another with --name")
            }
            for set in entry.sets {
                guard Manifest.isName(set), set != Corpus.completeSet else {
                    throw LocatedError("`\(set)` cannot be a set's name", in: "--set")
                }
                guard !self.entries.contains(where: { $0.name == set }), !entries.contains(where: { $0.name == set })
                else { throw LocatedError("`\(set)` is an entry's name already", in: "--set") }
            }
        }
    }

    /// Takes away what the cache has of an entry; a file of the user's own stays.
    public func forget(_ entryName: String) { cache.forget(entryName) }
}
