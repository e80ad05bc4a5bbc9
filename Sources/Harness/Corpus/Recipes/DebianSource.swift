import Foundation
import Processes

/// An upstream archive as Debian passes it on, such as `curl_7.88.1.orig.tar.gz`.
///
/// It comes from the mirror of the machine's own apt sources, of whichever Debian revision has that very file: revisions
/// come and go, and the file stays. An archive in gzip is kept as it is; xz and bzip2 are undone, since layers come in
/// neither. The file never changes, so such an entry is pinned by its digest.
public struct DebianSource: Equatable, Sendable {
    /// The source package.
    public var package: String
    /// The upstream version, without the Debian revision.
    public var version: String
    /// The archive's file name.
    public var file: String
}

extension DebianSource: FileRecipe {
    var fileExtension: String { file.hasSuffix(".gz") ? "tar.gz" : "tar" }

    func cost(ofBytes bytes: UInt64) -> FetchCost {
        let archive = decompressor == nil ? bytes : bytes / 5
        return FetchCost(downloadBytes: archive + 30_000_000, workBytes: archive + 200_000_000)
    }

    /// The program that writes the archive's tar to its standard output, or nil where the archive is kept as it is.
    private var decompressor: String? {
        file.hasSuffix(".xz") ? "xz" : file.hasSuffix(".bz2") ? "bzip2" : nil
    }

    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        context.progress("\(context.entryName): downloading \(file)")
        let revision = try revision(context)
        _ = try context.apt.run(
            "apt-get", ["-qq", "source", "--download-only", "--only-source", "--tar-only", "\(package)=\(revision)"],
            in: context.workDirectory)
        let archive = context.workDirectory + "/" + file
        guard FileManager.default.fileExists(atPath: archive) else {
            throw LocatedError("apt-get did not bring \(file)", in: context.entryName)
        }
        guard let decompressor else { return archive }
        let layer = context.workDirectory + "/layer.tar"
        var child = ChildProcess(decompressor, ["-dc", archive], timeoutSeconds: 1_800)
        child.output = .file(path: layer)
        try child.runChecked()
        return layer
    }

    /// The Debian revision that has the file.
    private func revision(_ context: RecipeContext) throws(LocatedError) -> String {
        let answer: String
        do throws(LocatedError) {
            answer = try context.apt.run("apt-cache", ["showsrc", "--only-source", package]).output.text
        } catch  where error.what.contains("Unable to locate package") {
            answer = ""
        }
        let offered = OfferedVersions.source(answer)
        guard let found = offered.first(where: { $0.files.contains(file) }) else {
            throw OfferedVersions.replaced(
                package, wanted: version, offered: offered.map(\.version), missingLists: context.apt.missingLists,
                entryName: context.entryName)
        }
        return found.version
    }
}

extension DebianSource: Codable {
    private enum CodingKeys: String, CodingKey {
        case package, version, file
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "package", "version", "file"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        package = try StrictKeys.argument(.package, in: values)
        version = try StrictKeys.argument(.version, in: values)
        file = try values.decode(String.self, forKey: .file)
        guard !file.contains("/") else {
            throw DecodingError.dataCorruptedError(
                forKey: .file, in: values, debugDescription: "`\(file)` is a path and not a file's name")
        }
    }
}
