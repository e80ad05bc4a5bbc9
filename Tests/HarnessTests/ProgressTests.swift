import Testing

@testable import Harness

/// What a person sees of work under way, and what a file or pipe gets of it.
@Suite struct ProgressTests {
    @Test func ratesAndTheRestAreToldWhenTheySaySomething() {
        let known = ProgressText("import", total: 300_000_000)
        #expect(known.text(done: 0, afterSeconds: 5) == "import: 0 of 300 MB, 0 %")
        #expect(known.text(done: 30_000_000, afterSeconds: 0.2) == "import: 30 of 300 MB, 10 %")
        #expect(
            known.text(done: 30_000_000, afterSeconds: 2)
                == "import: 30 of 300 MB, 10 %, 15.0 MB/s, about 18 s left")
        #expect(
            known.text(done: 300_000_000, afterSeconds: 2) == "import: 300 of 300 MB, 100 %, 150 MB/s")
        // A stream that is longer than was announced has no share.
        #expect(known.text(done: 600_000_000, afterSeconds: 2) == "import: 600 MB, 300 MB/s")
        #expect(
            ProgressText("rebuild", total: nil).text(done: 5_000_000, afterSeconds: 2)
                == "rebuild: 5 MB, 2.5 MB/s")
        #expect(ProgressText("x", total: 0).text(done: 0, afterSeconds: 0) == "x: 0 MB")
    }

    @Test func thingsAreCounted() {
        let cells = ProgressText("busybox", total: 400, unit: .items)
        #expect(
            cells.text(done: 100, afterSeconds: 100) == "busybox: 100 of 400, 25 %, about 5 min left")
        let objects = ProgressText("objects", total: nil, unit: .items)
        #expect(objects.text(done: 1_500, afterSeconds: 3) == "objects: 1,500, 500 a second")
    }

    @Test func onlyTerminalsGetColoursAndReplacedLines() {
        func style(_ isTerminal: Bool, _ environment: [String: String]) -> TerminalStyle {
            TerminalStyle(isTerminal: isTerminal, environment: environment)
        }
        #expect(style(true, ["TERM": "xterm"]).hasColour && style(true, [:]).replacesLines)
        #expect(!style(false, ["TERM": "xterm"]).hasColour && !style(false, [:]).replacesLines)
        #expect(
            !style(true, ["NO_COLOR": "1"]).hasColour && style(true, ["NO_COLOR": "1"]).replacesLines)
        #expect(style(true, ["NO_COLOR": ""]).hasColour)
        #expect(
            !style(true, ["TERM": "dumb"]).hasColour && !style(true, ["TERM": "dumb"]).replacesLines)
        #expect(
            style(false, ["CLICOLOR_FORCE": "1"]).hasColour
                && !style(false, ["CLICOLOR_FORCE": "0"]).hasColour)
        #expect(!style(false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]).hasColour)
        #expect(!style(true, ["CLICOLOR": "0"]).hasColour)
    }

    @Test func verdictsHaveColours() {
        let style = TerminalStyle(isTerminal: true, environment: [:])
        #expect(style.painting(verdictOf: "exact  layer.tar") == "\u{1b}[32mexact\u{1b}[0m  layer.tar")
        #expect(style.painting(verdictOf: "layerlab: no") == "\u{1b}[31mlayerlab\u{1b}[0m: no")
        #expect(style.painting(verdictsOf: "damaged  a\n  b") == "\u{1b}[31mdamaged\u{1b}[0m  a\n  b")
        #expect(
            TerminalStyle(isTerminal: false, environment: [:]).painting(verdictsOf: "exact  a")
                == "exact  a")
    }
}
