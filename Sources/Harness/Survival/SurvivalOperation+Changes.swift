internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies

/// What happens to a layer where it is.
extension SurvivalOperation {
    static let pruning: [SurvivalOperation] = [
        SurvivalOperation("prune", "ostree prune") { scene in try scene.ostree("prune") },
        SurvivalOperation("prune-refs-only", "ostree prune --refs-only") { scene in
            try scene.ostree("prune", "--refs-only")
        },
        SurvivalOperation(
            "prune-depth-0",
            "a newer commit of the same tree on the layer's ref, without its metadata; ostree prune --refs-only --depth=0"
        ) { scene in
            try scene.ostree(
                "commit", "--branch=\(scene.subject.ref)", "--tree=ref=\(scene.subject.ref)", "--subject=newer")
            try scene.ostree("prune", "--refs-only", "--depth=0")
        },
    ]

    static let damage: [SurvivalOperation] = [
        SurvivalOperation("fsck", "ostree fsck") { scene in try scene.ostree("fsck") },
        SurvivalOperation("fsck-delete", "one bit of the layer's longest file turns; ostree fsck --delete") { scene in
            let object = try scene.longestFile()
            try scene.flipBit(of: object)
            // It says by its exit code that something was damaged, which is what it was asked for.
            try scene.run("ostree", ["fsck", "--delete", "--repo=\(scene.path)"])
            guard try !scene.open().has(.file, object) else {
                throw SurvivalScene.Refusal(reason: "ostree fsck --delete left the damaged object")
            }
        },
    ]

    static let rewriting: [SurvivalOperation] = [
        SurvivalOperation(
            "relabel",
            "every file and folder gets another security.selinux, the commit's metadata are copied; ostree prune --refs-only"
        ) { scene in
            _ = try Relabelling(copiesSidecar: false).relabel(scene.subject.ref, in: try scene.open())
            try scene.ostree("prune", "--refs-only")
        },
        SurvivalOperation(
            "reparent", "ostree commit of the same tree with its metadata kept, on top of the layer's commit"
        ) { scene in
            let commit = try scene.open().commit(scene.subject.layer.commit)
            let ref = scene.subject.ref
            try scene.ostree(
                "commit",
                ["--branch=\(ref)", "--tree=ref=\(ref)", "--parent=\(commit.checksum.hex)", "--subject=again"]
                    + commit.metadataKeys.map { "--keep-metadata=\($0)" })
        },
        SurvivalOperation("ref-rename", "the layer's ref gets another name; ostree prune --refs-only") { scene in
            scene.name = "renamed/layer"
            try scene.ostree("refs", "--create=\(scene.name)", scene.subject.ref)
            try scene.ostree("refs", "--delete", scene.subject.ref)
            try scene.ostree("prune", "--refs-only")
        },
        SurvivalOperation("second-refs-deleted", "all refs but the layer's are deleted; ostree prune --refs-only") {
            scene in
            let refs = try scene.furtherRefs().keys.sorted()
            guard !refs.isEmpty else { throw SurvivalScene.Inapplicable(reason: "there are no other refs") }
            for ref in refs { try scene.ostree("refs", "--delete", ref) }
            try scene.ostree("prune", "--refs-only")
        },
        SurvivalOperation("sidecar-removed", "the repository's folder extensions is removed") { scene in
            let extensions = scene.path + "/extensions"
            // ostree makes the folder, and leaves it empty.
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: extensions), !names.isEmpty else {
                throw SurvivalScene.Inapplicable(reason: "there is nothing in the folder extensions")
            }
            try FileManager.default.removeItem(atPath: extensions)
        },
    ]
}

extension SurvivalScene {
    /// The longest regular file of the layer's tree: one that no encoding has within its recipe.
    func longestFile() throws -> Digest {
        let repository = try open()
        var longest: (object: Digest, byteCount: UInt64)?
        var folders = [try repository.commit(subject.layer.commit).tree]
        while let folder = folders.popLast() {
            let tree = try repository.directoryTree(folder.contents)
            folders += tree.directories.map(\.directory)
            for file in tree.files {
                guard case .regular(let byteCount) = try repository.fileObject(file.object).content,
                    byteCount > longest?.byteCount ?? 0
                else { continue }
                longest = (file.object, byteCount)
            }
        }
        guard let longest else { throw Inapplicable(reason: "the layer's tree has no file with bytes") }
        return longest.object
    }

    /// Turns a bit in the middle of an object's file, where it lies.
    func flipBit(of object: Digest) throws {
        let path = file(of: .file, object)
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw LayerStoreError(.input, "\(path) cannot be written")
        }
        defer { try? handle.close() }
        let middle = try handle.seekToEnd() / 2
        try handle.seek(toOffset: middle)
        guard let byte = try handle.read(upToCount: 1)?.first else {
            throw LayerStoreError(.input, "\(path) cannot be read")
        }
        try handle.seek(toOffset: middle)
        try handle.write(contentsOf: Data([byte ^ 0x10]))
    }
}
