import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Images

/// Images into a repository and out of it: every digest comes back, and what others are asked says so, too.
@Suite struct ImageRoundTripTests {
    @Test func toolsAreThere() {
        let missing = ImageTool.missing.map(\.rawValue).joined(separator: ", ")
        if !missing.isEmpty { print("left out: \(missing) are not there") }
        if ProcessInfo.processInfo.environment["CI"] == "true" { #expect(missing.isEmpty) }
    }

    @Test(
        .enabled(if: ImageTool.areThere(.skopeo, .registry), "needs skopeo and docker-registry"),
        arguments: ImageBuilder.Family.allCases, [RepositoryMode.bareUser, .bare, .archive])
    func everyDigestComesBack(_ family: ImageBuilder.Family, _ mode: RepositoryMode) throws {
        let repository = try TemporaryRepository(mode)
        let folder = repository.folder
        let written = try ImageSample.image(family).write(.layout, to: folder.path("layout"))
        let imported = try repository.importImage(written.reference)
        #expect(imported.keepsDigests && imported.isOriginal && imported.manifest.digest == written.manifestDigest)
        #expect(imported.findings.isEmpty)
        #expect(try repository.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try repository.damage() == nil)

        let pushed = try repository.push(written.reference, to: "oci:\(folder.path("pushed")):new")
        #expect(pushed.keepsDigests && pushed.manifestDigest == written.manifestDigest)
        try expectSame(written, .layout, folder.path("pushed"))
        try repository.push(written.manifestDigest.description, to: "dir:" + folder.path("flat"))
        try expectSame(written, .flat, folder.path("flat"))
        // skopeo finds no manifests of Docker's type in an image layout.
        let copied = family == .oci ? "oci:\(folder.path("pushed")):new" : "dir:" + folder.path("flat")
        try ImageTool.copy(copied, to: "dir:" + folder.path("copied"))
        try expectSame(written, .flat, folder.path("copied"))

        let remote = "docker://\(try RegistryServer.sharedHost())/round/\(family.rawValue)-\(mode.rawValue):tag"
        try repository.push(imported.ref, to: remote)
        try ImageTool.copy(remote, to: "dir:" + folder.path("pulled"))
        try expectSame(written, .flat, folder.path("pulled"))
        #expect(try repository.leftovers().isEmpty)

        let second = try TemporaryRepository(mode)
        let again = try second.importImage(remote)
        #expect(again.manifest.bytes == written.manifest && again.commit != imported.commit)
        try second.push(remote, to: "oci-archive:" + folder.path("archive.tar"))
        let third = try TemporaryRepository(.archive)
        try third.importImage("oci-archive:" + folder.path("archive.tar"), named: "it")
        try third.push("it", to: "dir:" + folder.path("third"))
        try expectSame(written, .flat, folder.path("third"))
        #expect(try third.leftovers().isEmpty)
    }

    /// An image of `dir:` is read where it is, and its commit depends on nothing but the image and its name.
    @Test func flatImagesComeBack() throws {
        let (first, second) = (try TemporaryRepository(), try TemporaryRepository())
        let image = try ImageSample.image(.docker)
        let flat = try image.write(.flat, to: first.folder.path("flat"))
        let layout = try image.write(.layout, to: first.folder.path("layout"))
        let one = try first.importImage(flat.reference, named: "it", jobs: 1)
        let other = try second.importImage(layout.reference, named: "it", jobs: 3)
        #expect(one.commit == other.commit)
        try second.push("it", to: "dir:" + first.folder.path("out"))
        try expectSame(flat, .flat, first.folder.path("out"))
    }

    @Test func pushIntoALayoutLeavesItsOtherImages() throws {
        let repository = try TemporaryRepository(.archive)
        let folder = repository.folder
        let one = try ImageSample.image(.oci).write(.layout, to: folder.path("one"))
        let other = try ImageBuilder(.docker, [ImageSample.streams[0]]).write(.layout, to: folder.path("other"))
        for written in [one, other] { try repository.importImage(written.reference) }
        let target = folder.path("target")
        try repository.push(one.reference, to: "oci:\(target):one")
        try repository.push(other.reference, to: "oci:\(target):other")
        try repository.push(other.reference, to: "oci:\(target):one-again")
        try repository.push(one.reference, to: "oci:\(target):one-again")
        try expectSame(one, .layout, target)
        try expectSame(other, .layout, target)
        let opener = ImageOpener(temporaryFolder: folder.path)
        for (tag, written) in [("one", one), ("other", other), ("one-again", one)] {
            #expect(
                try opener.open(ImageReference(.ociLayout, "\(target):\(tag)")).manifest.digest
                    == written.manifestDigest)
        }
        // A `dir:` has one image, and the other's blobs go.
        let flat = folder.path("flat")
        try repository.push(one.reference, to: "dir:" + flat)
        try repository.push(other.reference, to: "dir:" + flat)
        try expectSame(other, .flat, flat)
        #expect(try FileManager.default.contentsOfDirectory(atPath: flat).count == 4)
    }

    @Test(.enabled(if: ImageTool.areThere(.umoci, .skopeo), "needs umoci and skopeo"))
    func othersAcceptWhatIsPushed() throws {
        let repository = try TemporaryRepository()
        let folder = repository.folder
        let image = try ImageSample.image(.oci)
        // umoci knows no zstd.
        var plain = image
        plain.layers.removeLast()
        let written = try plain.write(.layout, to: folder.path("layout"))
        let imported = try repository.importImage(written.reference)
        try repository.push(written.reference, to: "oci:\(folder.path("pushed")):tag")
        let inspected = try ImageTool.skopeo("inspect", "oci:\(folder.path("pushed")):tag")
        #expect(inspected.output.contains(written.manifestDigest.description))
        try ImageTool.umoci("unpack", "--image", folder.path("pushed") + ":tag", folder.path("bundle"))
        let theirs = PathPolicy.standard.kept(try UnpackedTree.nodes(in: folder.path("bundle/rootfs")))
        #expect(difference(try repository.nodes(of: imported.commit), theirs).isEmpty)
    }

    // MARK: Other transports

    /// They keep no manifest, but the layers.
    @Test(
        .enabled(if: ImageTool.areThere(.skopeo, .containersStorage), "needs skopeo, containers-storage and root"),
        arguments: ["docker-archive", "containers-storage"])
    func transportsWithManifestsOfTheirOwnKeepLayers(_ transport: String) throws {
        let repository = try TemporaryRepository()
        let folder = repository.folder
        let written = try ImageSample.image(.docker).write(.flat, to: folder.path("flat"))
        func place(_ name: String) -> String {
            transport == "docker-archive"
                ? "docker-archive:\(folder.path(name)).tar:localhost/it:latest"
                : "containers-storage:[vfs@\(folder.path(name))+\(folder.path(name))-run]localhost/it:latest"
        }
        try ImageTool.copy(written.reference, to: place("source"), preservingDigests: false)
        let imported = try repository.importImage(place("source"))
        let diffIDs = ImageSample.streams.dropLast().map { SHA256Stream.digest(of: $0) }
        #expect(!imported.isOriginal && imported.keepsDigests && imported.layers.map(\.diffID) == diffIDs)
        #expect(try repository.leftovers().isEmpty)
        try repository.push(imported.name, to: place("pushed"))
        try ImageTool.copy(place("pushed"), to: "dir:" + folder.path("back"), preservingDigests: false)
        let back = try ImageOpener(temporaryFolder: folder.path).open(ImageReference(.directory, folder.path("back")))
        #expect(back.configuration.diffIDs == diffIDs)
        guard transport == "containers-storage" else { return }
        // What containers' own storage says of its layers.
        let storage = ["--graph", folder.path("pushed"), "--run", folder.path("pushed-run"), "--storage-driver", "vfs"]
        let list = try run("containers-storage", storage + ["layers", "--json"])
        let records = try JSONSerialization.jsonObject(with: Data(list.outputBytes)) as? [[String: Any]]
        let layers = try #require(records).compactMap { $0["id"] as? String }
        let found = try layers.map { layer in
            SHA256Stream.digest(
                of: try run("containers-storage", storage + ["diff", "--uncompressed", layer]).outputBytes)
        }
        #expect(Set(found) == Set(diffIDs))
    }

    // MARK: By other programs

    @Test(.enabled(if: ImageTool.areThere(.buildah, .umoci), "needs buildah, umoci and root"))
    func imageByBuildahComesBack() throws {
        let folder = try TemporaryFolder()
        let layout = try ImageSample.build(
            """
            mkdir -p $1/context/usr/bin $1/context/usr/share/doc $1/context/etc
            for n in $(seq 300); do echo "line $n of a text" ; done > $1/context/usr/share/doc/text
            echo tool > $1/context/usr/bin/tool; chmod 4755 $1/context/usr/bin/tool
            ln $1/context/usr/bin/tool $1/context/usr/bin/twin
            echo root > $1/context/etc/passwd
            first=$(buildah from scratch)
            buildah add --quiet $first $1/context / > /dev/null
            buildah commit --quiet $first one > /dev/null
            second=$(buildah from one)
            root=$(buildah mount $second)
            rm -r $root/usr/share/doc $root/etc/passwd
            mkdir $root/usr/share/doc; echo new > $root/usr/share/doc/new; chown 5:6 $root/usr/share/doc/new
            setfattr -n user.note -v value $root/usr/bin/tool
            ln -s bin/tool $root/usr/link; mkdir $root/opt; chmod 1777 $root/opt
            buildah commit --quiet $second two > /dev/null
            buildah push --quiet two oci:$1/layout:latest
            """, in: folder)
        try expectComesBack(layout)
    }

    @Test(.enabled(if: ImageTool.areThere(.umoci), "needs umoci, and root"))
    func imageByUmociComesBack() throws {
        let folder = try TemporaryFolder()
        let layout = try ImageSample.build(
            """
            umoci init --layout $1/layout
            umoci new --image $1/layout:latest
            mkdir -p $1/usr/bin $1/usr/lib
            for n in $(seq 300); do echo "line $n of a text" ; done > $1/usr/lib/text
            echo tool > $1/usr/bin/tool
            umoci insert --image $1/layout:latest $1/usr /usr
            umoci unpack --image $1/layout:latest $1/bundle
            rm $1/bundle/rootfs/usr/lib/text; echo other > $1/bundle/rootfs/usr/lib/other
            chmod 711 $1/bundle/rootfs/usr/lib; mkdir -p $1/bundle/rootfs/var/lib; echo s > $1/bundle/rootfs/var/lib/state
            umoci repack --image $1/layout:latest $1/bundle
            mkdir $1/new; echo new > $1/new/only
            umoci insert --opaque --image $1/layout:latest $1/new /usr/bin
            umoci insert --whiteout --image $1/layout:latest /usr/lib/other
            """, in: folder)
        try expectComesBack(layout)
    }

    private func expectComesBack(_ layout: String, at location: SourceLocation = #_sourceLocation) throws {
        let repository = try TemporaryRepository()
        let folder = repository.folder
        let imported = try repository.importImage("oci:" + layout)
        #expect(imported.findings.isEmpty && imported.keepsDigests, sourceLocation: location)
        #expect(try repository.ostree("prune", "--refs-only").exitCode == 0, sourceLocation: location)
        try repository.push(imported.name, to: "oci:\(folder.path("pushed")):tag")
        for digest in imported.manifest.layers.map(\.digest) + [imported.manifest.digest] {
            let bytes = try folder.read("pushed/blobs/sha256/" + digest.hex)
            #expect(SHA256Stream.digest(of: bytes) == digest, sourceLocation: location)
        }
        try ImageTool.umoci("unpack", "--image", folder.path("pushed") + ":tag", folder.path("bundle"))
        let theirs = PathPolicy.standard.kept(try UnpackedTree.nodes(in: folder.path("bundle/rootfs")))
        let lines = difference(try repository.nodes(of: imported.commit), theirs)
        #expect(lines.isEmpty, "\(lines.joined(separator: "\n"))", sourceLocation: location)
    }
}
