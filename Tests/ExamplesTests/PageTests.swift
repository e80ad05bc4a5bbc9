import Foundation
import TestSupport
import Testing

/// What pages show of the examples is what is compiled, and what the examples print is what pages show.
@Suite struct PageTests {
    @Test func everyExampleIsShownAsItIs() throws {
        var shown: Set<String> = []
        for page in try DocumentedPage.all() {
            for block in try DocumentedPage(page).blocks where block.kind == "file:" {
                let file = DocumentedPage.root.appending(path: block.subject)
                #expect(try block.text == String(contentsOf: file, encoding: .utf8), "\(block.place)")
                shown.insert(block.subject)
            }
        }
        let examples = try FileManager.default.subpathsOfDirectory(
            atPath: DocumentedPage.root.appending(path: "Examples").path
        ).filter { $0.hasSuffix(".swift") }
        #expect(shown.isSuperset(of: examples.map { "Examples/" + $0 }) && examples.count >= 3)
    }

    /// The session runs in a folder of its own, with the program that was built beside the tests.
    @Test func theSessionPrintsWhatThePageShows() throws {
        let folder = try TemporaryFolder()
        let sessions = try DocumentedPage("Documentation/library.md").blocks.filter { $0.kind == "run" }
        let commands = sessions.flatMap(DocumentedPage.commands)
        #expect(commands.contains { $0.line.hasPrefix("swift run round-trip ") })
        for command in commands {
            let line = command.line.replacing("swift run round-trip", with: try ExampleProgram.path("round-trip"))
            let result = try run("sh", ["-c", "cd '\(folder.path)' && \(line)"], environment: ["LC_ALL": "C"])
            #expect(result.exitCode == 0, "\(command.line): \(result.errors)")
            #expect(result.output == command.output, "\(command.line)")
        }
    }

    @Test func theProgramTellsWhatIsWrong() throws {
        let folder = try TemporaryFolder()
        let program = try ExampleProgram.path("round-trip")
        #expect(try run(program, []).exitCode == 2)
        let result = try run(program, [folder.path("nothing.tar"), folder.path("repo")])
        #expect(result.exitCode == 2 && result.output.hasPrefix("round-trip: cannot open "))
    }
}

/// A program that was built with the tests.
enum ExampleProgram {
    static func path(_ name: String) throws -> String {
        let runner = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: runner).deletingLastPathComponent().appending(path: name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProgramError(description: "there is no program at \(path)")
        }
        return path
    }
}
