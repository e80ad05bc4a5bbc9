import Foundation
import TestSupport
import Testing

/// What a terminal gets, and what a file or a pipe gets of it.
@Suite struct TerminalTests {
    private static let escape: Character = "\u{1b}"

    private func layer(_ folder: TemporaryFolder) throws -> String {
        try folder.write(TarSample.rich.bytes, to: "layer.tar")
    }

    /// Runs the tool on a terminal, and returns all that it wrote there.
    private func onTerminal(_ environment: [String], _ arguments: String...) throws -> String {
        let line = try (["env", "-u", "NO_COLOR", "-u", "CLICOLOR"] + environment + [Tool.path()] + arguments).map {
            "'\($0)'"
        }.joined(
            separator: " ")
        return try run("script", ["-qec", line, "/dev/null"], environment: ["TERM": "xterm"]).output
    }

    @Test func filesAndPipesGetNoControlCharacters() throws {
        let folder = try TemporaryFolder()
        let layer = try layer(folder)
        for arguments in [
            ["import", layer, "--repo", folder.path("repo"), "--init", "archive"],
            ["verify", layer, "--all-strategies"],
            ["verify", "--repo", folder.path("repo"), "--deep"], ["doctor"],
            ["rebuild", "nothing", "--repo", folder.path("repo"), "-o", "-"],
        ] {
            let result = try Tool.run(arguments)
            #expect(
                !result.output.contains(Self.escape) && !result.errors.contains(Self.escape), "\(arguments)"
            )
            #expect(!result.errors.contains("\r"))
        }
    }

    @Test func verdictsAndErrorsHaveColoursOnTerminals() throws {
        let folder = try TemporaryFolder()
        let layer = try layer(folder)
        let green = "\(Self.escape)[32mexact\(Self.escape)[0m  \(layer)"
        #expect(try onTerminal([], "verify", layer).contains(green))
        let plain = try onTerminal(["NO_COLOR=1"], "verify", layer)
        #expect(plain.contains("exact  \(layer)") && !plain.contains("\(Self.escape)[32m"))
        let dumb = try onTerminal(["TERM=dumb"], "verify", layer)
        #expect(dumb.contains("exact  \(layer)") && !dumb.contains(Self.escape))
        let forced = try run("env", ["-u", "NO_COLOR", "CLICOLOR_FORCE=1", Tool.path(), "verify", layer])
        #expect(forced.output.contains(green))
        let none = folder.path("none")
        let error = try onTerminal([], "inspect", none)
        #expect(error.contains("\(Self.escape)[31mlayerlab\(Self.escape)[0m: ") && error.contains(none))
    }

    @Test func progressIsALineThatIsReplaced() throws {
        let folder = try TemporaryFolder()
        let stream = TarBuilder.stream { tar in
            for number in 0..<40 {
                tar.file("usr/\(number)", [UInt8](repeating: UInt8(number), count: 1 << 20))
            }
        }
        let layer = try folder.write(stream, to: "layer.tar")
        let seen = try onTerminal(
            [], "import", layer, "--repo", folder.path("repo"), "--init", "archive")
        #expect(
            seen.contains("\r\(Self.escape)[K\(Self.escape)[?7limport: ") && seen.contains(" of 41 MB, "),
            "\(seen.prefix(500))")
        #expect(
            try !onTerminal([], "import", layer, "--repo", folder.path("repo"), "--quiet").contains(
                Self.escape))
    }
}
