import Foundation
import Harness
import Processes
import TestSupport
import Testing

/// `layerlab compare`, and `bench --against` with a program that is slower than ours.
@Suite struct CompareToolTests {
    /// A program that does what layerlab does, and takes longer to rebuild.
    private func slowTool(in folder: String) throws -> String {
        let path = folder + "/slow-layerlab"
        let script = """
            #!/bin/sh
            [ "$1" != rebuild ] || sleep 0.3
            exec '\(try Tool.path())' "$@"
            """
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    @Test func aSlowerProgramIsTold() throws {
        try BenchTool.use { tool in
            let slow = try slowTool(in: tool.folder)
            let ended = try tool.bench(
                "--against", slow, "--strategy", "raw@sidecar", "--samples", "12", "--max-samples", "12", "--stage",
                "end-to-end", "--significance", "1", "--json")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let rows = try ended.output.text.split(separator: "\n").map {
                try JSONDecoder().decode(Comparison.Row.self, from: Data($0.utf8))
            }
            let rebuild = try #require(rows.first { $0.metric.quantity == "rebuild" })
            #expect(rebuild.verdict == .improved && rebuild.effect?.samples == 12, "\(rebuild)")
            #expect(rows.filter { $0.verdict == .regressed }.isEmpty)
            for quantity in ["recipe", "stored recipe", "orphans", "outcome"] {
                #expect(rows.first { $0.metric.quantity == quantity }?.verdict == .unchanged, "\(quantity)")
            }
            #expect(try tool.files(in: tool.output) == ["comparison.json", "comparison.md"])
            #expect(try tool.files(in: tool.temporary).isEmpty)

            // The same samples the other way round: what was measured first is now what there is.
            let file = tool.output + "/comparison.json"
            var results = try JSONDecoder().decode(AgainstResults.self, from: Data(contentsOf: URL(filePath: file)))
            results.entries = results.entries.map { .init(metric: $0.metric, base: $0.new, new: $0.base) }
            try JSONEncoder().encode(results).write(to: URL(filePath: file))
            let again = try Tool.run("compare", tool.output, "--significance", "1")
            #expect(again.exitCode == 1 && again.output.contains("regressed"), "\(again.output)\(again.errors)")
            #expect(try Tool.run("compare", file, "--minimum-effect", "900").exitCode == 0)
        }
    }

    /// All but the compiler, in whose place a script writes the program.
    @Test func aRevisionIsBuiltOnceAndKept() throws {
        try BenchTool.use { tool in
            func script(_ path: String, _ text: String) throws {
                try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(filePath: path))
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
            let (source, programs) = (tool.folder + "/source", tool.folder + "/bin")
            for path in [source, programs] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
            try script(tool.folder + "/built", "exec '\(try Tool.path())' \"$@\"")
            try script(
                programs + "/swift",
                """
                [ "$1" = build ] || { echo 'Swift version 0 (of a test)'; exit 0; }
                echo built >>'\(tool.folder)/builds'
                while [ $# -gt 1 ]; do [ "$1" = --package-path ] && folder=$2; shift; done
                grep -q layerlab "$folder/Package.swift" && mkdir -p "$folder/.build/release"
                cp '\(tool.folder)/built' "$folder/.build/release/layerlab"
                """)
            try Data("let package = Package(name: \"layerlab\")\n".utf8).write(
                to: URL(filePath: source + "/Package.swift"))
            for arguments in [
                ["init", "--quiet"], ["add", "."],
                ["-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message=test"],
            ] {
                try ChildProcess("git", ["-C", source] + arguments).runChecked()
            }
            let path = programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            for _ in 0..<2 {
                var bench = ChildProcess(
                    try Tool.path(),
                    [
                        "bench", tool.layerPath, "-o", tool.output, "--against", "HEAD", "--strategy", "raw@sidecar",
                        "--samples", "1", "--max-samples", "1", "--stage", "encodings",
                    ], timeoutSeconds: 300)
                bench.environment = ["TMPDIR": tool.temporary, "PATH": path]
                bench.workingDirectory = source
                let ended = try bench.run()
                // A tool that was built for debugging builds the revision, and refuses to be compared with it.
                if ended.exitCode == 2 {
                    #expect(ended.error.text.contains("is a debug build"), "\(ended.error.text)")
                } else {
                    #expect(ended.exitCode == 0 && ended.output.text.contains("encode"), "\(ended.error.text)")
                }
            }
            let kept = try tool.files(in: source + "/.build/against")
            #expect(kept.count == 1 && kept.first?.hasPrefix("layerlab-") == true, "\(kept)")
            #expect(try String(contentsOfFile: tool.folder + "/builds", encoding: .utf8) == "built\n")
        }
    }

    @Test func encodingsAreMeasuredInTurn() throws {
        try BenchTool.use { tool in
            let ended = try tool.bench(
                "--against", try Tool.path(), "--strategy", "raw@sidecar", "--strategy", "raw@separate-ref",
                "--samples", "1", "--max-samples", "1", "--stage", "encodings")
            #expect(ended.exitCode == 0, "\(ended.error.text)")
            let text = ended.output.text
            // Two storages, one encoding: it is measured once.
            #expect(
                text.components(separatedBy: "encode ").count == 2 && text.contains("fewer than 8 samples"), "\(text)")
        }
    }

    @Test func aStrategyThatTheOtherOneHasNotIsTold() throws {
        try BenchTool.use { tool in
            let path = tool.folder + "/old-layerlab"
            let script = """
                #!/bin/sh
                case "$*" in *detached*) echo 'layerlab: no such storage' >&2; exit 2;; esac
                exec '\(try Tool.path())' "$@"
                """
            try Data(script.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            let ended = try tool.bench(
                "--against", path, "--strategy", "raw@detached-metadata", "--samples", "1", "--max-samples", "1")
            #expect(ended.exitCode == 2 && ended.error.text.contains("no such storage"), "\(ended.error.text)")
            #expect(ended.error.text.contains("nothing is said about speed"), "\(ended.error.text)")
            #expect(ended.output.text.contains("error, then exact"), "\(ended.output.text)")
        }
    }

    @Test func theBaselineComparesWithItself() throws {
        let folder = try TemporaryFolder()
        let (one, other) = (folder.path + "/one.json", folder.path + "/other.json")
        let measured = try Tool.run("measure", "baseline", "--no-counts", "-o", one)
        #expect(measured.exitCode == 0, "\(measured.errors)")
        #expect(try Tool.run("compare", one, one).exitCode == 0)
        // One byte more of one recipe.
        var baseline = try JSONDecoder().decode(Baseline.self, from: Data(contentsOf: URL(filePath: one)))
        let index = try #require(baseline.figures.firstIndex { $0.metric.quantity == "recipe" })
        baseline.figures[index].value += 1
        try baseline.write(to: other)
        let worse = try Tool.run("compare", one, other)
        #expect(worse.exitCode == 1 && worse.output.contains("1 regressed"), "\(worse.output)")
        #expect(try Tool.run("compare", other, one).exitCode == 0)
        baseline.figures.removeLast()
        try baseline.write(to: other)
        #expect(try Tool.run("compare", other, one).exitCode == 1)
        // What was measured here is what is committed, where the libraries are the same.
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let committed = try JSONDecoder().decode(
            Baseline.self, from: Data(contentsOf: root.appending(path: "Reports/baseline.json")))
        let fresh = try JSONDecoder().decode(Baseline.self, from: Data(contentsOf: URL(filePath: one)))
        // Where nothing is counted, these two are not asked for.
        let libraries = committed.versions.filter { !["swift", "valgrind"].contains($0.key) }
        if libraries == fresh.versions {
            let exact = committed.figures.filter { $0.tolerance == nil }
            let changed = exact.filter { !fresh.figures.contains($0) } + fresh.figures.filter { !exact.contains($0) }
            #expect(changed.map(\.metric.text) == [], "make gate-renew, if that is meant")
        }
    }

    @Test func wrongUsageIsTold() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/odd.json"
        try Data("{}".utf8).write(to: URL(filePath: file))
        for arguments in [
            ["compare"], ["compare", file], ["compare", "/nonexistent", file],
            ["compare", file, file, "--minimum-effect", "0"], ["compare", file, file, "--significance", "100"],
            ["bench", "--against", "x", "--full"], ["bench", "--against", "x", "--stage", "speed"],
            ["bench", "--against", "/nonexistent/layerlab"], ["bench", "--against", "/bin/true"],
            ["bench", "--against", "x", "--no-peers"], ["bench", "--minimum-effect", "3"],
            ["bench", "--against", "x", "--max-samples", "10"], ["bench", "oci:x", "--against", "x"],
        ] {
            let ended = try Tool.run(arguments)
            #expect(ended.exitCode == 2 && !ended.errors.isEmpty, "\(arguments): \(ended.errors)")
        }
    }
}
