import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Images

/// Images after something has happened to the repository: other images, other strategies, other hosts.
@Suite struct StoredImageTests {
    private func repository(_ mode: RepositoryMode = .bareUser) throws -> (TemporaryRepository, ImageBuilder.Written) {
        let repository = try TemporaryRepository(mode)
        return (repository, try ImageSample.image(.oci).write(.layout, to: repository.folder.path("layout")))
    }

    private func expectPushed(
        _ name: String, of repository: TemporaryRepository, _ written: ImageBuilder.Written,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let folder = try TemporaryFolder()
        let pushed = try repository.push(name, to: "oci:" + folder.path("out"))
        #expect(pushed.keepsDigests, sourceLocation: location)
        try expectSame(written, .layout, folder.path("out"), at: location)
    }

    @Test func imagesAreFoundByAllTheirNames() throws {
        let (repository, written) = try repository(.archive)
        let imported = try repository.importImage(written.reference, named: "my image")
        let images = StoredImages(in: repository.repository)
        for name in ["my image", imported.ref, imported.commit.hex, written.manifestDigest.description] {
            #expect(try images.find(name).commit == imported.commit)
        }
        #expect(try images.all().map(\.name) == ["my image"])
        for name in ["none", "", written.reference, String(repeating: "0", count: 64), imported.layers[0].ref] {
            #expect(throws: LayerStoreError.self, "\(name)") { try images.find(name) }
        }
    }

    @Test func sharedLayersAreSkipped() throws {
        let (repository, written) = try repository()
        try repository.importImage(written.reference)
        var other = ImageBuilder(.docker)
        for (number, compression) in [(0, .none), (1, .gzip), (3, .flushed), (4, .none)]
            as [(Int, ImageBuilder.Compression)]
        {
            try other.add(ImageSample.streams[number], compression)
        }
        let second = try other.write(.layout, to: repository.folder.path("other"))
        // What is held need not be there.
        for path in second.blobs.prefix(3) { try FileManager.default.removeItem(atPath: path) }
        let imported = try repository.importImage(second.reference)
        #expect(imported.layers.map { $0.imported == nil } == [true, true, true, false])
        #expect(imported.keepsDigests)
        // The same again: nothing is read at all.
        try FileManager.default.removeItem(atPath: second.blobs[3])
        #expect(try repository.importImage(second.reference).layers.allSatisfy { $0.imported == nil })
        try expectPushed(written.reference, of: repository, written)
    }

    @Test(.enabled(if: ImageTool.areThere(.skopeo, .registry), "needs skopeo and docker-registry"))
    func sharedLayersAreNotFetched() throws {
        let (repository, written) = try repository()
        let host = try RegistryServer.sharedHost()
        let name = "shared/\(UUID().uuidString.lowercased())"
        try ImageTool.copy(written.reference, to: "docker://\(host)/\(name):one")
        try repository.importImage("docker://\(host)/\(name):one")
        let first = Set(try RegistryServer.blobRequests(of: name))
        #expect(written.blobs.allSatisfy { first.contains("GET sha256:" + $0.suffix(64)) })

        var other = try ImageSample.image(.oci)
        other.layers.remove(at: 3)
        try other.add(TarBuilder.stream { $0.file("usr/new", [1]) }, .gzip)
        let second = try other.write(.layout, to: repository.folder.path("other"))
        try ImageTool.copy(second.reference, to: "docker://\(host)/\(name):two")
        let before = try RegistryServer.blobRequests(of: name).count
        let imported = try repository.importImage("docker://\(host)/\(name):two")
        let fetched = Set(try RegistryServer.blobRequests(of: name).dropFirst(before))
        #expect(
            fetched == [
                "GET sha256:" + second.blobs[4].suffix(64),
                "GET sha256:" + SHA256Stream.digest(of: second.configuration).hex,
            ])
        #expect(imported.layers.map { $0.imported == nil } == [true, true, true, true, false])
        try expectPushed(imported.name, of: repository, second)
        #expect(try repository.leftovers().isEmpty)
    }

    // MARK: Other strategies

    @Test func reimportsByOtherStrategiesPushTheSame() throws {
        let (repository, written) = try repository()
        for strategy in ["raw+zstd:3@commit-metadata", "tree@sidecar", "columns@separate-ref", "raw@commit-metadata"] {
            let imported = try repository.importImage(written.reference, strategy: Strategy(parsing: strategy))
            #expect(imported.layers.allSatisfy { $0.imported != nil })
            #expect(try repository.ostree("prune", "--refs-only").exitCode == 0)
            try expectPushed(written.reference, of: repository, written)
        }
        // Layers that another image brings by another strategy under another policy.
        let other = try ImageBuilder(.docker, Array(ImageSample.streams.prefix(2)), .gzip)
            .write(.layout, to: repository.folder.path("other"))
        try repository.importImage(other.reference, strategy: Strategy(parsing: "tree@separate-ref"), policy: .identity)
        #expect(try repository.ostree("prune", "--refs-only").exitCode == 0)
        try expectPushed(written.reference, of: repository, written)
        try expectPushed(other.reference, of: repository, other)
        #expect(try repository.damage() == nil)
    }

    @Test func strategiesThatKeepNothingAreRefused() throws {
        let (repository, written) = try repository(.archive)
        #expect(throws: LayerStoreError.self) {
            try repository.importImage(written.reference, strategy: Strategy(parsing: "raw@discard"))
        }
        #expect(try repository.objectCount() == 0)
    }

    /// The image's commit is made anew where the policy is another.
    @Test func everyPolicyHasItsTree() throws {
        let repository = try TemporaryRepository(.archive)
        let image = try ImageBuilder(.oci, [TarBuilder.stream { $0.file("etc/a", [1]) }])
        let written = try image.write(.layout, to: repository.folder.path("layout"))
        for (policy, path) in [(.standard, "usr/etc/a"), (.identity, "etc/a"), (.ostreeExt, "usr/etc/a")]
            as [(PathPolicy, String)]
        {
            let imported = try repository.importImage(written.reference, policy: policy)
            #expect(try repository.nodes(of: imported.commit)[path] != nil)
            try expectPushed(written.reference, of: repository, written)
        }
    }

    // MARK: Other repositories

    @Test(arguments: ["raw+zstd:3@commit-metadata", "tree@separate-ref"], [nil, "origin"])
    func imagesArePulledAndPushed(_ strategy: String, _ remote: String?) throws {
        let (source, written) = try repository(.archive)
        let imported = try source.importImage(written.reference, strategy: Strategy(parsing: strategy))
        let refs = try source.refs().keys.sorted()
        let target = try TemporaryRepository(.bareUser)
        let result = try run(
            "ostree",
            ["pull-local", "--repo=" + target.path] + (remote.map { ["--remote=" + $0] } ?? []) + [source.path] + refs)
        #expect(result.exitCode == 0, "\(result.errors)")
        if remote != nil { #expect(try target.refs().isEmpty) }
        try expectPushed(imported.commit.hex, of: target, written)
        try expectPushed(written.reference, of: target, written)
        try expectPushed(imported.ref, of: target, written)
    }

    /// A push says at once all that was not pulled.
    @Test func whatWasNotPulledIsNamed() throws {
        let (source, written) = try repository(.archive)
        let imported = try source.importImage(written.reference)
        let target = try TemporaryRepository(.archive)
        let result = try run(
            "ostree", ["pull-local", "--repo=" + target.path, source.path, imported.ref, imported.layers[3].ref])
        #expect(result.exitCode == 0)
        let error = #expect(throws: LayerStoreError.self) {
            try target.push(imported.ref, to: "oci:" + target.folder.path("out"))
        }
        let text = "\(error!)"
        for (number, layer) in imported.layers.enumerated() {
            #expect(text.contains(number == 3 ? LayerRefs.blobForm(layer.descriptor.digest) : layer.ref), "\(text)")
        }
        #expect(!text.contains("\n") && !FileManager.default.fileExists(atPath: target.folder.path("out")))
    }

    @Test func commitsThatAHostDerivedArePushed() throws {
        let (repository, written) = try repository(.bareUser)
        let imported = try repository.importImage(written.reference)
        let keys = [
            "ostree.manifest-digest", "ostree.manifest", "ostree.container.image-config", "layerlab.image",
            "layerlab.blob-policy", "layerlab.policy",
        ]
        try FileManager.default.createDirectory(
            atPath: repository.folder.path("more/usr/lib"), withIntermediateDirectories: true)
        try repository.folder.write([1], to: "more/usr/lib/initramfs")
        let committed = try run(
            "ostree",
            ["commit", "--repo=" + repository.path, "--branch=host", "--parent=" + imported.commit.hex]
                + keys.map { "--keep-metadata=" + $0 }
                + ["--tree=ref=" + imported.commit.hex, "--tree=dir=" + repository.folder.path("more")])
        #expect(committed.exitCode == 0, "\(committed.errors)")
        let host = try #require(try repository.repository.resolve(ref: "host"))
        #expect(try repository.nodes(of: host)["usr/lib/initramfs"] != nil)
        try repository.repository.remove(ref: imported.ref)
        try expectPushed("host", of: repository, written)
        try expectPushed(host.hex, of: repository, written)
    }

    /// The documents of a commit are compared with their digests.
    @Test func documentsThatWereChangedAreRefused() throws {
        let (repository, written) = try repository(.archive)
        let imported = try repository.importImage(written.reference)
        let commit = try repository.repository.commit(imported.commit)
        let keys = [
            "ostree.manifest", "ostree.container.image-config", "ostree.manifest-digest", "layerlab.blob-policy",
        ]
        for key in keys {
            let draft = CommitDraft(
                subject: "changed",
                metadata: keys.map { other in
                    let text = commit.metadataText(other)!
                    return (other, .text(other == key ? text.dropLast() + " " : text))
                })
            let transaction = try Transaction(in: repository.repository)
            let changed = try transaction.write(draft, root: commit.tree)
            try transaction.commit()
            #expect(throws: (any Error).self, "\(key)") {
                try repository.push(changed.hex, to: "oci:" + repository.folder.path("out"))
            }
        }
    }

    /// What an import took away again is gone, and what others have stays.
    @Test func failedImportsLeaveWhatOthersHave() throws {
        let repository = try TemporaryRepository(.bareUser, isDurable: true)
        let first = try ImageBuilder(.oci, Array(ImageSample.streams.prefix(2)), .zstd)
            .write(.layout, to: repository.folder.path("first"))
        try repository.importImage(first.reference)
        let (before, refs) = (try repository.objectCount(), try repository.refs())
        var image = try ImageBuilder(.oci, ImageSample.streams, .zstd)
        image.layers[4].diffID = image.layers[0].diffID
        image.editConfiguration = { _ in }
        let second = try image.write(.layout, to: repository.folder.path("second"))
        for jobs in [1, 4] {
            #expect(throws: LayerStoreError.self) { try repository.importImage(second.reference, jobs: jobs) }
            #expect(try repository.objectCount() == before)
            #expect(try repository.refs() == refs)
        }
        try expectPushed(first.reference, of: repository, first)
        #expect(try repository.damage() == nil)
    }

    // MARK: Indexes

    @Test(.enabled(if: ImageTool.areThere(.skopeo, .registry), "needs skopeo and docker-registry"))
    func imageOfAnIndexIsChosenEverywhere() throws {
        let (repository, written) = try repository(.archive)
        let other = try ImageBuilder(.oci, [ImageSample.streams[0]]).write(.layout, to: written.folder, tag: "other")
        func entry(_ image: ImageBuilder.Written, _ architecture: String) -> [String: Any] {
            [
                "mediaType": MediaType.ociManifest, "digest": image.manifestDigest.description,
                "size": image.manifest.count, "platform": ["os": "linux", "architecture": architecture],
            ]
        }
        let index = try ImageBuilder.json([
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [entry(other, "riscv64"), entry(written, ImageBuilder.architecture)],
        ])
        let digest = SHA256Stream.digest(of: index)
        try Data(index).write(to: URL(filePath: written.path(of: digest)))
        let top: [String: Any] = [
            "mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest.description, "size": index.count,
            "annotations": ["org.opencontainers.image.ref.name": "latest"],
        ]
        try Data(ImageBuilder.json(["schemaVersion": 2, "manifests": [top]]))
            .write(to: URL(filePath: written.folder + "/index.json"))
        let remote = "docker://\(try RegistryServer.sharedHost())/index/\(UUID().uuidString.lowercased()):tag"
        let flat = "dir:" + repository.folder.path("flat")
        for target in [remote, flat] {
            try ImageTool.skopeo(
                "copy", "--all", "--quiet", "--preserve-digests", "--dest-tls-verify=false", written.reference, target)
        }
        for source in [written.reference, remote, flat] {
            let imported = try repository.importImage(source)
            #expect(imported.manifest.digest == written.manifestDigest)
            try expectPushed(source, of: repository, written)
        }
    }
}
