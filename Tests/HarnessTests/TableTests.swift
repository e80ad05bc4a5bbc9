import Testing

@testable import Harness

@Suite struct TableTests {
    private func sample() -> Table {
        var table = Table(columns: [.init("layer"), .init("bytes", .right)])
        table.append(["host", "1,234"])
        table.append(["min|base"])
        return table
    }

    @Test func terminalTextIsAligned() {
        #expect(sample().terminalText() == "layer     bytes\n────────  ─────\nhost      1,234\nmin|base\n")
    }

    @Test func markdownEscapesPipes() {
        #expect(sample().markdown == "| layer | bytes |\n| --- | ---: |\n| host | 1,234 |\n| min\\|base |  |\n")
    }

    @Test func wideTextGivesWayAndFiguresStay() {
        var table = Table(columns: [.init("title"), .init("bytes", .right)])
        table.append([String(repeating: "x", count: 200), "123,456,789"])
        let lines = table.terminalText(width: 40).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 40 })
        #expect(lines[2].hasSuffix("x…  123,456,789"))
    }

    /// Names are anybody's: nothing in them is obeyed, or ends a cell.
    @Test func namesAreOnlyNames() {
        var table = Table(columns: [.init("a\u{1b}\u{301}|b\nc")])
        table.append(["x\u{202e}y\u{9b}\u{2067}\r\nz"])
        #expect(table.terminalText().split(separator: "\n").map(String.init).first == "a\u{fffd}\u{301}|b c")
        #expect(table.terminalText().split(separator: "\n").last == "x\u{fffd}y\u{fffd}\u{fffd}  z")
        var markdown = Table(columns: [.init("[a](b)")])
        markdown.append(["\\|`<b>\u{301}\\"])
        #expect(
            markdown.markdown == """
                | \\[a\\](b) |
                | --- |
                | \\\\\\|\\`&lt;b>\u{301}\\\\ |

                """)
        #expect(Markdown.code("a b") == "`a b`" && Markdown.code("a `b`` c") == "``` a `b`` c ```")
        #expect(PlainText.lines("a\n\tb\u{7}\r\n") == "a\n\tb\u{fffd} \n")
    }

    @Test func tooManyCellsAreDropped() {
        var table = Table(columns: [.init("a")])
        table.append(["1", "2"])
        #expect(table.rows == [["1"]])
    }
}

@Suite struct FigureTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (170_401_280, "170,401,280"), (-1_234, "-1,234")])
    func counts(value: Int, text: String) {
        #expect(Figure.count(value) == text)
    }

    @Test func decimals() {
        #expect(Figure.fixed(0.126, decimals: 2) == "0.13")
        #expect(Figure.fixed(9.999, decimals: 2) == "10.00")
        #expect(Figure.fixed(-0.001, decimals: 2) == "0.00")
        #expect(Figure.fixed(1_234.05, decimals: 3) == "1,234.050")
        #expect(Figure.fixed(.nan, decimals: 1) == "–")
        #expect(Figure.fixed(1e300, decimals: 0) == "–" && Figure.fixed(1e-300, decimals: 300) == "–")
    }

    @Test func units() {
        #expect(Figure.bytesPerEntry(bytes: 3_608, entries: 19_262) == "0.187")
        #expect(Figure.bytesPerEntry(bytes: 1, entries: 0) == "–")
        #expect(Figure.megabytesPerSecond(bytes: 170_401_280, seconds: 2) == "85.2")
        #expect(Figure.megabytesPerSecond(bytes: 170_401_280, seconds: 0.5) == "341")
        #expect(Figure.megabytesPerSecond(bytes: 1, seconds: 0) == "–")
        #expect(Figure.percent(0.052) == "5.2 %")
        #expect(Figure.seconds(1.23456) == "1.235")
        #expect(Figure.seconds(61.27) == "61.3")
    }
}
