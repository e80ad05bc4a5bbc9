import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Harness
import Processes

/// What each storage costs in each mode, by real programs.
@Suite(.enabled(if: Program.find("ostree") != nil && Program.find("python3") != nil, "ostree or python3 is missing"))
struct FootprintTests {
    @Test func everyStorageAddsUpInEveryMode() throws {
        let sample = try FootprintSample()
        #expect(sample.records.count == RepositoryMode.allCases.count * Catalogue.storages.count)
        for record in sample.records {
            let name = "\(record.storage) in \(record.mode)"
            #expect(record.error == nil, "\(name)")
            #expect(record.addsUp == true, "\(name): \(record)")
            #expect(record.strayDiskBytes == 0, "\(name): \(record)")
            #expect(record.layerBytes == UInt64(FootprintSample.stream.count) && record.entries == 39)
            #expect(record.orphans?.count == FootprintSample.orphanCount)
            #expect(record.orphans?.payloadBytes == FootprintSample.orphanBytes)
            let repository = try sample.repository(record)
            #expect(repository.mode.rawValue == record.mode && !repository.isDurable)
            try checkCosts(record, name)
            // The pull is a fact of archive mode alone.
            #expect((record.pull != nil) == (record.mode == "archive"), "\(name)")
            #expect((record.noPull == nil) == (record.mode == "archive"), "\(name)")
            if let reason = record.noPull { #expect(reason.hasPrefix("ostree pull: error: ")) }
        }
    }

    private func checkCosts(_ record: FootprintRecord, _ name: String) throws {
        let recipe = try #require(record.recipe)
        let orphans = try #require(record.orphans).cost
        let stored = try #require(record.storedBytes)
        switch record.storage {
        case Discard.name:
            #expect(record.isFloor && stored == 0)
            #expect(record.overFloor == FootprintRecord.Cost() && recipe == FootprintRecord.Cost(), "\(name)")
            #expect(orphans == FootprintRecord.Cost())
            return
        case Sidecar.name:
            #expect(recipe.files == 1 && recipe.refs == 0, "\(name)")
            #expect((stored...stored + 200).contains(recipe.bytes), "\(name)")
        case DetachedMetadata.name:
            #expect(recipe.files == 1 && recipe.refs == 0, "\(name)")
            #expect((stored...stored + 300).contains(recipe.bytes), "\(name)")
        case CommitMetadata.name:
            #expect(recipe.files == 0 && recipe.refs == 0, "\(name)")
            #expect((stored...stored + 200).contains(recipe.bytes), "\(name)")
        case SeparateRef.name:
            // A commit, a dirtree, a file and a ref; the layer has the folder's attributes too.
            #expect(recipe.files == 4 && recipe.refs == 1, "\(name)")
            if record.mode != "archive" { #expect((stored...stored + 700).contains(recipe.bytes), "\(name)") }
        default: Issue.record("\(name) is not known here")
        }
        // Content objects and the tree that names them, and a commit with its ref where there is no other.
        let own = record.storage == SeparateRef.name ? 0 : 2
        #expect(orphans.files == FootprintSample.orphanCount + 1 + own, "\(name)")
        #expect(orphans.refs == own / 2, "\(name)")
        if record.mode != "archive" { #expect(orphans.bytes > Int(FootprintSample.orphanBytes), "\(name)") }
        #expect(orphans.diskBytes >= orphans.bytes, "\(name)")
    }

    @Test func aLayerWithoutOrphansHasNoneToPayFor() throws {
        let stream = TarBuilder.stream { $0.file("usr/a", [1]) }
        let sample = try FootprintSample(stream, modes: [.bareUser], storages: [Sidecar.self])
        #expect(sample.records.map(\.storage) == [Discard.name, Sidecar.name])
        #expect(sample.records[1].orphans?.cost == FootprintRecord.Cost())
        #expect(sample.records[1].addsUp == true)
    }

    @Test func aRowThatFailsIsARow() throws {
        let sample = try FootprintSample(modes: [.bareUser], storages: [Sidecar.self], tool: "/bin/false")
        #expect(sample.records.count == 2)
        for record in sample.records {
            #expect(record.error?.contains("exit code 1") == true)
            #expect(record.repository == nil && record.overFloor == nil && record.addsUp == nil)
        }
    }
}
