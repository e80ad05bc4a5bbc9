internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// What takes a layer into another repository: the new one is where it is looked for.
extension SurvivalOperation {
    static let copying: [SurvivalOperation] =
        [
            SurvivalOperation("pull-local", "ostree pull-local of all refs into a repository of the same mode") {
                scene in
                try scene.ostree("pull-local", scene.path, at: scene.newRepository(scene.subject.mode))
            },
            SurvivalOperation("pull-local-ref", "ostree pull-local of the layer's ref alone, into the same mode") {
                scene in
                try scene.ostree(
                    "pull-local", scene.path, scene.subject.ref, at: scene.newRepository(scene.subject.mode))
            },
        ]
        + RepositoryMode.allCases.map { mode in
            SurvivalOperation(
                "convert-\(mode.rawValue)",
                "ostree pull-local of all refs into a repository of the mode \(mode.rawValue)"
            ) {
                scene in
                guard mode != scene.subject.mode else {
                    throw SurvivalScene.Inapplicable(reason: "the repository has this mode")
                }
                try scene.ostree("pull-local", scene.path, at: scene.newRepository(mode))
            }
        }

    static let pulling: [SurvivalOperation] = [
        SurvivalOperation("http-pull", "ostree pull over HTTP of the layer with its companions, into bare-user") {
            scene in
            let refs = try scene.furtherRefs().keys.sorted()
            try scene.pull([], [scene.subject.ref] + refs, into: scene.newClient(.bareUser))
        },
        SurvivalOperation("http-pull-ref", "ostree pull over HTTP of the layer's ref alone, into bare-user") { scene in
            try scene.pull([], [scene.subject.ref], into: scene.newClient(.bareUser))
        },
        SurvivalOperation("http-mirror", "ostree pull --mirror over HTTP of all refs, into archive") { scene in
            let client = try scene.newClient(.archive)
            // A mirror has the refs under their own names.
            scene.name = scene.subject.ref
            try scene.pull(["--mirror"], [], into: client)
        },
        SurvivalOperation("http-metadata-only", "ostree pull --commit-metadata-only over HTTP, into bare-user") {
            scene in
            let refs = try scene.furtherRefs().keys.sorted()
            try scene.pull(["--commit-metadata-only"], [scene.subject.ref] + refs, into: scene.newClient(.bareUser))
        },
    ]

    static let deltas: [SurvivalOperation] = [
        SurvivalOperation(
            "static-delta", "ostree static-delta generate to a file and apply-offline, of the layer with its companions"
        ) { scene in
            let client = try scene.newRepository(scene.subject.mode)
            var moved = 0
            for (ref, commit) in try scene.commits() {
                let file = "\(scene.folder)/\(commit.hex).delta"
                try scene.ostree(
                    "static-delta generate", "--empty", "--inline", "--min-fallback-size=0", "--filename=\(file)",
                    "--to=\(commit.hex)")
                moved += try FileStatus(of: file).byteCount
                try scene.ostree("static-delta apply-offline", file, at: client)
                try scene.prepare("refs", "--create=\(ref)", commit.hex, at: client)
            }
            scene.movedBytes = moved
        },
        SurvivalOperation(
            "http-static-delta", "ostree pull --require-static-deltas over HTTP of the layer with its companions"
        ) { scene in
            let commits = try scene.commits()
            for (_, commit) in commits {
                try scene.ostree("static-delta generate", "--empty", "--to=\(commit.hex)")
            }
            try scene.pull(["--require-static-deltas"], commits.map(\.ref), into: scene.newClient(.bareUser))
        },
    ]

    static let signing: [SurvivalOperation] = [
        SurvivalOperation(
            "pull-signed-elsewhere",
            "ostree pull-local of the layer's ref from a repository that has the same commit signed, and no recipe beside it"
        ) { scene in
            let key = try scene.signingKey()
            let other = scene.folder + "/other"
            try scene.copyRepository(to: other)
            let detached =
                "\(other)/\(ReachableObjects.path(.commit, scene.subject.layer.commit, in: scene.subject.mode))meta"
            try? FileManager.default.removeItem(atPath: detached)
            try scene.prepare(
                "gpg-sign", "--gpg-homedir=\(key.home)", scene.subject.layer.commit.hex, key.fingerprint, at: other)
            try scene.ostree("pull-local", other, scene.subject.ref)
        },
        SurvivalOperation("gpg-sign", "ostree gpg-sign of the layer's commit") { scene in
            try scene.sign(by: scene.signingKey())
        },
        SurvivalOperation(
            "http-pull-signed", "the same, and ostree pull over HTTP that verifies the signature, into bare-user"
        ) { scene in
            let key = try scene.signingKey()
            // What is verified has to be signed, companions too.
            for (_, commit) in try scene.commits() { try scene.sign(by: key, commit) }
            let client = try scene.newClient(.bareUser, verifyingBy: key.publicKey)
            try scene.pull([], try scene.commits().map(\.ref), into: client)
        },
    ]
}

extension SurvivalScene {
    /// The layer's commit and those of what belongs to it, with their refs, the layer's first.
    func commits() throws -> [(ref: String, commit: Digest)] {
        [(subject.ref, subject.layer.commit)]
            + (try furtherRefs().sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    func signingKey() throws -> SigningKey.Files {
        try key.files()
    }

    /// With all attributes, which are parts of a repository.
    func copyRepository(to target: String) throws {
        try ChildProcess("cp", ["-a", path, target], timeoutSeconds: SurvivalScene.timeLimitSeconds).runChecked()
    }

    func sign(by key: SigningKey.Files, _ commit: Digest? = nil) throws {
        let commit = commit ?? subject.layer.commit
        try ostree("gpg-sign", "--gpg-homedir=\(key.home)", commit.hex, key.fingerprint)
    }
}
