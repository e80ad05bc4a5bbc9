import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

@testable import Harness

/// A host that relabels: recipes that name paths go on, others say that they cannot.
@Suite struct RelabellingTests {
    static let tree = Strategy(encoding: Tree(), storage: CommitMetadata())

    /// Relabels and prunes, and says what the rebuild gives: nil where it refuses, which it does with one kind of error.
    private func rebuild(
        _ layer: ImportedLayer, in temporary: TemporaryRepository, _ relabelling: Relabelling = Relabelling()
    ) throws -> [UInt8]? {
        let result = try relabelling.relabel(layer.ref, in: temporary.repository)
        #expect(result.oldCommit == layer.layer.commit && result.refs == [layer.ref])
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.repository.has(.commit, result.oldCommit) == (result.oldCommit == result.newCommit))
        return try rebuildOrRefusal(layer.ref, in: temporary).bytes
    }

    private func rebuildOrRefusal(
        _ ref: String, in temporary: TemporaryRepository
    ) throws -> (bytes: [UInt8]?, refusal: String?) {
        do { return (try temporary.rebuild(ref), nil) } catch let error as LayerStoreError {
            #expect(error.kind == .check && error.message.hasPrefix("cannot rebuild sha256:"), "\(error)")
            return (nil, error.message)
        }
    }

    // MARK: tree

    /// Every sample in every mode; all policies with each where `LAYERLAB_FULL=1`, and one in turn else.
    @Test(arguments: TarSample.all.indices, RepositoryMode.allCases)
    func treeSurvives(_ number: Int, _ mode: RepositoryMode) throws {
        let bytes = TarSample.all[number].bytes
        let temporary = try TemporaryRepository(mode)
        for (column, policy) in PathPolicy.allCases.enumerated() {
            let turn = (number + (RepositoryMode.allCases.firstIndex(of: mode) ?? 0)) % PathPolicy.allCases.count
            guard TestScale.isFull || column == turn else { continue }
            let layer = try temporary.importing(bytes, strategy: Self.tree, policy: policy)
            let isExact = try rebuild(layer, in: temporary) == bytes
            #expect(isExact, "\(TarSample.all[number]), \(policy)")
        }
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: RealWriter.all.filter { $0.missing.isEmpty })
    func treeSurvivesWhatRealWritersWrite(_ writer: RealWriter) throws {
        for stream in try writer.write().streams {
            for mode in [RepositoryMode.bareUser, .archive, .bare] {
                let temporary = try TemporaryRepository(mode)
                let layer = try temporary.importing(stream, strategy: Self.tree)
                let isExact = try rebuild(layer, in: temporary) == stream
                #expect(isExact, "\(mode)")
            }
        }
    }

    @Test(arguments: Catalogue.storages.filter { !$0.isFloor }.map { $0.name })
    func treeSurvivesInEveryStorageAndSeveralTimes(_ storage: String) throws {
        let strategy = try Strategy(parsing: "tree@\(storage)")
        for stream in [TarSample.rich.bytes, Self.difficult] {
            let temporary = try TemporaryRepository()
            let layer = try temporary.importing(stream, strategy: strategy)
            for round in UInt8(0)..<3 {
                let relabelling = Relabelling { path in Relabelling.usualLabel(of: path + [round]) }
                _ = try relabelling.relabel(layer.ref, in: temporary.repository)
                #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
                let isExact = try temporary.rebuild(layer.ref) == stream
                #expect(isExact, "\(storage), round \(round)")
            }
            // Imported again, the layer has no label, and is as it was.
            #expect(try temporary.importing(stream, strategy: strategy).layer.commit == layer.layer.commit)
        }
    }

    /// Hard links with data and without, paths that are dropped, repeated, moved and swapped, a sparse file, and attributes
    /// of several lengths.
    private static let difficult: [UInt8] = TarBuilder.stream { tar in
        tar.directory("etc/")
        tar.directory("var/lib/")
        tar.file("etc/conf", [1, 2, 3])
        tar.file("usr/same-1", [7, 7])
        tar.file("usr/same-2", [7, 7])
        tar.hardLink("usr/link", to: "usr/same-1")
        tar.entry("1", "usr/link-with-data", target: "usr/same-2", payload: [7, 7])
        tar.file("dev/dropped", [7, 7])
        tar.file("dev/dropped-too", [8])
        for byte in UInt8(0)..<3 { tar.file("usr/repeated", [7, byte]) }
        tar.file("usr/repeated", [7, 0])
        tar.extendedAttribute("security.capability", [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14))
        tar.file("usr/ping", [9], mode: 0o755)
        for count in [1, 63, 64, 65, 300] {
            tar.extendedAttribute("user.note", (0..<count).map { UInt8(truncatingIfNeeded: $0) })
            tar.file("usr/note-\(count)", [UInt8(truncatingIfNeeded: count)])
        }
        tar.extendedAttribute("security.selinux", Array("system_u:object_r:layer_t:s0\0".utf8))
        tar.file("usr/labelled", [7, 7])
        tar.symbolicLink("usr/symbolic", to: "ping")
        tar.dialect = .gnu
        tar.sparseFile("usr/sparse", parts: (0..<6).map { (Int64($0) * 4096, [UInt8($0)]) }, realSize: 24576)
    }

    @Test(arguments: [RepositoryMode.bareUser, .archive, .bare], PathPolicy.allCases)
    func treeSurvivesWhatIsDifficult(_ mode: RepositoryMode, _ policy: PathPolicy) throws {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(Self.difficult, strategy: Self.tree, policy: policy, proof: .full)
        #expect(layer.orphanCount > 0)
        let isExact = try rebuild(layer, in: temporary) == Self.difficult
        #expect(isExact)
        #expect(try temporary.damage() == nil)
    }

    /// Values of up to 64 bytes are spelled in the recipe; longer ones are taken from the tree by their names, and nobody
    /// can tell them once they are gone.
    @Test(arguments: [1, 64, 65, 300])
    func treeSurvivesTheLossOfShortAttributes(_ count: Int) throws {
        let value = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let stream = TarBuilder.stream { tar in
            tar.extendedAttribute("user.note", value)
            tar.file("usr/a", [1])
            tar.file("usr/b", [2])
        }
        let others: [(Relabelling.Others, isExact: Bool)] = [
            (.kept, true), (.replaced(by: []), count <= 64),
            (.replaced(by: [.init(name: Array("user.other".utf8), value: value)]), count <= 64),
            (.replaced(by: [.init(name: Array("user.note".utf8), value: value)]), true),
        ]
        for (other, isExact) in others {
            let temporary = try TemporaryRepository()
            let layer = try temporary.importing(stream, strategy: Self.tree)
            let rebuilt = try rebuild(layer, in: temporary, Relabelling(others: other))
            #expect((rebuilt == stream) == isExact && (rebuilt == nil) == !isExact, "\(other)")
            guard !isExact else { continue }
            let refusal = try rebuildOrRefusal(layer.ref, in: temporary).refusal
            #expect(refusal?.contains("the tree lacks an extended attribute that a header has") == true)
        }
    }

    /// Another value under the same name cannot be told from the right one before the end: the stream's digest tells.
    @Test func anotherValueOfALongAttributeIsNotTakenForTheLayer() throws {
        let stream = TarBuilder.stream { tar in
            tar.extendedAttribute("user.note", [UInt8](repeating: 1, count: 100))
            tar.file("usr/a", [1])
        }
        let other = OSTree.ExtendedAttribute(name: Array("user.note".utf8), value: [UInt8](repeating: 2, count: 100))
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, strategy: Self.tree)
        _ = try Relabelling(others: .replaced(by: [other])).relabel(layer.ref, in: temporary.repository)
        let error = #expect(throws: LayerStoreError.self) { try temporary.rebuild(layer.ref) }
        #expect(error?.kind == .check)
    }

    /// An orphan's object, which stays, is what a file's becomes that loses its attributes and gets no label. The recipe counts
    /// orphans by their objects, so that it may take the file for the orphan; the stream's digest tells.
    @Test(arguments: [true, false])
    func anOrphanThatIsLikeARelabelledFileGivesNoWrongLayer(_ isFirst: Bool) throws {
        let stream = TarBuilder.stream { tar in
            if !isFirst { tar.file("dev/orphan", [1, 2]) }
            tar.extendedAttribute("user.note", [1])
            tar.file("usr/a", [1, 2])
            if isFirst { tar.file("dev/orphan", [1, 2]) }
            tar.file("dev/another", [3, 4])
            tar.file("dev/third", [5, 6])
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, strategy: Self.tree)
        #expect(layer.orphanCount == 3)
        let relabelling = Relabelling(others: .replaced(by: [])) { _ in nil }
        _ = try relabelling.relabel(layer.ref, in: temporary.repository)
        do {
            let rebuilt = try temporary.rebuild(layer.ref)
            #expect(rebuilt == stream)
        } catch let error as LayerStoreError {
            #expect(isFirst && error.kind == .check, "\(error)")
        }
        // A label keeps them apart.
        let another = try TemporaryRepository()
        let labelled = try another.importing(stream, strategy: Self.tree)
        let rebuilt = try rebuild(labelled, in: another, Relabelling(others: .replaced(by: [])))
        #expect(rebuilt == stream)
    }

    /// Where `tree` falls back to `columns`, a payload that is another path's file is named by that file, and by no checksum.
    @Test(arguments: [false, true])
    func theFallbackNamesNothingByChecksum(_ hasTwin: Bool) throws {
        let content = [UInt8](repeating: 5, count: 100)
        var generator = SeededGenerator(seed: 3)
        let noise = generator.bytes(4096).map { max($0, 1) }
        let stream = TarBuilder.stream { tar in
            tar.file("usr/a", content)
            if hasTwin { tar.file("dev/twin", content) }
            tar.data(Array(repeating: noise, count: 10).flatMap { $0 })
            tar.file("usr/b", [1])
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, strategy: Self.tree)
        #expect(layer.orphanCount == 0)
        let streams = try StoredRecipe.streams(layer.ref, in: temporary.repository)
        #expect(streams.contains { $0.name == RecipeStream.checksums && $0.byteCount == 0 })
        #expect(try rebuild(layer, in: temporary) == stream)
    }

    // MARK: Others

    /// Every encoding: exact or refused, never another stream. What names objects of the tree refuses.
    @Test(arguments: Catalogue.allStrategies.map(\.description))
    func otherRecipesRefuse(_ name: String) throws {
        let strategy = try Strategy(parsing: name)
        for stream in [
            TarSample.rich.bytes, Self.difficult,
            TarBuilder.stream { $0.file("usr/a", [UInt8](repeating: 1, count: 100)) },
        ] {
            let temporary = try TemporaryRepository()
            let imported = try temporary.importingIfCarried(stream, strategy: strategy)
            guard let layer = imported else { continue }
            let rebuilt = try rebuild(layer, in: temporary)
            let survives = ["tree", "tarsplit", "columns:checksums=tree"].contains { name.hasPrefix($0) }
            #expect((rebuilt == stream) == survives && (rebuilt == nil) == !survives)
        }
    }

    @Test func columnsWithoutChecksumsSurvive() throws {
        let strategy = try Strategy(parsing: "columns:checksums=tree")
        for sample in TarSample.all {
            let temporary = try TemporaryRepository()
            let layer = try temporary.importing(sample.bytes, strategy: strategy)
            let rebuilt = try rebuild(layer, in: temporary)
            #expect(rebuilt == nil || rebuilt == sample.bytes, "\(sample)")
        }
    }

    @Test func nothingChangesWhereNoLabelsAreKept() throws {
        let temporary = try TemporaryRepository(.bareUserOnly)
        let layer = try temporary.importing(TarSample.rich.bytes)
        let result = try Relabelling().relabel(layer.ref, in: temporary.repository)
        #expect(result.newCommit == layer.layer.commit && result.changedFileCount == 0 && result.fileCount > 0)
        #expect(try temporary.rebuild(layer.ref) == TarSample.rich.bytes)
    }

    @Test func aSidecarThatIsNotCopiedIsMissed() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(TarSample.rich.bytes, strategy: try Strategy(parsing: "tree@sidecar"))
        _ = try Relabelling(copiesRecipe: false).relabel(layer.ref, in: temporary.repository)
        let (rebuilt, refusal) = try rebuildOrRefusal(layer.ref, in: temporary)
        #expect(rebuilt == nil && refusal?.contains("there is no file extensions/layerlab/") == true)
    }

    // MARK: What a relabelling is

    @Test(arguments: RepositoryMode.allCases)
    func pathsContentsAndMetadataStay(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(Self.difficult, strategy: Self.tree)
        let (before, labelsBefore) = (try temporary.tree(layer.ref), try temporary.tree(layer.ref, "-X"))
        let old = try temporary.repository.commit(layer.layer.commit)
        let result = try Relabelling().relabel(layer.ref, in: temporary.repository)
        let new = try temporary.repository.commit(result.newCommit)
        #expect(try temporary.tree(layer.ref) == before)
        #expect((try temporary.tree(layer.ref, "-X") == labelsBefore) == (mode == .bareUserOnly))
        #expect(new.subject == old.subject && new.timestamp == 0 && new.byteCount == old.byteCount)
        #expect(new.metadataBytes("layerlab.recipe") == old.metadataBytes("layerlab.recipe"))
        #expect(result.changedFileCount == (mode == .bareUserOnly ? 0 : result.fileCount))
        #expect(try temporary.damage() == nil)
    }
}
