public import LayerStore
public import OSTree
public import Strategies

private import Foundation

/// A repository in a folder of its own, which goes with its owner.
///
/// It is not durable unless that is asked for. libostree then writes objects straight to their places, so that an
/// aborted transaction leaves objects that nothing reaches, for the next prune; in a durable one it leaves nothing.
public final class TemporaryRepository: Sendable {
    public let folder: TemporaryFolder
    public let repository: Repository

    public init(_ mode: RepositoryMode = .bareUser, isDurable: Bool = false) throws {
        folder = try TemporaryFolder()
        repository = try Repository.create(at: folder.path("repo"), mode: mode)
        if !isDurable { repository.isDurable = false }
    }

    public var path: String { repository.path }

    /// Imports a stream, or a blob, from a file.
    @discardableResult
    public func importing(
        _ bytes: [UInt8], strategy: Strategy = .standard, policy: PathPolicy = .standard,
        proof: Importer.Proof = .segments, route: ObjectRoute = .direct
    ) throws -> ImportedLayer {
        let file = try folder.write(bytes, to: "layer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try Importer(into: repository, strategy: strategy, policy: policy, proof: proof, route: route)
            .importLayer(from: LayerSource(file))
    }

    /// The same; nil where the strategy's format cannot carry the stream. `raw` carries any.
    public func importingIfCarried(
        _ bytes: [UInt8], strategy: Strategy, policy: PathPolicy = .standard, proof: Importer.Proof = .segments
    ) throws -> ImportedLayer? {
        do { return try importing(bytes, strategy: strategy, policy: policy, proof: proof) } catch {
            guard (error as? StrategyError)?.kind == .cannot, !strategy.encoding.description.hasPrefix(Raw.name) else {
                throw error
            }
            return nil
        }
    }

    /// Rebuilds a layer by any of its names.
    public func rebuild(_ name: String) throws -> [UInt8] {
        let sink = MemorySink()
        try Rebuilder(name, in: repository).rebuild(into: sink)
        return sink.bytes
    }

    /// Runs the real `ostree` on the repository.
    public func ostree(_ command: String, _ arguments: String...) throws -> ProgramResult {
        try run("ostree", [command, "--repo=" + path] + arguments)
    }

    /// Why the real `ostree fsck` refuses the repository; nil where it does not.
    public func damage() throws -> String? {
        let result = try ostree("fsck", "--quiet")
        return result.exitCode == 0 ? nil : "exit code \(result.exitCode): \(result.errors)"
    }

    /// What `ostree ls -R` says of a commit: a line per path, such as `-00644 0 0      5 /usr/a`, blanks as one.
    public func tree(_ ref: String, _ options: String...) throws -> [String] {
        let result = try run("ostree", ["ls", "--repo=" + path, "-R"] + options + [ref])
        guard result.exitCode == 0 else { throw ProgramError(description: "ostree ls: \(result.errors)") }
        return result.output.split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
    }

    /// Everything in the repository's folder.
    public func listing() throws -> [String: String] { try TemporaryFolder.listing(of: path) }

    /// What stands in the repository's `tmp` besides ostree's own cache folder.
    public func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").filter { $0 != "cache" }
    }
}
