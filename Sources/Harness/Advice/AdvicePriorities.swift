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
                // No more than tar-split takes, which such hosts have now.
                AdvicePriorities(
                    mode: .bareUser, survive: ["prune-refs-only", "fsck", "pull-local"], limits: [.size: 60],
                    minimise: [.encode, .decode])
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
    /// What must not be exceeded.
    public var limits: [Axis: Double]
    /// What is to be small, the most important first; the others decide between equals.
    public var minimise: [Axis]
    /// Whether every measured layer has to be carried.
    public var carriesAll = true

    public init(
        mode: RepositoryMode = .bareUser, survive: [String] = [], limits: [Axis: Double] = [:],
        minimise: [Axis] = [.size]
    ) {
        (self.mode, self.survive, self.limits, self.minimise) = (mode, survive, limits, minimise)
    }

    /// What `--must` and `--minimise` would say.
    public var options: String {
        let survival = survive.isEmpty ? [] : ["--must survive:\(survive.joined(separator: ","))"]
        let limits = Axis.allCases.compactMap { axis in
            self.limits[axis].map { "--must \(axis.rawValue):\(Figure.fixed($0, decimals: 0))" }
        }
        return (["--mode \(mode.rawValue)"] + survival + limits + minimise.map { "--minimise \($0.rawValue)" })
            .joined(separator: " ")
    }

    /// Adds what a user requires: `survive:relabel,http-pull`, or the most that something may be: `size:60`.
    public mutating func require(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, let axis = Axis(rawValue: parts[0]), let limit = Double(parts[1]), limit >= 0,
            limit.isFinite
        {
            limits[axis] = min(limits[axis] ?? limit, limit)
            return
        }
        guard parts.count == 2, parts[0] == "survive", !parts[1].isEmpty else {
            throw LayerStoreError(
                .input,
                "a requirement is written survive:OPERATION[,OPERATION…], or size:N, encode:N or decode:N, and not '\(text)'"
            )
        }
        for name in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let operation = try SurvivalOperation.named(String(name)).name
            if !survive.contains(operation) { survive.append(operation) }
        }
    }
}
