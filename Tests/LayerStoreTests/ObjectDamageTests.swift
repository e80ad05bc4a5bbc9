import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Objects that are missing, cut, emptied, changed or another's: a rebuild throws and says where, or gives the layer, and
/// `verify --deep` names the object.
@Suite struct ObjectDamageTests {
    /// What is done to the file of an object.
    enum Injury: CustomStringConvertible {
        case missing, emptied
        case cut(Int)
        case flipped(Int)
        /// It and another object's file get each other's names.
        case swapped(String)

        var description: String {
            switch self {
            case .missing: "missing"
            case .emptied: "emptied"
            case .cut(let count): "cut at \(count)"
            case .flipped(let bit): "bit \(bit)"
            case .swapped(let other): "swapped with \(other.suffix(24))"
            }
        }
    }

    static let cases: [(RepositoryMode, String)] = [
        (.bareUser, "raw+zstd:3@sidecar"), (.bareUser, "tree@separate-ref"), (.archive, "columns@separate-ref"),
        (.archive, "tree@commit-metadata"), (.bare, "tree@sidecar"), (.bareUserOnly, "raw@commit-metadata"),
    ]

    @Test(arguments: cases)
    func damagedObjectsAreNamed(_ mode: RepositoryMode, _ name: String) throws {
        let temporary = try TemporaryRepository(mode)
        let (layer, stream) = try DamageSample.imported(into: temporary, by: strategy(name))
        let files = try temporary.objectFiles()
        #expect(files.count >= 11)
        var counts = DamageCounts()
        for (number, file) in files.enumerated() {
            for injury in try injuries(of: file.path, among: files.map(\.path), seed: UInt64(number)) {
                let what = "\(file.path.suffix(24)) \(injury)"
                try inflict(injury, on: file.path) {
                    let error = counts.rebuild(layer.ref, in: temporary, expecting: stream)
                    #expect(error == nil || error?.kind == .check, "\(what): \(error as Any)")
                    let verdict = try #require(try deepVerdict(layer, in: temporary))
                    // Bits between the ends of compressed bytes and their file's may mean nothing.
                    var names = [file.object]
                    // What a directory held is not known where another one is in its place.
                    if case .swapped(let other) = injury { names += files.filter { $0.path == other }.map(\.object) }
                    let isNamed = verdict.damages.contains { $0.object.map(names.contains) ?? false }
                    let isSound = error == nil && verdict.isSound && isHarmless(file, in: temporary)
                    #expect(isNamed || isSound, "\(what): \(verdict.damages)")
                    #expect(error == nil || !verdict.isSound, "\(what): \(error as Any)")
                    try expectUnverifiedLimits(injury, layer, stream, in: temporary, what)
                }
            }
        }
        #expect(counts.silent == 0 && counts.refused > 0 && counts.byDigest > 0)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try deepVerdict(layer, in: temporary)?.isSound == true)
        counts.tell("objects, \(mode.rawValue), \(name)")
    }

    /// `rebuild --no-verify` sees what is missing or too short, and gives as many bytes as the layer has in any case.
    private func expectUnverifiedLimits(
        _ injury: Injury, _ layer: ImportedLayer, _ stream: [UInt8], in temporary: TemporaryRepository, _ what: String
    ) throws {
        let sink = MemorySink()
        do {
            try Rebuilder(layer.ref, in: temporary.repository).rebuild(into: sink, verify: false)
            #expect(sink.bytes.count == stream.count, "\(what)")
            if case .missing = injury { #expect(sink.bytes == stream, "\(what)") }
            if case .emptied = injury { #expect(sink.bytes == stream, "\(what)") }
        } catch let error as LayerStoreError {
            #expect(error.kind == .check, "\(what): \(error)")
        }
    }

    private func isHarmless(_ file: (path: String, object: Digest), in temporary: TemporaryRepository) -> Bool {
        let kind: Repository.ObjectKind =
            switch URL(filePath: file.path).pathExtension {
            case "dirtree": .directoryTree
            case "dirmeta": .directoryMetadata
            default: .file
            }
        return (try? temporary.repository.verify(kind, file.object)) != nil
    }

    private func injuries(of path: String, among paths: [String], seed: UInt64) throws -> [Injury] {
        var generator = SeededGenerator(seed: seed)
        var injuries: [Injury] = [.missing]
        let kind = URL(filePath: path).pathExtension
        let others = paths.filter { $0 != path && URL(filePath: $0).pathExtension == kind }
        guard let size = try size(path) else { return injuries + others.prefix(1).map { .swapped($0) } }
        if size > 0 { injuries.append(.emptied) }
        injuries += generator.positions(below: size, atMost: TestScale.isFull ? 64 : 3).filter { $0 > 0 }.map {
            .cut($0)
        }
        injuries += generator.positions(below: 8 * size, atMost: TestScale.isFull ? 256 : 4).map { .flipped($0) }
        let equal = try others.first { try self.size($0) == size }
        let unequal = try others.first { try self.size($0).map { $0 != size } ?? false }
        return injuries + [equal, unequal].compactMap { $0 }.map { .swapped($0) }
    }

    /// Bytes of a file; nil for a symbolic link.
    private func size(_ path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard attributes[.type] as? FileAttributeType == .typeRegular else { return nil }
        return (attributes[.size] as? UInt64).map { Int($0) }
    }

    private func inflict(_ injury: Injury, on path: String, _ body: () throws -> Void) throws {
        let (manager, aside) = (FileManager.default, path + ".aside")
        switch injury {
        case .missing:
            try manager.moveItem(atPath: path, toPath: aside)
            defer { try? manager.moveItem(atPath: aside, toPath: path) }
            try body()
        case .swapped(let other):
            func swap() throws {
                try manager.moveItem(atPath: path, toPath: aside)
                try manager.moveItem(atPath: other, toPath: path)
                try manager.moveItem(atPath: aside, toPath: other)
            }
            try swap()
            defer { try? swap() }
            try body()
        case .emptied, .cut, .flipped:
            let file = try StoredBytes(path)
            defer { try? file.mend() }
            switch injury {
            case .cut(let count): try file.cut(at: count)
            case .flipped(let bit): try file.flip(bit: bit)
            default: try file.cut(at: 0)
            }
            try body()
        }
    }

    /// The first of several damages in the stream is told with its path and segment, whatever would stop the rebuild first.
    @Test(arguments: RepositoryMode.allCases)
    func theFirstDamageIsToldWithItsPath(_ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream { tar in
            for name in ["a", "b", "c"] { tar.file("usr/\(name)", Array("the payload \(name)".utf8)) }
            tar.file("usr/twin", Array("the payload b".utf8))
            tar.file("dev/orphan", Array("an orphan".utf8))
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream)
        let tree = try StoredRecipe(layer.ref, in: temporary.repository).context.tree
        func path(_ name: String) throws -> String {
            temporary.path(.file, try #require(tree[[Array("usr".utf8), Array(name.utf8)]]?.content.object))
        }
        let orphan = try #require(try layer.layer.orphans(in: temporary.repository).first)
        try inflict(.missing, on: temporary.path(.file, orphan)) {
            let message = try self.message(temporary, layer)
            #expect(message.contains("orphan 0") && message.contains("segment 9"), "\(message)")
            try inflict(.missing, on: try path("c")) {
                let message = try self.message(temporary, layer)
                #expect(message.contains("'usr/c'") && message.contains("segment 5, at byte"), "\(message)")
                let file = try StoredBytes(try path("b"))
                try file.flip(bit: 8 * (file.sound.count - 3))
                let first = try self.message(temporary, layer)
                #expect(first.contains("'usr/b' and 1 more") && first.contains("segment 3, at byte 15"), "\(first)")
                let verdict = try #require(try deepVerdict(layer, in: temporary))
                #expect(verdict.damages.count == 3 && verdict.damages.flatMap(\.orphans) == [0])
                #expect(Set(verdict.damages.flatMap(\.paths)) == ["usr/b", "usr/c", "usr/twin"])
                #expect(verdict.damages.compactMap(\.segment).sorted() == [3, 5, 9])
                try file.mend()
            }
        }
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    /// What `rebuild --help` says of `--no-verify`: an object that has grown goes unseen, one that has shrunk does not.
    @Test(arguments: [RepositoryMode.bareUser, .bare])
    func lengthsWithoutVerification(_ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream { $0.file("usr/a", Array("the payload".utf8)) }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream)
        let path = try #require(try temporary.objectFiles().first { $0.path.hasSuffix(".file") }?.path)
        let file = try StoredBytes(path)
        func rebuild(verify: Bool) throws -> [UInt8] {
            let sink = MemorySink()
            try Rebuilder(layer.ref, in: temporary.repository).rebuild(into: sink, verify: verify)
            return sink.bytes
        }
        try file.overwrite(Array("The payload and more".utf8))
        let changed = try rebuild(verify: false)
        #expect(changed.count == stream.count && changed != stream)
        #expect(throws: LayerStoreError.self) { try rebuild(verify: true) }
        try file.cut(at: 10)
        #expect(throws: LayerStoreError.self) { try rebuild(verify: false) }
    }

    private func message(_ temporary: TemporaryRepository, _ layer: ImportedLayer) throws -> String {
        let error = try #require(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(error.kind == .check && !error.message.contains("\n"), "\(error)")
        return error.message
    }
}
