import Foundation
import Processes

/// The files of a Debian package: its `data.tar`, without the package around it and uncompressed.
///
/// The package comes from the mirror of the machine's own apt sources. A published version never changes, so an entry of a
/// package for all architectures is pinned by its digest.
public struct DebianPackage: Equatable, Sendable {
    public var package: String
    /// The exact version, the Debian revision included.
    public var version: String
}

extension DebianPackage: FileRecipe {
    var fileExtension: String { "tar" }

    func cost(ofBytes bytes: UInt64) -> FetchCost {
        FetchCost(downloadBytes: bytes / 4 + 30_000_000, workBytes: bytes / 4 + 200_000_000)
    }

    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        context.progress("\(context.entryName): downloading the package \(package) \(version)")
        let offered = OfferedVersions.binary(
            of: package, try context.apt.run("apt-cache", ["madison", package]).output.text)
        guard offered.contains(version) else {
            throw OfferedVersions.replaced(
                package, wanted: version, offered: offered, missingLists: context.apt.missingLists,
                entryName: context.entryName)
        }
        _ = try context.apt.run("apt-get", ["-qq", "download", "\(package)=\(version)"], in: context.workDirectory)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: context.workDirectory)) ?? []
        guard let name = names.first(where: { $0.hasSuffix(".deb") }) else {
            throw LocatedError("apt-get brought no package", in: context.entryName)
        }
        let layer = context.workDirectory + "/layer.tar"
        var unpacking = ChildProcess(
            "dpkg-deb", ["--fsys-tarfile", context.workDirectory + "/" + name], timeoutSeconds: 900)
        unpacking.output = .file(path: layer)
        try unpacking.runChecked()
        return layer
    }
}

extension DebianPackage: Codable {
    private enum CodingKeys: String, CodingKey {
        case package, version
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "package", "version"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        package = try StrictKeys.argument(.package, in: values)
        version = try StrictKeys.argument(.version, in: values)
    }
}
