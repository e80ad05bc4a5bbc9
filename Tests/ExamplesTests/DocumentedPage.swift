import Foundation
import TestSupport

/// A page of the documentation with the blocks that a comment above them binds to something.
///
/// `<!-- file: PATH -->` says that the block below is that file of this repository; `<!-- run -->` that it is a shell's
/// session: lines behind `$ ` are commands, the others what they print.
struct DocumentedPage {
    /// A fenced block and what the comment above it says: its first word, and the rest.
    struct Block {
        var kind: String
        var subject: String
        var text: String
        /// Where the block begins, for whoever has to mend it.
        var place: String
    }

    /// One command of a session with the output that the page shows.
    struct Command {
        var line: String
        var output: String
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let blocks: [Block]

    init(_ path: String) throws {
        let text = try String(contentsOf: DocumentedPage.root.appending(path: path), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var blocks: [Block] = []
        for (index, line) in lines.enumerated() where line.hasPrefix("<!-- ") && line.hasSuffix(" -->") {
            let words = line.dropFirst(5).dropLast(4).split(separator: " ", maxSplits: 1).map(String.init)
            guard let kind = words.first, ["file:", "run"].contains(kind) else { continue }
            let place = "\(path):\(index + 1)"
            guard index + 1 < lines.count, lines[index + 1].hasPrefix("```"),
                let end = lines[(index + 2)...].firstIndex(of: "```")
            else { throw ProgramError(description: "\(place): no fenced block follows") }
            blocks.append(
                Block(
                    kind: kind, subject: words.dropFirst().first ?? "",
                    text: lines[(index + 2)..<end].map { $0 + "\n" }.joined(), place: place))
        }
        self.blocks = blocks
    }

    /// The paths of all pages there are.
    static func all() throws -> [String] {
        let folder = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: "Documentation").path)
        return ["README.md", "CONTRIBUTING.md"]
            + folder.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/" + $0 }
    }

    /// The commands of a session.
    static func commands(of block: Block) -> [Command] {
        block.text.split(separator: "\n").reduce(into: []) { commands, line in
            if line.hasPrefix("$ ") {
                commands.append(Command(line: String(line.dropFirst(2)), output: ""))
            } else if !commands.isEmpty {
                commands[commands.count - 1].output += line + "\n"
            }
        }
    }
}
