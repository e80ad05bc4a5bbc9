internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// One repository that lives through one operation: a copy of its own, which holds one layer and nothing else.
final class SurvivalScene {
    /// For one program.
    static let timeLimitSeconds = 600.0

    /// ostree does not do it: what it said.
    struct Refusal: Error { var reason: String }
    /// There is nothing to do, and why.
    struct Inapplicable: Error { var reason: String }
    /// What has to be there first, by us or by ostree, cannot be had: no result.
    struct Failure: Error, CustomStringConvertible { var description: String }

    /// The layer as it was imported.
    struct Subject {
        var ref: String
        var layer: StoredLayer
        var mode: RepositoryMode
    }

    let subject: Subject
    /// The repository's folder.
    let path: String
    /// A folder of the scene's own, which holds the repository too.
    let folder: String
    let key: SigningKey
    private let server: LoopbackServer

    /// Where the layer is to be rebuilt from afterwards, and by what name.
    var place: String
    var name: String
    /// What an operation knows to have moved, where that is not what was written into `place`.
    var movedBytes: Int?
    /// What there is to say besides.
    var remark: String?

    init(_ subject: Subject, in folder: String, server: LoopbackServer, key: SigningKey) {
        (self.subject, self.folder, self.server, self.key) = (subject, folder, server, key)
        path = folder + "/repo"
        (place, name) = (path, subject.ref)
    }

    // MARK: ostree

    /// Runs the ostree command that an operation is about, on the scene's repository or another one; that it fails is a
    /// refusal.
    func ostree(_ command: String, _ arguments: String..., at repository: String? = nil) throws {
        try ostree(command, arguments, at: repository)
    }

    func ostree(_ command: String, _ arguments: [String], at repository: String? = nil) throws {
        let words = command.split(separator: " ").map(String.init)
        let result = try run("ostree", words + ["--repo=\(repository ?? path)"] + arguments)
        try refuse(result)
    }

    /// Throws the refusal that a command's end is, if it is one.
    private func refuse(_ result: ChildResult) throws {
        guard let failure = result.failure else { return }
        // Only ostree's own word is one: neither a server that is gone nor a child that was killed.
        guard result.exitCode != nil, !result.isTimedOut, !result.isFlooding, server.isRunning,
            let said = result.error.lastLine
        else { throw failure }
        throw Refusal(reason: neutral(said))
    }

    /// Runs an ostree command that an operation needs first; that it fails is no result.
    func prepare(_ command: String, _ arguments: String..., at repository: String? = nil) throws {
        do { try ostree(command, arguments, at: repository) } catch let refusal as Refusal {
            throw Failure(description: "ostree \(command): \(refusal.reason)")
        }
    }

    /// Runs a program to whatever end.
    @discardableResult
    func run(_ program: String, _ arguments: [String]) throws -> ChildResult {
        try Interruption.check()
        var process = ChildProcess(program, arguments, timeoutSeconds: SurvivalScene.timeLimitSeconds)
        process.environment = ["LC_ALL": "C.UTF-8"]
        let result = try process.run()
        try Interruption.check()
        return result
    }

    /// A text without places and ports, which differ from run to run.
    func neutral(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.replacing(server.address, with: "the server").replacing(folder + "/", with: "")
    }

    // MARK: The repository

    func open() throws -> Repository { try Repository(opening: path) }

    /// The refs of what belongs to the layer: companions, dictionaries.
    func furtherRefs() throws -> [String: Digest] { try open().refs(below: "layerlab") }

    /// The path of an object's file.
    func file(of kind: Repository.ObjectKind, _ object: Digest) -> String {
        "\(path)/\(ReachableObjects.path(kind, object, in: subject.mode))"
    }

    /// Makes a new repository and says that the layer is there afterwards, under its own name.
    func newRepository(_ mode: RepositoryMode) throws -> String {
        let client = folder + "/client"
        try prepare("init", "--mode=\(mode.rawValue)", at: client)
        place = client
        return client
    }

    // MARK: HTTP

    /// Makes a new repository whose remote is the scene's, over HTTP. What is pulled has the remote's name.
    ///
    /// - Parameter key: the file with the public key by which signatures are verified; nil for none.
    func newClient(_ mode: RepositoryMode, verifyingBy key: String? = nil) throws -> String {
        let client = try newRepository(mode)
        let address = "\(server.address)/\(URL(filePath: folder).lastPathComponent)/repo"
        let verification = key.map { "--gpg-import=\($0)" } ?? "--no-gpg-verify"
        try prepare("remote add", verification, SurvivalScene.remote, address, at: client)
        name = "\(SurvivalScene.remote):\(subject.ref)"
        // A server has one, and ostree tells by it why it does not pull.
        try prepare("summary", "--update")
        _ = try server.takeRequests()
        return client
    }

    static let remote = "origin"

    /// Pulls into a client, and counts what the server sent.
    func pull(_ options: [String], _ refs: [String], into client: String) throws {
        let result = try run(
            "ostree", ["pull", "--repo=\(client)", "--disable-fsync"] + options + [SurvivalScene.remote] + refs)
        let sent = try server.takeRequests().filter { $0.status == 200 }
        movedBytes = try sent.reduce(0) { try $0 + server.byteCount(of: $1) }
        try refuse(result)
    }
}
