internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// What happens to a layer where it is.
extension SurvivalOperation {
    static let pruning: [SurvivalOperation] = [
        SurvivalOperation("prune", "ostree prune") { scene in try scene.ostree("prune") },
        SurvivalOperation("prune-refs-only", "ostree prune --refs-only, with a commit beside that no ref shows") {
            scene in
            let ref = scene.subject.ref
            try scene.prepare("commit", "--branch=layerlab-other", "--tree=ref=\(ref)", "--subject=other")
            let other = try scene.open().resolve(ref: "layerlab-other")
            try scene.prepare("refs", "--delete", "layerlab-other")
            try scene.ostree("prune", "--refs-only")
            guard let other, try !scene.open().has(.commit, other) else {
                throw SurvivalScene.Failure(description: "ostree prune left what no ref shows")
            }
        },
        SurvivalOperation(
            "prune-depth-0",
            "a newer commit of the same tree on the layer's ref, without its metadata; ostree prune --refs-only --depth=0"
        ) { scene in
            try scene.prepare(
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
        SurvivalOperation("fsck-recipe", "a bit in the middle of the file turns that the recipe is in; ostree fsck") {
            scene in
            try scene.flipBit(at: scene.recipeFile())
            let result = try scene.run("ostree", ["fsck", "--repo=\(scene.path)"])
            scene.remark = "ostree fsck \(result.failure == nil ? "does not notice" : "notices")"
        },
    ]

    static let rewriting: [SurvivalOperation] = [
        SurvivalOperation(
            "relabel",
            "every file and folder gets another security.selinux, the commit's metadata are copied; ostree prune --refs-only"
        ) { scene in
            let result = try Relabelling(copiesRecipe: false).relabel(scene.subject.ref, in: try scene.open())
            guard result.newCommit != result.oldCommit else {
                throw SurvivalScene.Inapplicable(reason: "this mode keeps no labels")
            }
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

    /// The file that the recipe is in, wherever that is: of its own, or else the layer's commit.
    func recipeFile() throws -> String {
        let sidecar = "\(path)/extensions/layerlab/\(subject.layer.commit.hex).recipe"
        if FileManager.default.fileExists(atPath: sidecar) { return sidecar }
        let commit = file(of: .commit, subject.layer.commit)
        if FileManager.default.fileExists(atPath: commit + "meta") { return commit + "meta" }
        let repository = try open()
        for commit in try repository.refs(below: "layerlab/recipe").values {
            let tree = try repository.directoryTree(try repository.commit(commit).tree.contents)
            if let recipe = tree.files.first { return file(of: .file, recipe.object) }
        }
        return commit
    }

    /// Turns a bit in the middle of an object's file, where it lies.
    func flipBit(of object: Digest) throws { try flipBit(at: file(of: .file, object)) }

    func flipBit(at path: String) throws {
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
