import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct ManifestTests {
    private static let entry = """
        schemaVersion: 1
        layers:
          - name: small
            sets: [quick]
            title: A title
            source: A source
            licence: A licence
            policy: identity
            expectedBytes: 12
            needsNetwork: true
            recipe:
              kind: pypi
              project: small
              version: "1.10"

        """

    private func message(_ yaml: String) -> String? {
        do {
            _ = try Manifest(yaml: yaml, path: "m.yaml")
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func message(replacing old: String, with new: String) -> String? {
        message(Self.entry.replacing(old, with: new))
    }

    @Test func readsAnEntry() throws {
        let manifest = try Manifest(yaml: Self.entry, path: "m.yaml")
        let layer = try #require(manifest.layers.first)
        #expect(manifest.layers.count == 1)
        #expect(layer.name == "small")
        #expect(layer.sets == ["quick"])
        #expect(layer.policy == .identity)
        #expect(layer.expectedBytes == 12)
        #expect(layer.expectedEntries == nil)
        #expect(layer.pin == nil)
        #expect(layer.recipe == .pypi(PythonSource(project: "small", version: "1.10")))
    }

    @Test func errorsNameTheLineTheKeyAndTheReason() {
        #expect(
            message(replacing: "    title: A title\n", with: "")
                == "m.yaml:3: layers[0]: the key `title` is missing")
        #expect(message(replacing: "expectedBytes: 12", with: "expectedBytes: many")?.hasPrefix("m.yaml:9: ") == true)
        #expect(message(replacing: "expectedBytes: 12", with: "expectedBytes: many")?.contains("expectedBytes") == true)
        #expect(message(replacing: "policy: identity", with: "policy: strict")?.hasPrefix("m.yaml:8: ") == true)
        #expect(message(replacing: "kind: pypi", with: "kind: ftp")?.contains("unknown recipe kind `ftp`") == true)
    }

    @Test func mistypedKeysAreErrorsWithASuggestion() {
        let text = message(replacing: "licence: A", with: "license: A")
        #expect(text == "m.yaml:7: layers[0].license: unknown key `license` (did you mean `licence`?)")
        let parameter = message(replacing: "      version: \"1.10\"", with: "      version: x\n      suite: y")
        #expect(parameter?.contains("layers[0].recipe.suite: unknown key `suite`") == true)
    }

    @Test func pinsAreDigests() {
        let text = message(replacing: "    needsNetwork", with: "    sha256: abc\n    needsNetwork")
        #expect(text == "m.yaml:10: layers[0].sha256: `abc` is not 64 hexadecimal digits")
    }

    @Test func namesAreCheckedAndTakenOnce() {
        #expect(message(replacing: "name: small", with: "name: ../up")?.contains("is not a name") == true)
        #expect(message(replacing: "name: small", with: "name: host")?.contains("is built in") == true)
        #expect(message(replacing: "name: small", with: "name: quick")?.contains("is a set's name") == true)
        let second = Self.entry.split(separator: "\n").dropFirst(2).joined(separator: "\n")
        #expect(message(Self.entry + second)?.hasPrefix("m.yaml:15: name: `small` is there twice") == true)
    }

    @Test func brokenDocuments() {
        #expect(message("")?.contains("is empty") == true)
        #expect(message("layers: [")?.hasPrefix("m.yaml:") == true)
        #expect(message("layers: [")?.contains("not YAML") == true)
        #expect(message(replacing: "schemaVersion: 1", with: "schemaVersion: 2")?.hasPrefix("m.yaml:1: ") == true)
        #expect(throws: LocatedError.self) { try Manifest(contentsOf: "/nonexistent/manifest.yaml") }
    }

    private static let image = """
        images:
          - name: stack
            source: A source
            licence: A licence
            needsNetwork: true
            downloadBytes: 7
            workBytes: 8
            recipe:
              kind: buildah
              base: small
              steps:
                - run: apt-get update
                - copy:
                    /srv/a: text
            layers:
              - name: stack-run
                sets: [quick]
                title: A run
                index: 1
                expectedBytes: 5
              - name: stack-copy
                sets: []
                title: A copy
                index: 2
                expectedBytes: 6
                expectedEntries: 1

        """

    private func imageMessage(replacing old: String, with new: String) -> String? {
        message((Self.entry + Self.image).replacing(old, with: new))
    }

    @Test func readsAnImage() throws {
        let manifest = try Manifest(yaml: Self.entry + Self.image, path: "m.yaml")
        #expect(manifest.layers.map(\.name) == ["small", "stack-run", "stack-copy"])
        let build = ImageBuild.buildah(
            BuildahImage(base: "small", steps: [.run("apt-get update"), .copy(["/srv/a": "text"])]))
        let layer = manifest.layers[2]
        #expect(layer.recipe == .imageLayer(ImageLayer(image: "stack", index: 2, build: build)))
        #expect((layer.source, layer.licence, layer.policy) == ("A source", "A licence", .imageLayer))
        #expect(layer.needsNetwork && layer.expectedEntries == 1)
        if case .imageLayer(let recipe) = layer.recipe {
            #expect(recipe.cost == FetchCost(downloadBytes: 7, workBytes: 8))
        }
        #expect(manifest.images.map(\.location) == ["m.yaml:24"])
    }

    @Test func errorsInImagesNameTheLine() {
        #expect(
            imageMessage(replacing: "      base: small\n", with: "")
                == "m.yaml:23: images[0].recipe: the key `base` is missing")
        #expect(
            imageMessage(replacing: "kind: buildah", with: "kind: docker")
                == "m.yaml:23: images[0].recipe.kind: unknown image kind `docker` (known: buildah, umoci)")
        #expect(
            imageMessage(replacing: "- run: apt-get", with: "- rum: apt-get")
                == "m.yaml:26: images[0].recipe.steps[0].rum: unknown key `rum` (did you mean `run`?)")
        #expect(
            imageMessage(replacing: "- run: apt-get update\n        - copy", with: "- run: x\n          copy")
                == "m.yaml:26: images[0].recipe.steps[0]: exactly one of `run` or `copy` is wanted here")
        #expect(
            imageMessage(replacing: "index: 2", with: "index: 3")
                == "m.yaml:30: images[0].layers: `stack-copy` has the index 3, and the image has layers 0 to 2")
        #expect(
            imageMessage(replacing: "index: 2", with: "index: 1")
                == "m.yaml:30: images[0].layers: two layers have the index 1")
        #expect(
            imageMessage(replacing: "name: stack-copy", with: "name: small")
                == "m.yaml:35: name: `small` is there twice; choose another name")
        #expect(
            imageMessage(replacing: "name: stack\n", with: "name: small\n")
                == "m.yaml:16: name: `small` is there twice; choose another name")
        #expect(
            imageMessage(replacing: "name: stack\n", with: "name: ../up\n")?.hasPrefix(
                "m.yaml:16: name: `../up` is not a name") == true)
    }

    @Test(arguments: [
        (
            "kind: mmdebstrap\n      suite: s\n      variant: v\n      sourceDateEpoch: 1",
            CorpusRecipe.mmdebstrap(Mmdebstrap(suite: "s", variant: "v", include: [], sourceDateEpoch: 1))
        ),
        (
            "kind: debuerreotype\n      suite: s\n      slim: true",
            .debuerreotype(Debuerreotype(suite: "s", slim: true, sourceDateEpoch: nil))
        ),
        ("kind: deb\n      package: p\n      version: \"1\"", .deb(DebianPackage(package: "p", version: "1"))),
        (
            "kind: debian-source\n      package: p\n      version: \"1\"\n      file: p_1.orig.tar.xz",
            .debianSource(DebianSource(package: "p", version: "1", file: "p_1.orig.tar.xz"))
        ),
        ("kind: file\n      path: /a/b.tar", .file(LocalFile(path: "/a/b.tar"))),
    ])
    func readsEveryKind(_ text: String, _ recipe: CorpusRecipe) throws {
        let old = "kind: pypi\n      project: small\n      version: \"1.10\""
        let manifest = try Manifest(yaml: Self.entry.replacing(old, with: text), path: "m.yaml")
        #expect(manifest.layers.first?.recipe == recipe)
        // The sidecar's form of it reads back.
        let data = try JSONEncoder().encode(recipe)
        #expect(try JSONDecoder().decode(CorpusRecipe.self, from: data) == recipe)
    }

    @Test func parametersAreChecked() {
        let old = "kind: pypi\n      project: small\n      version: \"1.10\""
        #expect(
            message(replacing: old, with: "kind: file\n      path: b.tar")
                == "m.yaml:13: layers[0].recipe.path: `b.tar` is no absolute path")
        #expect(
            message(replacing: old, with: "kind: debian-source\n      package: p\n      version: x\n      file: a/b")
                == "m.yaml:15: layers[0].recipe.file: `a/b` is a path and not a file's name")
        #expect(
            message(replacing: old, with: "kind: deb\n      package: p\n      version: x\n      suite: y")?
                .contains("layers[0].recipe.suite: unknown key `suite`") == true)
        #expect(
            message(replacing: old, with: "kind: deb\n      package: -o\n      version: x")
                == "m.yaml:13: layers[0].recipe.package: `-o` looks like an option of a program")
        #expect(
            message(replacing: old, with: "kind: host-tree\n      base: /\n      shares: []\n      share: x")?
                .contains("unknown key `share`") == true)
        #expect(
            message(
                replacing: old,
                with: "kind: host-tree\n      base: /\n      shares: [{path: a, maximumEntries: 1, maximumByte: 1}]")?
                .contains("unknown key `maximumByte`") == true)
        #expect(message(replacing: old, with: "kind: image-layer")?.hasPrefix("m.yaml:12: ") == true)
    }

    @Test func policiesFollowTheKindWhereTheyAreNotGiven() throws {
        let yaml = Self.entry.replacing("    policy: identity\n", with: "")
        #expect(try Manifest(yaml: yaml, path: "m.yaml").layers[0].policy == .identity)
        let built = yaml.replacing(
            "kind: pypi\n      project: small\n      version: \"1.10\"",
            with: "kind: debuerreotype\n      suite: s\n      slim: true")
        #expect(try Manifest(yaml: built, path: "m.yaml").layers[0].policy == .imageLayer)
    }

    @Test func imagesNeedTheNetworkOfTheirBase() throws {
        try withScratchDirectory { directory in
            let path = directory + "/m.yaml"
            let image = Self.image.replacing("needsNetwork: true", with: "needsNetwork: false")
            try write(Self.entry + image, to: path)
            #expect(try ManifestMerge([path]).entries.allSatisfy(\.needsNetwork))
            try write((Self.entry + image).replacing("needsNetwork: true", with: "needsNetwork: false"), to: path)
            #expect(try ManifestMerge([path]).entries.allSatisfy { !$0.needsNetwork })
        }
    }

    @Test func severalManifestsAreOneCorpus() throws {
        try withScratchDirectory { directory in
            let (first, second) = (directory + "/a.yaml", directory + "/b.yaml")
            try write(Self.entry, to: first)
            try write("schemaVersion: 1\nlayers: []\n" + Self.image, to: second)
            #expect(try ManifestMerge([first, second]).entries.map(\.name) == ["small", "stack-run", "stack-copy"])
            func message(_ paths: [String]) -> String? {
                do {
                    _ = try ManifestMerge(paths)
                    return nil
                } catch { return "\(error)" }
            }
            let third = directory + "/c.yaml"
            try write(Self.entry.replacing("name: small", with: "name: stack"), to: third)
            #expect(
                message([first, second, third])?.contains("the image `stack` has the name of the entry at \(third):3")
                    == true)
            #expect(message([second]) == "\(second):12: base: the corpus has no entry `small`")
            #expect(
                message([first, first])?.hasPrefix("\(first):3: name: `small` is taken by \(first):3") == true)
            try write(
                Self.entry.replacing("name: small", with: "name: other").replacing("quick", with: "small"), to: second)
            #expect(message([first, second])?.contains("`small` is a set's name already, that of `other`") == true)
        }
    }

    /// What is committed: it loads, and every entry says what it must.
    @Test func theProjectsManifestIsSound() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Corpus/manifest.yaml")
            .standardizedFileURL.path
        let entries = try ManifestMerge([path]).entries
        for entry in entries {
            #expect(!entry.title.isEmpty && !entry.source.isEmpty && !entry.licence.isEmpty, "\(entry.name)")
            #expect(entry.expectedBytes > 0 && entry.expectedEntries != nil, "\(entry.name)")
            let isArchive = [.pypi, .debianSource, .deb].contains(entry.recipe.kind)
            #expect(entry.policy == (isArchive ? .identity : .imageLayer), "\(entry.name)")
            #expect((entry.pin != nil) == isArchive, "\(entry.name)")
        }
        let standard = Set(entries.filter { $0.sets.contains("standard") }.map(\.name))
        let large = Set(entries.filter { $0.sets.contains("large") }.map(\.name))
        #expect(
            standard.count == 20 && standard.isSuperset(of: ["debian-slim", "stack-caps", "umoci-insert", "redis"]))
        #expect(large == standard.union(["npm-full", "linux"]))
        #expect(Set(entries.filter { $0.sets.contains("quick") }.map(\.name)) == ["minbase", "tomli"])
    }

    /// What the documents say of the disk is what a fetch announces.
    @Test func theDocumentsHaveThePlansFigures() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
            .path
        func text(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }
        let entries = Corpus.builtIn + (try ManifestMerge([root + "/Corpus/manifest.yaml"]).entries)
        let corpus = Corpus(entries: entries, cache: Cache(directory: "/nonexistent"))
        func gigabytes(_ bytes: UInt64) -> String { "\(Figure.fixed(Double(bytes) / 1e9, decimals: 1)) GB" }
        let readme = try text("/Corpus/README.md").split(separator: "\n")
        for set in ["quick", "standard", "large"] {
            let plan = corpus.plan(try corpus.entries(named: [set]), jobs: 2)
            let row = try #require(readme.first { $0.hasPrefix("| `\(set)` |") })
            let figures = "| \(gigabytes(plan.keptBytes)); up to \(gigabytes(plan.peakBytes)) while it is fetched |"
            #expect(row.hasSuffix(figures), "\(figures)")
            guard set == "standard" else { continue }
            let help = "\(gigabytes(plan.keptBytes)) (\(gigabytes(plan.peakBytes)) meanwhile)"
            #expect(try text("/Makefile").contains(help), "\(help)")
        }
    }
}
