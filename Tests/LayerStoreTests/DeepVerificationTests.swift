import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// `verify --deep` goes on after each damage, and names all of it.
@Suite struct DeepVerificationTests {
    private func verify(_ ref: String, in temporary: TemporaryRepository) throws -> LayerVerdict {
        let name = try StoredLayers(in: temporary.repository).locate(ref)
        return try #require(try LayerVerification(in: temporary.repository).verifyDeeply(name))
    }

    /// Several objects at once, of every kind: each is named, in each mode and storage.
    @Test(arguments: RepositoryMode.allCases, Catalogue.storages.filter { !$0.isFloor }.map { $0.name })
    func allDamagesAreNamedAtOnce(_ mode: RepositoryMode, _ storage: String) throws {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(DamageSample.rich, strategy: strategy("raw+zstd:3@\(storage)"))
        let sound = try verify(layer.ref, in: temporary)
        #expect(sound.isSound && sound.isExact == true && sound.unchecked.isEmpty, "\(sound)")

        let all = try temporary.objectFiles()
        // The root's contents stay, or nothing below would be known.
        let root = try temporary.repository.commit(layer.layer.commit).tree.contents
        let companions = try LayerRefs.Companion.commits(of: layer.layer, in: temporary.repository)
        let roots = try [root] + companions.map { try temporary.repository.commit($0).tree.contents }
        let nested = try roots.flatMap {
            try temporary.repository.directoryTree($0).directories.map(\.directory.contents)
        }
        for seed in UInt64(1)...4 {
            var generator = SeededGenerator(seed: seed)
            let files = all.filter { !roots.contains($0.object) && !nested.contains($0.object) }
                .shuffled(using: &generator).prefix(4)
            for file in files {
                try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".aside")
            }
            let verdict = try verify(layer.ref, in: temporary)
            for file in files {
                let damage = verdict.damages.first { $0.object == file.object }
                #expect(damage?.kind == .missing, "seed \(seed): \(file.path)")
                #expect(
                    damage?.paths.isEmpty == false || damage?.orphans.isEmpty == false, "seed \(seed): \(file.path)")
                try FileManager.default.moveItem(atPath: file.path + ".aside", toPath: file.path)
            }
            #expect(Set(verdict.damages.compactMap(\.object)) == Set(files.map(\.object)), "seed \(seed)")
        }
        #expect(try verify(layer.ref, in: temporary).isSound)
    }

    /// All paths of a directory's attributes, and the directory's own path.
    @Test func directoriesAreNamedByPath() throws {
        let temporary = try TemporaryRepository(.archive)
        let layer = try temporary.importing(DamageSample.rich)
        let root = try temporary.repository.commit(layer.layer.commit).tree
        let usr = try #require(try temporary.repository.directoryTree(root.contents).directories.first).directory
        try StoredBytes(temporary.path(.directoryMetadata, usr.metadata)).flip(bit: 3)
        try FileManager.default.removeItem(atPath: temporary.path(.directoryTree, usr.contents))
        let verdict = try verify(layer.ref, in: temporary)
        let contents = verdict.damages.first { $0.object == usr.contents }
        #expect(contents?.part == .directory && contents?.kind == .missing && contents?.paths == ["usr"])
        let attributes = verdict.damages.first { $0.object == usr.metadata }
        #expect(attributes?.part == .directoryAttributes && attributes?.kind == .changed)
        #expect(attributes?.paths.contains("usr") == true)
    }

    @Test func aMissingCommitIsNamed() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(DamageSample.rich)
        try FileManager.default.removeItem(atPath: temporary.path(.commit, layer.layer.commit))
        let verdict = try verify(layer.ref, in: temporary)
        #expect(verdict.damages.map(\.part) == [.commit] && verdict.damages.map(\.kind) == [.missing])
        #expect(verdict.damages.first?.object == layer.layer.commit && !verdict.unchecked.isEmpty)
        let names = try StoredLayers(in: temporary.repository).names()
        #expect(names.map(\.ref) == [layer.ref])
        // Whoever asks by the stream's digest is told that there is something that cannot be read.
        let stray = "sha256:" + String(repeating: "1", count: 64)
        let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(stray) }
        #expect(error?.kind == .input && error?.message.contains("1 more cannot be read") == true, "\(error as Any)")
    }

    @Test(arguments: ["raw@sidecar", "tree@separate-ref"])
    func companionsAreLookedAt(_ name: String) throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(DamageSample.rich, strategy: strategy(name))
        let companion = try #require(try LayerRefs.Companion.commits(of: layer.layer, in: temporary.repository).first)
        let ref = try #require(try temporary.repository.refs(below: "layerlab").first { $0.value == companion }?.key)
        try temporary.repository.remove(ref: ref)
        var verdict = try verify(layer.ref, in: temporary)
        #expect(verdict.damages.map(\.kind) == [.unprotected] && verdict.damages.first?.reason.contains(ref) == true)
        #expect(verdict.isExact == true)
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        verdict = try verify(layer.ref, in: temporary)
        #expect(verdict.damages.contains { $0.part == .commit && $0.kind == .missing && $0.object == companion })
        #expect(verdict.damages.contains { $0.holder == (name.hasPrefix("raw") ? .orphans : .recipe) })
    }

    @Test func recipesAreNamedByWhatIsWrong() throws {
        let temporary = try TemporaryRepository()
        let one = try temporary.importing(DamageSample.rich, strategy: strategy("raw@sidecar"))
        let two = try temporary.importing(TarSample.rich.bytes, strategy: strategy("raw@sidecar"))
        let folder = temporary.path + "/extensions/layerlab/"
        let file = try StoredBytes(folder + "\(one.layer.commit.hex).recipe")
        func damage() throws -> LayerDamage? {
            let verdict = try verify(one.ref, in: temporary)
            #expect(verdict.damages.count == 1, "\(verdict.damages)")
            return verdict.damages.first
        }
        try file.cut(at: file.sound.count - 5)
        let cut = try damage()
        #expect(cut?.part == .recipe && cut?.kind == .malformed && cut?.recipeOffset != nil, "\(cut as Any)")
        try file.overwrite(try StoredBytes(folder + "\(two.layer.commit.hex).recipe").sound)
        #expect(try damage()?.kind == .foreign)
        // A bit of a literal: only the stream's digest knows.
        try file.mend()
        try file.flip(bit: 8 * (file.sound.count - 1))
        let literal = try damage()
        #expect(literal?.reason.contains("its own bytes have changed") == true, "\(literal as Any)")
        try FileManager.default.removeItem(atPath: file.path)
        #expect(try damage()?.kind == .missing)
    }

    @Test func missingDictionariesAreNamed() throws {
        let temporary = try TemporaryRepository()
        let dictionary = DictionaryStoreTests.dictionary
        let name = "raw+zstd:3,dictionary=\(dictionary.digest.hex)@sidecar"
        let file = try temporary.folder.write(DamageSample.rich, to: "layer")
        let layer = try Importer(into: temporary.repository, strategy: strategy(name), dictionaries: [dictionary])
            .importLayer(from: LayerSource(file))
        #expect(try verify(layer.ref, in: temporary).isSound)
        try temporary.repository.remove(ref: LayerRefs.dictionary(dictionary.digest))
        let damage = try verify(layer.ref, in: temporary).damages
        #expect(damage.map(\.part) == [.dictionary] && damage.map(\.kind) == [.missing], "\(damage)")
        #expect(damage.first?.object == dictionary.digest)
    }

    /// Directories that hold themselves, or each other many times over: an end, and the damage.
    @Test func hostileTreesEnd() throws {
        let temporary = try TemporaryRepository(.bareUserOnly)
        let stream = TarBuilder.stream { tar in
            for number in 0..<40 { tar.file("usr/\(number)/x/file", [UInt8(number)]) }
        }
        let layer = try temporary.importing(stream, strategy: strategy("tree"))
        let root = try temporary.repository.commit(layer.layer.commit).tree.contents
        let usr = try #require(try temporary.repository.directoryTree(root).directories.first).directory.contents
        let contents = try StoredBytes(temporary.path(.directoryTree, usr)).sound
        for entry in try temporary.repository.directoryTree(usr).directories.prefix(20) {
            try StoredBytes(temporary.path(.directoryTree, entry.directory.contents)).overwrite(contents)
        }
        let verdict = try verify(layer.ref, in: temporary)
        #expect(verdict.damages.contains { $0.part == .directory && $0.kind == .changed })
        #expect(verdict.damages.reduce(0) { $0 + $1.paths.count } <= 1 << 17)
        let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(error?.kind == .check && error?.message.contains("of the layer's tree") == true, "\(error as Any)")
    }

    /// Layers share objects: each object is compared once.
    @Test func eachObjectIsComparedOnce() throws {
        let temporary = try TemporaryRepository()
        let one = try temporary.importing(DamageSample.rich)
        let two = try temporary.importing(DamageSample.rich + [0])
        let verification = LayerVerification(in: temporary.repository)
        var counts: [Int] = []
        for ref in [one.ref, two.ref, one.ref] {
            let name = try StoredLayers(in: temporary.repository).locate(ref)
            #expect(try verification.verifyDeeply(name)?.isSound == true)
            counts.append(verification.objectCount)
        }
        // The other layer's own commit is all that is new.
        #expect(counts[0] > 10 && counts[1] - counts[0] <= 2 && counts[2] == counts[1], "\(counts)")
    }

    /// A compressed object's header says how long it is, no checksum covers that, and a tree has its sizes from there.
    @Test func sizesInArchivesAreCompared() throws {
        let temporary = try TemporaryRepository(.archive)
        let layer = try temporary.importing(DamageSample.rich, strategy: strategy("tree"))
        let tree = try StoredRecipe(layer.ref, in: temporary.repository).context.tree
        let object = try #require(tree[[Array("usr".utf8), Array("a".utf8)]]?.content.object)
        let file = try StoredBytes(temporary.path(.file, object))
        try file.flip(bit: 8 * 15)
        #expect(try temporary.damage() == nil)
        let verdict = try verify(layer.ref, in: temporary)
        let damage = try #require(verdict.damages.first { $0.object == object })
        #expect(
            damage.paths == ["usr/a", "usr/c", "usr/lib/twin"] && damage.reason.contains("its header says"), "\(damage)"
        )
        let error = try #require(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(error.message.contains("'usr/a' and 2 more of the layer's tree") && error.object == object, "\(error)")
    }
}
