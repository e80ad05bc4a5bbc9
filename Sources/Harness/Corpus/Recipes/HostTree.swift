import Foundation
import Processes

/// A bounded, varied sample of a directory tree, packed by GNU tar with its own format.
///
/// The walk is depth-first with siblings in byte order, and takes directories, regular files and symbolic links. It
/// takes only what everyone may read, so that no secret gets into the cache and root sees the same tree as a user; it
/// follows no link and enters no other file system. Paths are relative to the base, without a leading slash.
public struct HostTree: Codable, Equatable, Sendable {
    /// A directory and its share of the sample.
    public struct Share: Codable, Equatable, Sendable {
        /// The directory below the base, without a leading slash.
        public var path: String
        public var maximumEntries: Int
        public var maximumBytes: UInt64

        public init(path: String, maximumEntries: Int, maximumBytes: UInt64) {
            self.path = path
            self.maximumEntries = maximumEntries
            self.maximumBytes = maximumBytes
        }

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case path, maximumEntries, maximumBytes
        }

        public init(from decoder: any Decoder) throws {
            try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
            let values = try decoder.container(keyedBy: CodingKeys.self)
            path = try values.decode(String.self, forKey: .path)
            maximumEntries = try values.decode(Int.self, forKey: .maximumEntries)
            maximumBytes = try values.decode(UInt64.self, forKey: .maximumBytes)
        }
    }

    /// The directory that paths are relative to.
    public var base: String
    public var shares: [Share]

    public init(base: String, shares: [Share]) {
        self.base = base
        self.shares = shares
    }

    private enum CodingKeys: String, CodingKey {
        case base, shares
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "base", "shares"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        base = try values.decode(String.self, forKey: .base)
        shares = try values.decode([Share].self, forKey: .shares)
    }

    /// The running system: at most 8,000 entries and 160 MB of content below /etc and /usr.
    public static let runningSystem = HostTree(
        base: "/",
        shares: [
            Share(path: "etc", maximumEntries: 1_200, maximumBytes: 8_000_000),
            Share(path: "usr/bin", maximumEntries: 1_000, maximumBytes: 48_000_000),
            Share(path: "usr/lib", maximumEntries: 2_800, maximumBytes: 64_000_000),
            Share(path: "usr/sbin", maximumEntries: 200, maximumBytes: 8_000_000),
            Share(path: "usr/share", maximumEntries: 2_800, maximumBytes: 32_000_000),
        ])
}

extension HostTree: FileRecipe {
    var fileExtension: String { "tar" }

    func cost(ofBytes bytes: UInt64) -> FetchCost { FetchCost(downloadBytes: 0, workBytes: 0) }

    /// Packs the sample and returns the tar's path. A file that changes meanwhile is a warning in `progress`.
    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        let paths = try samplePaths()
        context.progress("\(context.entryName): packing \(Figure.count(paths.count)) entries of \(base) with GNU tar")
        let list = context.workDirectory + "/paths"
        let layer = context.workDirectory + "/layer.tar"
        do {
            try Data(paths.joined(separator: "\0").utf8).write(to: URL(fileURLWithPath: list))
        } catch {
            throw LocatedError("cannot be written: \(error.localizedDescription)", in: list)
        }
        var tar = ChildProcess(
            "tar",
            [
                "--create", "--format=gnu", "--file=\(layer)", "--directory=\(base)", "--no-recursion", "--null",
                "--files-from=-",
            ], timeoutSeconds: 900)
        tar.input = .file(path: list)
        tar.environment = ["TAR_OPTIONS": "", "LC_ALL": "C"]
        let result = try tar.run()
        if result.exitCode == 1 {
            context.progress("\(context.entryName): warning: \(result.error.lastLine ?? "a file changed while read")")
        } else if let failure = result.failure {
            throw LocatedError("tar \(failure.what)", in: context.entryName)
        }
        return layer
    }

    /// The sample's paths in the order in which they are packed; the shares' parents come first.
    func samplePaths() throws(LocatedError) -> [String] {
        var paths: [String] = []
        for share in shares {
            guard !share.path.hasPrefix("/"), !share.path.split(separator: "/").contains("..") else {
                throw LocatedError("is not a path below the base", in: share.path)
            }
            var walk = HostWalk(base: base, share: share)
            let sample = walk.run()
            guard !sample.isEmpty else { continue }
            for parent in HostTree.parents(of: share.path) where !paths.contains(parent) { paths.append(parent) }
            paths += sample
        }
        guard !paths.isEmpty else {
            throw LocatedError("none of \(shares.map(\.path).joined(separator: ", ")) can be read", in: base)
        }
        return paths
    }

    /// `usr/share/doc` → `usr`, `usr/share`.
    private static func parents(of path: String) -> [String] {
        let parts = path.split(separator: "/")
        return parts.indices.dropFirst().map { parts[..<$0].joined(separator: "/") }
    }
}
