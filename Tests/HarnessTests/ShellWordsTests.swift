import Processes
import Testing

@Suite struct ShellWordsTests {
    @Test func whatAShellWouldChangeIsQuoted() throws {
        let words = ["layerlab", "bench", "my layer.tar", "it's", "$HOME", "", "-s", "raw+zstd:3@sidecar", "~", "ü"]
        let line = ShellWords.line(words)
        #expect(line.hasPrefix("layerlab bench 'my layer.tar' 'it'\\''s' '$HOME' '' -s raw+zstd:3@sidecar "))
        let echoed = try ChildProcess("sh", ["-c", "printf '%s\\n' \(line)"]).runChecked().output.text
        #expect(echoed == words.map { $0 + "\n" }.joined())
    }
}
