import Foundation
import Images
import LayerStore
import Strategies
import Tar
public import Processes

/// Files and images of the user's own that become entries of the corpus.
public struct LayerFiles: Sendable {
    /// One entry for each file, in the order given, those of a directory by name; then one for each layer of the images.
    public private(set) var entries: [CorpusEntry] = []
    /// Files of directories that are no layers.
    public private(set) var passedOver: [String] = []
    private var images: [ImageReference] = []
    /// The entries that are images' layers.
    private var imageLayers: Set<String> = []

    /// Looks at files and images, and at those directly in directories; files of a directory that are no tar, plain or in gzip
    /// or zstd, are passed over. Image layouts, `dir:` and archives of images count as images. Every file is read to its end.
    ///
    /// - Parameters:
    ///   - paths: Files, directories, and images as `import` takes them.
    ///   - name: The entry's name, where there is one file, or what those of one image begin with; else names are made of the
    ///     files' and images' names.
    ///   - sets: For an image the default is a set of its own name.
    ///   - policy: `ostree-ext:allow-nonusr` or `identity`.
    ///   - isDeep: Whether directories of directories are looked through.
    ///   - opening: How images are opened.
    public init(
        _ paths: [String], name: String? = nil, sets: [String] = [], policy: CorpusPolicy = .imageLayer,
        isDeep: Bool = false,
        images opening: ImageOpening = .usual,
        progress: (String) -> Void = { _ in }
    ) throws(LocatedError) {
        var files: [String] = []
        for path in paths {
            if let image = ImageReference(path) {
                images.append(image)
            } else {
                files += try layers(at: LayerFiles.absolute(path), isDeep: isDeep)
            }
        }
        guard !files.isEmpty || !images.isEmpty else {
            throw LocatedError(
                "there is no layer here", in: paths.joined(separator: " "),
                remedy:
                    "name tars, images (\(ImageReference.list)) or folders of them; --all looks into folders below, too"
            )
        }
        guard name == nil || files.count + images.count == 1 else {
            throw LocatedError(
                images.isEmpty
                    ? "one name for \(files.count) files"
                    : "one name for \(files.count + images.count) files and images",
                in: "--name", remedy: "add them one by one, or without --name")
        }
        if let name, !images.isEmpty { _ = try LayerFiles.checked(name) }
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
        for image in images {
            progress("reading the image \(image)")
            let found = try ImageEntries(image, name: name, sets: sets, policy: policy, opening: opening)
            if sets.isEmpty { defaultSets.formUnion(found.entries.flatMap(\.sets)) }
            try add(found.entries)
        }
    }

    /// Adds an image's layers. One that another image has brought before belongs to the sets of both.
    private mutating func add(_ layers: [CorpusEntry]) throws(LocatedError) {
        for layer in layers {
            if let index = entries.firstIndex(where: {
                $0.pin == layer.pin && imageLayers.contains($0.name)
            }) {
                entries[index].sets += layer.sets.filter { !entries[index].sets.contains($0) }
                continue
            }
            guard !entries.contains(where: { $0.name == layer.name }) else {
                throw LocatedError(
                    "would have the name `\(layer.name)`, and so would another layer", in: layer.title,
                    remedy: "add the images one by one, with --name")
            }
            entries.append(layer)
            imageLayers.insert(layer.name)
        }
    }

    /// The sets that nobody has named: images have given them their names.
    public private(set) var defaultSets: Set<String> = []

    /// The sets that the images' layers are in.
    public var newSets: [String] {
        Set(entries.filter { imageLayers.contains($0.name) }.flatMap(\.sets)).sorted()
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
    private mutating func layers(at path: String, isDeep: Bool) throws(LocatedError) -> [String] {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        guard
            let type = try? FileManager.default.attributesOfItem(atPath: target)[.type]
                as? FileAttributeType
        else {
            throw LocatedError(
                "there is no such file", in: path,
                remedy:
                    "name a file, a folder, or an image, which begins with one of \(ImageReference.list)")
        }
        guard type == .typeDirectory || type == .typeRegular else {
            throw LocatedError("is no regular file", in: path)
        }
        let found = try LocalImages.references(at: path)
        images += found
        guard found.isEmpty else { return [] }
        guard type == .typeDirectory else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        var files: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let file = "\(path)/\(name)"
            switch try? FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType {
            case .typeRegular:
                let found = try LocalImages.references(at: file)
                images += found
                guard found.isEmpty else { continue }
                if LayerFiles.isLayer(file) { files.append(file) } else { passedOver.append(file) }
            case .typeDirectory:
                let found = try LocalImages.references(at: file)
                images += found
                if found.isEmpty, isDeep { files += try layers(at: file, isDeep: true) }
            default: continue
            }
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
