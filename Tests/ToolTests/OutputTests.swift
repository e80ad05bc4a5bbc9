import Foundation
import TestSupport
import Testing

/// Results that cannot be written are errors; notes that cannot be written are nobody's trouble.
@Suite struct OutputTests {
    /// Runs the program in bash with redirections, such as `>/dev/full`.
    private func run(_ arguments: String..., redirected: String) throws -> ProgramResult {
        try TestSupport.run("bash", ["-c", "\"$0\" \"$@\" \(redirected)", Tool.path()] + arguments)
    }

    private func layer(in folder: TemporaryFolder) throws -> String {
        try folder.write(TarSample.rich.bytes, to: "layer.tar")
    }

    @Test(arguments: ["2>/dev/full", "2>&-", "<&- 2>&-"])
    func standardErrorMayFail(_ redirection: String) throws {
        let folder = try TemporaryFolder()
        let layer = try layer(in: folder)
        let sound = try run("verify", layer, redirected: redirection)
        #expect(sound.exitCode == 0 && sound.output.hasPrefix("exact"))
        #expect(try run("verify", folder.path("none"), redirected: redirection).exitCode == 2)
        let repo = folder.path("repo")
        #expect(try run("import", layer, "--repo", repo, "--init", "archive", redirected: redirection).exitCode == 0)
        #expect(try TestSupport.run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
    }

    @Test(arguments: [">/dev/full", ">&-"], [false, true])
    func resultsThatAreLostAreErrors(_ redirection: String, _ json: Bool) throws {
        let folder = try TemporaryFolder()
        let layer = try layer(in: folder)
        let style = json ? "--json" : "--quiet"
        for result in [
            try run("verify", layer, style, redirected: redirection),
            try run("inspect", layer, style, redirected: redirection),
            try run(
                "import", layer, "--repo", folder.path("repo"), "--init", "archive", style, redirected: redirection),
            try run("corpus", "list", style, redirected: redirection), try run("--help", redirected: redirection),
        ] {
            #expect(result.exitCode == 2, "\(result.errors)")
            #expect(result.errorLines.count == 1, "\(result.errors)")
            #expect(result.errors.hasPrefix("layerlab: cannot write the results to standard output: "))
        }
    }

    @Test func aReaderThatHasSeenEnoughIsNoTrouble() throws {
        let folder = try TemporaryFolder()
        let layer = try layer(in: folder)
        let result = try run(
            "verify", layer, "--all-strategies", "--json", "--quiet", redirected: "| true; exit ${PIPESTATUS[0]}")
        #expect(result.exitCode == 141 && result.errors.isEmpty, "\(result.exitCode) \(result.errors)")
    }

    @Test func helpAndVersionAreComplete() throws {
        let help = try Tool.run("--help")
        #expect(help.exitCode == 0 && help.output.hasPrefix("OVERVIEW") && help.output.contains("SUBCOMMANDS"))
        #expect(try Tool.run("--version").output.split(separator: ".").count == 3)
        #expect(try Tool.run("help", "corpus").output.contains("layerlab corpus fetch"))
    }

    @Test func aLinkStaysALinkAndAFileKeepsItsMode() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let imported = try Tool.run("import", layer(in: folder), "--repo", repo, "--init", "archive", "--json")
        let ref = try #require(imported.object()["ref"] as? String)
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: true)
        try folder.write([1], to: "data/private.tar")
        try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder.path("data/private.tar"))
        for name in ["private.tar", "new.tar"] {
            try manager.createSymbolicLink(atPath: folder.path("data/to-" + name), withDestinationPath: name)
            let link = folder.path("link-" + name)
            try manager.createSymbolicLink(atPath: link, withDestinationPath: "data/to-" + name)
            #expect(try Tool.run("rebuild", ref, "--repo", repo, "-o", link).exitCode == 0)
            #expect(try manager.destinationOfSymbolicLink(atPath: link) == "data/to-" + name)
            #expect(try folder.read("data/" + name) == TarSample.rich.bytes)
        }
        let mode = try manager.attributesOfItem(atPath: folder.path("data/private.tar"))[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o640)
        try manager.createSymbolicLink(atPath: folder.path("loop"), withDestinationPath: "loop")
        let loop = try Tool.run("rebuild", ref, "--repo", repo, "-o", folder.path("loop"))
        #expect(loop.exitCode == 2 && loop.errors.contains("levels of symbolic links"))
    }

    /// Several threads write into the file that standard output is. It ends where the stream did, and what comes next
    /// stands behind it, whether all went well or not.
    @Test(arguments: [false, true])
    func redirectedOutputEndsWithTheStream(_ isDamaged: Bool) throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        var random = SeededGenerator(seed: 5)
        let stream = TarBuilder.stream { tar in
            for number in 0..<60 { tar.file("usr/share/\(number)", random.bytes(20_000 + number)) }
        }
        let layer = try folder.write(stream, to: "layer.tar")
        let imported = try Tool.run("import", layer, "--repo", repo, "--init", "bare-user", "--json")
        let ref = try #require(imported.object()["ref"] as? String)
        if isDamaged {
            let listing = try TestSupport.run("ostree", ["--repo=" + repo, "ls", "-C", ref, "/usr/share/30"]).output
            let object = try #require(listing.split(separator: " ").dropLast().last)
            let path = repo + "/objects/\(object.prefix(2))/\(object.dropFirst(2)).file"
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.truncate(atOffset: 100)
            try file.close()
        }
        let out = folder.path("out")
        let script =
            "{ printf head; \"$0\" rebuild \"$1\" --repo \"$2\" -o - -q; code=$?; printf tail; exit $code; } > \"$3\""
        let result = try TestSupport.run("bash", ["-c", script, Tool.path(), ref, repo, out])
        #expect(result.exitCode == (isDamaged ? 1 : 0), "\(result.errors)")
        var count = stream.count
        if isDamaged {
            let words = try #require(result.errors.firstMatch(of: /at byte (\d+) of the stream/))
            count = try #require(Int(words.1))
        }
        let written = try folder.read("out")
        #expect(written.starts(with: Array("head".utf8)) && written.suffix(4).elementsEqual("tail".utf8))
        #expect(written.dropFirst(4).dropLast(4).elementsEqual(stream.prefix(count)), "\(written.count), \(count)")
    }
}
