internal import LayerStore
public import OSTree
internal import Strategies

/// What somebody wants of a strategy.
public struct AdvicePriorities: Sendable, Equatable {
    /// What may be made small.
    public enum Axis: String, CaseIterable, Codable, Sendable {
        /// Bytes per entry, with what the storage takes beside the recipe.
        case size
        /// Microseconds per entry to encode: the strategy's own part of an import.
        case encode
        /// Microseconds per entry to decode: its part of a rebuild.
        case decode

        public var unit: String { self == .size ? "B/entry" : "µs/entry" }
    }

    /// A kind of host, with what it usually wants.
    public enum Host: String, CaseIterable, Sendable {
        /// Installs, relabels, prunes, and pushes its own image again.
        case osHost = "os-host"
        /// Imports and pushes all day, and prunes.
        case buildServer = "build-server"
        /// Takes images in once, and serves the repository to others over HTTP.
        case registryMirror = "registry-mirror"

        public var priorities: AdvicePriorities {
            switch self {
            case .osHost:
                AdvicePriorities(
                    mode: .bare, survive: ["prune-refs-only", "fsck", "ref-rename", "relabel"],
                    minimise: [.size, .decode])
            case .buildServer:
                AdvicePriorities(
                    mode: .bareUser, survive: ["prune-refs-only", "fsck", "pull-local"], minimise: [.encode, .decode])
            case .registryMirror:
                AdvicePriorities(
                    mode: .archive,
                    survive: ["prune-refs-only", "fsck", "http-pull", "http-mirror", "static-delta", "gpg-sign"],
                    minimise: [.size, .decode])
            }
        }
    }

    public var mode: RepositoryMode
    /// Operations after which a layer must still be exact.
    public var survive: [String]
    /// What is to be small, the most important first; the others decide between equals.
    public var minimise: [Axis]
    /// Whether every measured layer has to be carried.
    public var carriesAll = true

    public init(mode: RepositoryMode = .bareUser, survive: [String] = [], minimise: [Axis] = [.size]) {
        (self.mode, self.survive, self.minimise) = (mode, survive, minimise)
    }

    /// Adds what a user requires: `survive:relabel,http-pull`.
    public mutating func require(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0] == "survive", !parts[1].isEmpty else {
            throw LayerStoreError(
                .input, "a requirement is written survive:OPERATION[,OPERATION…], and not '\(text)'")
        }
        for name in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let operation = try SurvivalOperation.named(String(name)).name
            if !survive.contains(operation) { survive.append(operation) }
        }
    }
}
