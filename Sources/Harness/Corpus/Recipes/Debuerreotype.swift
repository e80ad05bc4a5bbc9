import Foundation
import Processes

/// A Debian root file system made by debuerreotype, the pipeline of the official `debian` images.
///
/// The mirror is that of the machine's own apt sources. The layer is the same for one state of that mirror, and a point
/// release changes it.
public struct Debuerreotype: Equatable, Sendable {
    /// The release's code name.
    public var suite: String
    /// Whether documentation, manuals and translations are taken out, as in the images tagged `slim`.
    public var slim: Bool
    /// The latest modification time that a file may have, in seconds since 1970; that of the mirror's release where nil.
    public var sourceDateEpoch: Int?
}

extension Debuerreotype: FileRecipe {
    var fileExtension: String { "tar" }

    func cost(ofBytes bytes: UInt64) -> FetchCost {
        // The tree is slimmed after it was made whole, and has the downloaded packages in it.
        FetchCost(downloadBytes: 60_000_000, workBytes: 400_000_000)
    }

    /// Takes about a minute; needs root.
    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        guard let mirror = AptSources.system().mirror(of: suite) else {
            throw LocatedError(
                "this machine's apt sources do not carry \(suite) main", in: context.entryName,
                remedy: "add a source of Debian \(suite), or take the layer on a machine that has one")
        }
        let root = context.workDirectory + "/root"
        let layer = context.workDirectory + "/layer.tar"
        context.progress("\(context.entryName): building \(suite) with debuerreotype (\(slim ? "slim" : "full"))")
        try step("init", ["--non-debian", root, suite, mirror], context)
        if let sourceDateEpoch {
            do {
                try Data("\(sourceDateEpoch)\n".utf8).write(to: URL(filePath: root + "/debuerreotype-epoch"))
            } catch {
                throw LocatedError("cannot be written: \(error.localizedDescription)", in: root)
            }
        }
        try step("minimizing-config", [root], context)
        if slim { try step("slimify", [root], context) }
        try step("tar", [root, layer], context)
        return layer
    }

    private func step(_ name: String, _ arguments: [String], _ context: RecipeContext) throws(LocatedError) {
        var child = ChildProcess("debuerreotype-" + name, arguments, timeoutSeconds: 1_800)
        child.environment = ["TMPDIR": context.workDirectory, "LC_ALL": "C"]
        child.workingDirectory = context.workDirectory
        do throws(LocatedError) {
            try child.runChecked()
        } catch {
            throw LocatedError(
                "\(error.location) \(error.what)", in: context.entryName,
                remedy: error.remedy
                    ?? "check that this runs as root, and that the mirror of this machine's apt sources can be reached")
        }
    }
}

extension Debuerreotype: Codable {
    private enum CodingKeys: String, CodingKey {
        case suite, slim, sourceDateEpoch
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "suite", "slim", "sourceDateEpoch"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        suite = try StrictKeys.argument(.suite, in: values)
        slim = try values.decode(Bool.self, forKey: .slim)
        sourceDateEpoch = try values.decodeIfPresent(Int.self, forKey: .sourceDateEpoch)
    }
}
