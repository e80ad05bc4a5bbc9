import Processes

/// What a mirror offers of one package.
struct OfferedVersions: Equatable, Sendable {
    struct SourcePackage: Equatable, Sendable {
        var version: String
        var files: [String]
    }

    /// The versions in the answer of `apt-cache madison PACKAGE`: `package | version | where`. It has the source packages
    /// that the package is made of, too.
    static func binary(of package: String, _ madison: String) -> [String] {
        var versions: [String] = []
        for line in madison.split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.drop(while: \.isWhitespace).prefix { !$0.isWhitespace } }
            guard cells.count == 3, cells[0] == package, !line.hasSuffix(" Sources"),
                !versions.contains(String(cells[1]))
            else { continue }
            versions.append(String(cells[1]))
        }
        return versions
    }

    /// The source packages in the answer of `apt-cache showsrc --only-source PACKAGE`, in its order.
    static func source(_ showsrc: String) -> [SourcePackage] {
        showsrc.split(separator: "\n\n").compactMap { paragraph in
            var version: String?
            var files: [String] = []
            var isInFiles = false
            for line in paragraph.split(separator: "\n") {
                if line.first == " " {
                    let words = line.split(separator: " ")
                    if isInFiles, words.count == 3, !files.contains(String(words[2])) { files.append(String(words[2])) }
                    continue
                }
                // Some paragraphs lack one of these lists.
                isInFiles = line.hasPrefix("Files:") || line.hasPrefix("Checksums-Sha256:")
                if line.hasPrefix("Version:") {
                    version = line.dropFirst("Version:".count).split(separator: " ").first.map(String.init)
                }
            }
            return version.map { SourcePackage(version: $0, files: files) }
        }
    }

    /// The error for a version that is no longer offered, or for a package that never was.
    ///
    /// - Parameter missingLists: The addresses of package lists that could not be had: what is looked for may be in them.
    static func replaced(
        _ package: String, wanted: String, offered: [String], missingLists: [String] = [], entryName: String
    ) -> LocatedError {
        var error = replaced(package, wanted: wanted, offered: offered, entryName: entryName)
        if !missingLists.isEmpty {
            error.remedy =
                "but these lists could not be downloaded: \(missingLists.joined(separator: ", ")); try again"
        }
        return error
    }

    private static func replaced(
        _ package: String, wanted: String, offered: [String], entryName: String
    ) -> LocatedError {
        guard !offered.isEmpty else {
            return LocatedError(
                "the mirror of this machine's apt sources does not know the package \(package)", in: entryName,
                remedy: "check that the sources carry the Debian release that the entry speaks of")
        }
        return LocatedError(
            "replaced upstream: the mirror has \(package) \(offered.joined(separator: ", ")), this entry wants \(wanted)",
            in: entryName,
            remedy: "put the new version, expectedBytes and sha256 into the manifest, or use a mirror that still has it"
        )
    }
}
