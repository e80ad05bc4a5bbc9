import Digests
import Foundation
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Harness
import Processes

/// What a pull moves is what has to be moved, file by file.
@Suite(.enabled(if: Program.find("ostree") != nil && Program.find("python3") != nil, "ostree or python3 is missing"))
struct PullTests {
    private func bytes(of paths: some Sequence<String>, in repository: Repository) throws -> Int {
        try paths.reduce(0) { sum, path in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(repository.path)/\(path)")
            return sum + ((attributes[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    /// The ref of the only layer, and its companions'.
    private func refs(_ repository: Repository) throws -> (layer: String, commit: Digest, companions: [String]) {
        let layer = try #require(try repository.refs(below: LayerRefs.blobs).first)
        return (layer.key, layer.value, try repository.refs(below: "layerlab").keys.sorted())
    }

    @Test func movesWhatTheRefsReach() throws {
        let sample = try FootprintSample(modes: [.archive])
        let floor = try #require(sample.records.first?.pull)
        for record in sample.records {
            let pull = try #require(record.pull, "\(record.storage): \(record.error ?? "")")
            let repository = try sample.repository(record)
            let (ref, commit, companions) = try refs(repository)
            let accounts = try RepositoryAccounts(of: repository, layer: commit)

            let first = ["refs/heads/\(ref)"] + accounts.layerObjects
            #expect(pull.layer.filesMoved == first.count, "\(record.storage)")
            #expect(pull.layer.bytes == (try bytes(of: first, in: repository)), "\(record.storage)")
            #expect(pull.layer.metadataObjects + pull.layer.contentObjects == accounts.layerObjects.count)
            #expect(pull.layer.contentObjects == accounts.layerObjects.count { $0.hasSuffix(".filez") })
            #expect(pull.layer.requests > pull.layer.filesMoved && pull.layer.refs == 1)
            // The layer alone moves no recipe, but where that is in its commit, or beside it.
            let growth = try #require(record.commitObjectBytes) - (sample.records[0].commitObjectBytes ?? 0)
            let isDetached = record.storage == DetachedMetadata.name
            let recipe = isDetached ? try #require(record.recipe).bytes : growth
            #expect(pull.layer.bytes - floor.layer.bytes == recipe, "\(record.storage)")

            #expect((pull.companions != nil) == !companions.isEmpty)
            guard let second = pull.companions else { continue }
            let more = companions.map { "refs/heads/\($0)" } + accounts.companionObjects
            #expect(second.filesMoved == more.count, "\(record.storage)")
            #expect(second.bytes == (try bytes(of: more, in: repository)), "\(record.storage)")
            #expect(second.refs == companions.count)
        }
    }

    @Test func whatComesWithTheCommitRebuilds() throws {
        let stream = TarBuilder.stream {
            $0.directory("usr/")
            $0.file("usr/a", [1])
        }
        let sample = try FootprintSample(stream, modes: [.archive])
        func pull(_ storage: String) throws -> PullRecord {
            let record = try #require(sample.records.first { $0.storage == storage })
            return try #require(record.pull, "\(record.error ?? "")")
        }
        let metadata = try pull(CommitMetadata.name)
        #expect(metadata.layer.isExact && metadata.layer.failure == nil && metadata.companions == nil)
        let separate = try pull(SeparateRef.name)
        #expect(!separate.layer.isExact && separate.layer.failure?.contains("recipe") == true)
        #expect(separate.companions?.isExact == true)
        let sidecar = try pull(Sidecar.name)
        #expect(!sidecar.layer.isExact && sidecar.companions == nil)
        #expect(sidecar.layer.failure?.contains("extensions/layerlab") == true)
        #expect(sidecar.layer.failure?.contains(sample.folder.path) == false)
        #expect(try pull(Discard.name).layer.isExact == false)
    }

    @Test func orphansAreNeededToo() throws {
        let sample = try FootprintSample(modes: [.archive], storages: [CommitMetadata.self, Sidecar.self])
        let metadata = try #require(sample.records.first { $0.storage == CommitMetadata.name }?.pull)
        #expect(!metadata.layer.isExact && metadata.companions?.isExact == true)
        // The sidecar's recipe goes nowhere: what moves is what keeps the orphans alive.
        let sidecar = try #require(sample.records.first { $0.storage == Sidecar.name })
        #expect(sidecar.pull?.companions?.isExact == false)
        #expect(sidecar.pull?.companions?.bytes == sidecar.orphans?.cost.bytes)
    }

    /// ostree before 2023.4 refuses commits beyond 10 MiB; that is a fact, and no failure of the measurement.
    @Test func whatOstreeRefusesIsQuoted() throws {
        let stream = TarBuilder.stream { tar in
            for number in 0..<48 {
                tar.pax(["comment": String(repeating: "c", count: 230_000)])
                tar.file("usr/\(number)", [1])
            }
        }
        let sample = try FootprintSample(
            stream, modes: [.archive], storages: [CommitMetadata.self], encoding: try Raw(parameters: [:]))
        let record = try #require(sample.records.last)
        #expect(record.error == nil && record.addsUp == true)
        #expect(record.commitObjectBytes.map { $0 > 10 << 20 } == true)
        if let reason = record.noPull {
            #expect(reason.contains("exceeded maximum size") && !reason.contains("127.0.0.1"))
        } else {
            #expect(record.pull?.layer.isExact == true)
        }
    }
}
