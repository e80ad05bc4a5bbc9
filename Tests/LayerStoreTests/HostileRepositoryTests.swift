import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// Repositories whose objects are not what their names say: libostree loads them unchecked, and every loader has to cope.
@Suite struct HostileRepositoryTests {
    private static let stream = TarBuilder.stream { tar in
        tar.directory("usr/lib/") { $0.userID = 5 }
        tar.extendedAttribute("user.note", [1, 2])
        tar.file("usr/lib/a", Array("payload".utf8))
        tar.symbolicLink("usr/lib/l", to: "a")
        tar.file("dev/orphan", [7])
    }

    private func load(_ ref: String, in temporary: TemporaryRepository) throws -> [UInt8] {
        _ = try? StoredLayers(in: temporary.repository).all()
        _ = try? StoredRecipe(ref, in: temporary.repository)
        return try temporary.rebuild(ref)
    }

    /// Every metadata object and every sidecar, damaged in many ways: an error, or the stream itself.
    @Test(arguments: Catalogue.storages.indices)
    func mutatedMetadataNeverTraps(_ index: Int) throws {
        let storage = Catalogue.storages[index]
        guard !storage.isFloor else { return }
        let temporary = try TemporaryRepository(.bareUserOnly)
        let layer = try temporary.importing(Self.stream, strategy: strategy("raw@\(storage.name)"))
        let kinds: Set<String> = ["commit", "dirtree", "dirmeta", "recipe"]
        let files = try temporary.listing().keys.sorted()
            .filter { kinds.contains(URL(filePath: $0).pathExtension) }
        #expect(files.count >= 5)
        for (number, file) in files.enumerated() {
            let path = temporary.path + "/" + file
            let sound = Array(try Data(contentsOf: URL(filePath: path)))
            for seed in UInt64(0)..<(TestScale.isFull ? 2000 : 60) {
                var generator = SeededGenerator(seed: seed * 100 + UInt64(number))
                try overwrite(path, seed == 0 ? [] : generator.mutation(of: sound))
                if let stream = try? load(layer.ref, in: temporary) {
                    #expect(stream == Self.stream, "\(file), seed \(seed)")
                }
            }
            try overwrite(path, sound)
        }
        #expect(try load(layer.ref, in: temporary) == Self.stream)
    }

    @Test func directoriesThatHoldThemselvesAreRefused() throws {
        let temporary = try TemporaryRepository(.bareUserOnly)
        let layer = try temporary.importing(Self.stream)
        let commit = try temporary.repository.commit(layer.layer.commit)
        let root = try temporary.repository.directoryTree(commit.tree.contents)
        let child = try #require(root.directories.first?.directory.contents)
        func path(_ digest: Digest) -> String {
            temporary.path + "/objects/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2)).dirtree"
        }
        // The child gets the root's contents, and so holds itself.
        try overwrite(path(child), Array(try Data(contentsOf: URL(filePath: path(commit.tree.contents)))))
        let error = #expect(throws: OSTreeError.self) { try LayerTree(of: commit, in: temporary.repository) }
        #expect(error?.reason.contains("deeper") == true)
    }

    @Test func recipesOfAnyLengthAreNotReadWhole() throws {
        let temporary = try TemporaryRepository()
        try temporary.repository.writeExtensionFile("long", [UInt8](repeating: 1, count: 200_000))
        let error = #expect(throws: OSTreeError.self) {
            try temporary.repository.readExtensionFile("long", limit: 199_999)
        }
        #expect(error?.reason.contains("longer than 199999 bytes") == true)
        #expect(try temporary.repository.readExtensionFile("long", limit: 200_000)?.count == 200_000)
    }

    private func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        // In place of the file, and not into it: objects may be links to each other.
        try FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(filePath: path))
    }
}
