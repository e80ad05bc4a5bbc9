import Testing

@testable import Harness

/// Pages out of what the argument parser tells.
@Suite struct ManualTests {
    private let json = """
        {"serializationVersion": 0, "command": {"commandName": "tool", "abstract": "Does it.", "shouldDisplay": true,
          "discussion": "It's a path\\\\name.\\n\\nEXAMPLE\\n  tool do -x\\n\\nTHINGS  A[+B]\\n  one  the first\\n  two  the second",
          "subcommands": [
            {"commandName": "do", "abstract": "Do something.", "shouldDisplay": true, "arguments": [
              {"kind": "positional", "shouldDisplay": true, "isOptional": false, "isRepeating": true, "valueName": "file",
               "abstract": "Files."},
              {"kind": "option", "shouldDisplay": true, "isOptional": true, "isRepeating": false, "valueName": "mode",
               "names": [{"kind": "long", "name": "mode"}, {"kind": "short", "name": "m"}], "abstract": "The mode.",
               "allValues": ["a", "b"], "defaultValue": "a"}]},
            {"commandName": "secret", "shouldDisplay": false}, {"commandName": "help", "shouldDisplay": true}]}}
        """

    @Test func eachCommandThatIsShownHasAPage() throws {
        let manual = try Manual(helpJSON: json, version: "1.2", date: "2026-01-31")
        #expect(manual.pages.map(\.fileName) == ["tool.1", "tool-do.1"])
        let page = try #require(manual.pages.first?.text)
        #expect(
            page.hasPrefix(#".TH "TOOL" 1 "2026-01-31" "tool 1.2""# + "\n.ad l\n.SH NAME\ntool \\- does it\n"))
        #expect(page.contains(".SH DESCRIPTION\nIt\\(aqs a path\\ename.\n"))
        #expect(page.contains(".SH \"EXAMPLE\"\n.RS 4\n.nf\ntool do \\-x\n.fi\n.RE\n"))
        #expect(
            page.contains(
                ".SH \"THINGS\"\nA[+B]\n.TP\n\\fBone\\fR\nthe first\n.TP\n\\fBtwo\\fR\nthe second\n"))
        #expect(
            page.contains(".SH COMMANDS\n.TP\n\\fBdo\\fR\nDo something.\n")
                && page.contains(".BR tool\\-do (1)"))
        #expect(!page.contains("secret"))
    }

    @Test func argumentsSayWhatTheyTake() throws {
        let page = try #require(
            try Manual(helpJSON: json, version: "1.2", date: "2026-01-31").pages.last?.text)
        #expect(page.contains("\\fBtool do\\fR \\fIfile\\fR ... [options]"))
        #expect(
            page.contains(
                ".TP\n\\fB\\-m\\fR, \\fB\\-\\-mode\\fR \\fImode\\fR\nThe mode. One of: a, b. Default: a.\n")
        )
    }

    @Test func whatRoffWouldTakeForItsOwnIsText() {
        #expect(Roff.text(".dot") == "\\&.dot" && Roff.text("'quote") == "\\(aqquote")
        #expect(Roff.text("a–b") == "a\\[u2013]b" && Roff.quoted("say \"x\"") == "\"say \\(dqx\\(dq\"")
    }
}
