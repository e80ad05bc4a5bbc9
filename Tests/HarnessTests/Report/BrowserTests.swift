import Foundation
import Processes
import Testing

@testable import Harness

/// The page in a real browser, without a window and without a network.
@Suite(.serialized) struct BrowserTests {
    private static let browser = ["chromium", "chromium-browser", "google-chrome"].first { Program.find($0) != nil }

    @Test func theBrowserIsThere() {
        if ProcessInfo.processInfo.environment["CI"] == "true" { #expect(Self.browser != nil) }
    }

    /// Opens a page, runs a script at its end, and gives what the script left behind, by name.
    ///
    /// Errors of the page itself are collected before anything of it runs; so are policy violations, which are no errors to
    /// a script.
    private func open(_ html: String, width: Int = 1280, dark: Bool = false, script: String = "") throws -> [String:
        Any]
    {
        let browser = try #require(Self.browser)
        return try withScratchDirectory { directory in
            let watch = """
                <script>window.problems = [];
                addEventListener("error", (event) => problems.push(String(event.message)));
                addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective));
                for (const name of ["error", "warn"]) console[name] = (...words) => problems.push(words.join(" "));</script>
                """
            let answer = """
                <script>addEventListener("load", () => { const said = {};
                try { \(script) } catch (error) { problems.push(String(error)); }
                said.problems = problems;
                const place = document.createElement("pre");
                place.id = "said";
                place.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(said))));
                document.body.append(place); });</script>
                """
            let page = html.replacing("<meta charset=\"utf-8\">", with: "<meta charset=\"utf-8\">\(watch)")
                .replacing("</body>", with: "\(answer)</body>")
            try write(page, to: directory + "/page.html")
            var process = ChildProcess(
                browser,
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--user-data-dir=\(directory)/profile", "--window-size=\(width),900",
                    "--blink-settings=preferredColorScheme=\(dark ? 0 : 1)", "--enable-logging=stderr", "--dump-dom",
                    "file://\(directory)/page.html",
                ], timeoutSeconds: 120)
            process.output = .captured(limitBytes: 32 << 20)
            process.errorLimitBytes = 1 << 20
            let result = try process.run()
            #expect(result.exitCode == 0, "\(result.error.text.suffix(2_000))")
            // What scripts, policies and parsers complain about.
            #expect(!result.error.text.contains(":CONSOLE"), "\(result.error.text.suffix(2_000))")
            let text = try #require(result.output.text.components(separatedBy: "<pre id=\"said\">").last)
            let data = try #require(Data(base64Encoded: String(text.prefix { $0 != "<" })))
            let said = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(said["problems"] as? [String] == [])
            return said
        }
    }

    @Test(.enabled(if: browser != nil)) func numbersInThePageAreThoseOfTheFile() throws {
        let results = try BenchResults.rich()
        let said = try open(
            BenchReport(results).html,
            script: """
                const table = document.querySelector("#sizes-0-table");
                said.bytes = Array.from(table.tBodies[0].rows, (row) => [row.cells[0].textContent, Number(row.cells[2].dataset.value)]);
                said.figures = Array.from(document.querySelectorAll("[data-figure]"), (cell) => [cell.dataset.figure, String(Number(cell.dataset.value))]);
                said.speed = Array.from(document.querySelectorAll("#speed [data-option] tbody td:nth-child(5)"), (cell) => Number(cell.dataset.value));
                said.drawings = Array.from(document.querySelectorAll("svg"), (svg) => svg.getBBox().width > 100 || svg.closest("[hidden]") !== null);
                """)
        let bytes = try #require(said["bytes"] as? [[Any]])
        for row in bytes {
            let records = results.encodings.filter { $0.encoding == row[0] as? String && $0.outcome == .exact }
            #expect(row[1] as? Int == records.reduce(0) { $0 + ($1.recipeBytes ?? 0) })
        }
        #expect(bytes.count == 5)
        let figures = try #require(said["figures"] as? [[Any]])
        for (shown, figure) in zip(figures, BenchReport(results).headline.figures) {
            #expect(shown[0] as? String == figure.name)
            // As a text: Foundation reads JSON's numbers up to a unit in the last place.
            #expect((shown[1] as? String).flatMap(Double.init) == figure.value, "\(shown)")
        }
        #expect(figures.count == BenchReport(results).headline.figures.count)
        #expect(said["speed"] as? [Double] == results.speed.compactMap(\.ratio))
        #expect((said["drawings"] as? [Bool])?.allSatisfy(\.self) == true)
    }

    @Test(.enabled(if: browser != nil)) func tablesAreSortedAndLayersChosen() throws {
        let said = try open(
            BenchReport(try .rich()).html,
            script: """
                const table = document.querySelector("#sizes-0-table");
                const names = () => Array.from(table.tBodies[0].rows, (row) => row.cells[0].textContent);
                const head = table.tHead.rows[0].cells[2];
                const button = head.querySelector("button");
                said.before = names();
                button.focus();
                said.focused = document.activeElement === button;
                button.click();
                said.up = [head.getAttribute("aria-sort"), ...names()];
                button.click();
                said.down = [head.getAttribute("aria-sort"), ...names()];
                table.tHead.rows[0].cells[0].querySelector("button").click();
                said.byName = names();
                said.sorted = document.querySelectorAll("#sizes-0-table [aria-sort]:not([aria-sort=none])").length;
                const wide = document.querySelector("#sizes-1-table");
                wide.tHead.rows[0].cells[1].querySelector("button").click();
                said.total = wide.tFoot.rows[0].cells[0].textContent;
                const chapter = document.querySelector("#sizes");
                const select = chapter.querySelector("select");
                const shown = () => Array.from(chapter.querySelectorAll("[data-option]")).filter((panel) => !panel.hidden).map((panel) => panel.dataset.option);
                said.first = shown();
                select.selectedIndex = 1;
                select.dispatchEvent(new Event("change"));
                said.second = shown();
                select.selectedIndex = 2;
                select.dispatchEvent(new Event("change"));
                said.every = shown();
                """)
        // splitstream carries one of the two layers.
        let up = ["tree", "splitstream", "columns", "tarsplit", "raw"]
        #expect(said["focused"] as? Bool == true)
        #expect(said["before"] as? [String] == ["raw", "columns", "tree", "tarsplit", "splitstream"])
        #expect(said["up"] as? [String] == ["ascending"] + up)
        #expect(said["down"] as? [String] == ["descending"] + up.reversed())
        #expect(said["byName"] as? [String] == up.sorted() && said["sorted"] as? Int == 1)
        #expect(said["total"] as? String == "all")
        #expect(said["first"] as? [String] == ["host"] && said["second"] as? [String] == ["source"])
        #expect(said["every"] as? [String] == ["host", "source"])
    }

    @Test(.enabled(if: browser != nil)) func pagesNeverScrollSidewaysAndFollowTheTheme() throws {
        let script = """
            said.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
            said.width = innerWidth;
            said.paper = getComputedStyle(document.body).backgroundColor;
            said.mark = getComputedStyle(document.querySelector("svg .fill")).fill;
            """
        // An inner width of 375 is narrower than the narrowest window; a frame is as narrow as it is told to be.
        let html = BenchReport(try .rich(second: String(repeating: "long-name", count: 30))).html
        let frame = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>
            <iframe style="width: 375px; height: 800px; border: 0" srcdoc="\(Markup.escaped(html))"></iframe></body></html>
            """
        let narrow = try open(
            frame,
            script: """
                const inner = document.querySelector("iframe").contentWindow;
                said.width = inner.innerWidth;
                const root = inner.document.documentElement;
                said.overflow = root.scrollWidth - root.clientWidth;
                said.chapters = inner.document.querySelectorAll(".chapter").length;
                """)
        #expect(narrow["width"] as? Int == 375 && narrow["overflow"] as? Int == 0)
        #expect(narrow["chapters"] as? Int == 12)
        let light = try open(html, width: 500, script: script)
        let dark = try open(html, width: 500, dark: true, script: script)
        #expect(light["overflow"] as? Int == 0 && dark["overflow"] as? Int == 0)
        #expect(light["paper"] as? String == "rgb(255, 255, 255)" && dark["paper"] as? String == "rgb(20, 23, 27)")
        #expect(light["mark"] as? String != dark["mark"] as? String)
    }

    /// Paper has what a click would show.
    @Test(.enabled(if: browser != nil)) func printingOpensEverything() throws {
        var results = try BenchResults.rich()
        results.encodings += (0..<9).map { number in
            EncodingRecord(
                layer: "host", encoding: "e\(number)", entries: 1, layerBytes: 1, outcome: .cannot, error: "\(number)")
        }
        let said = try open(
            BenchReport(results).html,
            script: """
                const open = () => document.querySelectorAll("details[open]").length;
                const rules = Array.from(document.styleSheets[0].cssRules).filter((rule) => rule.media?.mediaText === "print");
                said.hidden = document.querySelectorAll("[data-option][hidden]").length;
                said.closed = document.querySelectorAll("details").length - open();
                dispatchEvent(new Event("beforeprint"));
                said.printed = open();
                dispatchEvent(new Event("afterprint"));
                said.after = open();
                for (const rule of rules) rule.media.mediaText = "screen";
                said.unseen = Array.from(document.querySelectorAll("[data-option]")).filter((panel) => panel.offsetHeight === 0).length;
                """)
        #expect((said["hidden"] as? Int ?? 0) > 0 && (said["closed"] as? Int ?? 0) > 0)
        #expect(said["printed"] as? Int == said["closed"] as? Int && said["after"] as? Int == 0)
        #expect(said["unseen"] as? Int == 0)
    }

    @Test(.enabled(if: browser != nil)) func hostileNamesAreOnlyNames() throws {
        let name = "\"\u{301} onload=\"x\"><script>problems.push('ran')</script><img src=x onerror=problems.push(2)>"
        let said = try open(
            BenchReport(try .rich(second: name)).html,
            script: """
                said.images = document.images.length;
                said.options = Array.from(document.querySelector("#sizes select").options, (option) => option.value);
                """)
        #expect(said["images"] as? Int == 0)
        #expect((said["options"] as? [String])?[1] == name)
    }
}
