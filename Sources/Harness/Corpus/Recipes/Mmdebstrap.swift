import Processes

/// A Debian root file system made by mmdebstrap.
///
/// No mirror is named: mmdebstrap then takes the machine's own apt sources, as long as they carry the suite. The layer
/// is the same for one state of that mirror, and a point release changes it; so its digest is recorded and not pinned.
public struct Mmdebstrap: Equatable, Sendable {
    /// The release's code name.
    public var suite: String
    /// mmdebstrap's variant, such as `minbase`.
    public var variant: String
    /// Packages on top of the variant.
    public var include: [String]
    /// The latest modification time that a file may have, in seconds since 1970.
    public var sourceDateEpoch: Int
}

extension Mmdebstrap: FileRecipe {
    var fileExtension: String { "tar" }

    func cost(ofBytes bytes: UInt64) -> FetchCost {
        // The tree that is packed, and the packages in it.
        FetchCost(downloadBytes: bytes / 3, workBytes: bytes + bytes / 3)
    }

    /// Runs mmdebstrap (about 20 s for `minbase`) and returns the tar's path.
    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        let path = context.workDirectory + "/layer.tar"
        let included = include.isEmpty ? [] : ["--include=" + include.joined(separator: ",")]
        var child = ChildProcess(
            "mmdebstrap", ["--mode=root", "--variant=\(variant)", "--format=tar"] + included + [suite, path],
            timeoutSeconds: 1_800)
        child.environment = ["SOURCE_DATE_EPOCH": String(sourceDateEpoch), "TMPDIR": context.workDirectory]
        child.workingDirectory = context.workDirectory
        context.progress("\(context.entryName): building \(suite) with mmdebstrap (\(variant))")
        let result = try child.run()
        guard let failure = result.failure else { return path }
        // Its last words are always the same; the first error is the cause.
        let cause = result.error.text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("E: ") }
        let reason = result.isTimedOut ? nil : cause.map { "says \($0.dropFirst(3))" }
        throw LocatedError(
            "mmdebstrap \(reason ?? failure.what)", in: context.entryName,
            remedy: "check that this runs as root, and that `apt-get update` reaches the mirror of this machine's apt "
                + "sources and that they carry \(suite)")
    }
}

extension Mmdebstrap: Codable {
    private enum CodingKeys: String, CodingKey {
        case suite, variant, include, sourceDateEpoch
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "suite", "variant", "include", "sourceDateEpoch"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        suite = try StrictKeys.argument(.suite, in: values)
        variant = try StrictKeys.argument(.variant, in: values)
        include = try values.decodeIfPresent([String].self, forKey: .include) ?? []
        sourceDateEpoch = try values.decode(Int.self, forKey: .sourceDateEpoch)
    }
}
