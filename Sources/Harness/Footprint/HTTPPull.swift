internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes

/// Measures what the real `ostree pull` fetches of a layer over HTTP, from a repository that Python serves.
struct HTTPPull {
    /// Much longer than a large layer takes; a stuck program must not keep the measurement.
    private static let timeLimitSeconds = 1800.0
    private static let remote = "origin"

    /// The layerlab program, which rebuilds.
    let tool: String
    /// A folder for the client's repository and the server's log; it exists, and nobody else uses it.
    let folder: String
    let progress: (String) -> Void

    /// The pull cannot be done, which is a fact about the repository: what ostree said.
    struct Refused: Error {
        var reason: String
    }

    /// Pulls a layer's ref and then its companions' into a new repository (`bare-user`, not synced), and tries to rebuild
    /// after each.
    func measure(_ ref: String, companions: [String], from repository: String) throws -> PullRecord {
        let server = try LoopbackServer(serving: repository, log: "\(folder)/requests.log")
        defer { server.stop() }
        let client = "\(folder)/client"
        try ostree("init", ["--repo=\(client)", "--mode=bare-user"]).runChecked()
        try ostree(
            "remote", ["add", "--repo=\(client)", "--no-gpg-verify", HTTPPull.remote, server.address]
        ).runChecked()
        let first = try step([ref], ref, from: server, into: client)
        let second = companions.isEmpty ? nil : try step(companions, ref, from: server, into: client)
        return PullRecord(layer: first, companions: second)
    }

    private func step(
        _ refs: [String], _ layer: String, from server: LoopbackServer, into client: String
    ) throws -> PullRecord.Step {
        try Interruption.check()
        let pulled = try ostree("pull", ["--repo=\(client)", "--disable-fsync", HTTPPull.remote] + refs).run()
        try Interruption.check()
        if let failure = pulled.failure {
            // Only ostree's own word is one: neither a server that is gone nor a child that was killed.
            guard pulled.exitCode != nil, !pulled.isTimedOut, !pulled.isFlooding, server.isRunning,
                let said = pulled.error.lastLine
            else { throw failure }
            // The port would differ from run to run.
            throw Refused(reason: said.replacing(server.address + "/", with: ""))
        }
        let requests = try server.takeRequests()
        let moved = requests.filter { $0.status == 200 }
        let kinds = moved.map { RepositoryFile.Kind(path: $0.path) }
        // Pulled refs are the remote's, and are named with it.
        let failure = try rebuild("\(HTTPPull.remote):\(layer)", in: client)
        let step = PullRecord.Step(
            refs: refs.count, requests: requests.count, filesMoved: moved.count,
            bytes: try moved.reduce(0) { try $0 + server.byteCount(of: $1) },
            metadataObjects: kinds.count {
                [.commit, .commitMetadata, .directoryTree, .directoryMetadata].contains($0)
            },
            contentObjects: kinds.count { $0 == .content }, isExact: failure == nil, failure: failure)
        progress(
            "    pulled \(refs.count) ref\(refs.count == 1 ? "" : "s"): \(Figure.count(step.requests)) requests, "
                + "\(Figure.count(step.bytes)) bytes, \(Figure.seconds(pulled.wallSeconds)) s")
        return step
    }

    /// Why the layer does not rebuild from the client's repository; nil where it does, bit for bit.
    private func rebuild(_ ref: String, in client: String) throws -> String? {
        let rebuilding = ChildProcess(
            tool, ["rebuild", ref, "--repo", client, "-o", "/dev/null", "--quiet"],
            timeoutSeconds: HTTPPull.timeLimitSeconds)
        let result = try rebuilding.run()
        try Interruption.check()
        guard let failure = result.failure else { return nil }
        let said = result.error.lastLine ?? "\(failure)"
        // The temporary place is nobody's business, and would differ from run to run.
        return said.replacing(client, with: "the client")
    }

    private func ostree(_ command: String, _ arguments: [String]) -> ChildProcess {
        var process = ChildProcess("ostree", [command] + arguments, timeoutSeconds: HTTPPull.timeLimitSeconds)
        process.environment = ["LC_ALL": "C.UTF-8"]
        return process
    }
}
