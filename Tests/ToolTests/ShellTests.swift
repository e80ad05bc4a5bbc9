import Foundation
import TestSupport
import Testing

/// Completions, the manual and the installation: what a shell and a user's system make of the tool.
@Suite struct ShellTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let isInCI = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Whether a program is there; in CI it has to be.
    private func isThere(_ program: String) throws -> Bool {
        let isThere = try run("sh", ["-c", "command -v \"$1\"", "sh", program]).exitCode == 0
        if Self.isInCI { #expect(isThere, "\(program) is not there") }
        return isThere
    }

    /// What bash offers at the end of a line, by the script that `completion` prints.
    private func offers(_ line: String, in folder: TemporaryFolder) throws -> [String] {
        let tool = try Tool.path()
        let script = try folder.write(Tool.run("completion", "bash").outputBytes, to: "completion.bash")
        // Words as readline takes them apart, those that are delimiters being words of their own.
        let driver = """
            set -u +o history; source "$1"; PATH="$(dirname "$2"):$PATH"; COMP_LINE=$3; COMP_POINT=${#COMP_LINE}
            mapfile -t COMP_WORDS < <(python3 -c '
            import re, sys
            words = re.findall(r"[^\\s:@=]+|[:@=]+", sys.argv[1])
            print("\\n".join(words + ([""] if sys.argv[1][-1] in " " else [])))' "$3")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
            function_name=$(complete -p layerlab | sed -E 's/.*-F ([^ ]+).*/\\1/')
            "$function_name" layerlab "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let result = try run(
            "bash", ["-c", driver, "bash", script, tool, line],
            environment: ["LAYERLAB_CORPUS": "", "XDG_CONFIG_HOME": folder.path])
        #expect(result.exitCode == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test func bashCompletes() throws {
        let folder = try TemporaryFolder()
        #expect(try offers("layerlab reb", in: folder) == ["rebuild"])
        #expect(try offers("layerlab corpus f", in: folder) == ["fetch"])
        #expect(try offers("layerlab import layer.tar --strategy tr", in: folder) == ["tree"])
        // Behind a colon or an at sign bash wants the rest only.
        #expect(try offers("layerlab import layer.tar --strategy tree@si", in: folder) == ["sidecar"])
        #expect(try offers("layerlab import layer.tar --strategy raw+zstd:1", in: folder) == ["19"])
        #expect(
            try offers("layerlab import layer.tar --init bare-user-", in: folder) == ["bare-user-only"])
        #expect(try offers("layerlab bench hos", in: folder) == ["host"])
        #expect(try offers("layerlab survive --operation relab", in: folder) == ["relabel"])
        let repo = folder.path("repo")
        let layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        let ref = try #require(
            try Tool.run("import", layer, "--repo", repo, "--init", "archive", "--json").object()["ref"]
                as? String)
        #expect(try offers("layerlab rebuild --repo \(repo) ostree", in: folder) == [ref])
        #expect(try offers("layerlab verify \(folder.path("lay"))", in: folder) == [layer])
    }

    @Test(arguments: [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
    func scriptsAreSound(_ shell: String, _ option: String) throws {
        let folder = try TemporaryFolder()
        let script = try Tool.run("completion", shell)
        #expect(script.exitCode == 0 && script.output.contains("layerlab"), "\(script.errors)")
        guard try isThere(shell) else { return }
        let checked = try run(shell, [option, folder.write(script.outputBytes, to: "script")])
        #expect(checked.exitCode == 0 && checked.errors.isEmpty, "\(checked.errors)")
    }

    @Test func theManualHasNoWarnings() throws {
        let folder = try TemporaryFolder()
        let written = try run(
            Tool.path(), ["manual", "-o", folder.path("man")], environment: ["SOURCE_DATE_EPOCH": "86400"]
        )
        #expect(written.exitCode == 0, "\(written.errors)")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path("man")).sorted()
        #expect(
            pages.contains("layerlab.1") && pages.contains("layerlab-corpus-add.1") && pages.count > 15)
        #expect(!pages.contains { $0.contains("measure") || $0.contains("help") })
        #expect(
            String(decoding: try folder.read("man/layerlab-import.1"), as: UTF8.self).contains(
                "1970-01-02"))
        let paths = pages.map { folder.path("man/" + $0) }
        if try isThere("groff") {
            let groff = try run("groff", ["-man", "-Tutf8", "-ww", "-z"] + paths)
            #expect(groff.exitCode == 0 && groff.errors.isEmpty, "\(groff.errors.prefix(2000))")
        }
        if try isThere("mandoc") {
            let lint = try run("mandoc", ["-Tlint", "-Wwarning"] + paths)
            #expect(lint.output.isEmpty, "\(lint.output.prefix(2000))")
        }
    }

    @Test func whatIsInstalledStartsAndGoesAgain() throws {
        let folder = try TemporaryFolder()
        let root = folder.path("root")
        func make(_ target: String) throws -> ProgramResult {
            try run(
                "make",
                [
                    "-s", "-C", Self.root, target, "TOOL=" + Tool.path(), "PREFIX=/opt/it", "DESTDIR=" + root,
                ],
                environment: ["MAKEFLAGS": ""])
        }
        // Folders that are there before stay, and pages of commands that are gone do not.
        for name in ["share/empty", "share/man/man1"] {
            try FileManager.default.createDirectory(
                atPath: root + "/opt/it/" + name, withIntermediateDirectories: true)
        }
        try folder.write([1], to: "root/opt/it/share/man/man1/layerlab-gone.1")
        let installed = try make("install")
        #expect(installed.exitCode == 0 && installed.output.isEmpty, "\(installed.errors)")
        let tool = root + "/opt/it/bin/layerlab"
        #expect(try run(tool, ["--version"]).output == Tool.run("--version").output)
        for path in [
            "share/man/man1/layerlab.1", "share/man/man1/layerlab-rebuild.1",
            "share/bash-completion/completions/layerlab",
            "share/zsh/site-functions/_layerlab", "share/fish/vendor_completions.d/layerlab.fish",
        ] {
            #expect(FileManager.default.fileExists(atPath: root + "/opt/it/" + path), "\(path)")
        }
        #expect(!FileManager.default.fileExists(atPath: root + "/opt/it/share/man/man1/layerlab-gone.1"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["root"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["opt"])
        try folder.write([1], to: "root/opt/it/bin/other")
        #expect(try make("uninstall").exitCode == 0)
        let left = try FileManager.default.subpathsOfDirectory(atPath: root)
        let files = left.filter { !FileManager.default.fileExists(atPath: "\(root)/\($0)/.") }
        #expect(
            files == ["opt/it/bin/other"] && left.contains("opt/it/share/man/man1")
                && left.contains("opt/it/share/empty"))
    }

    @Test func installationsThatCannotBeSayWhy() throws {
        let script = Self.root + "/scripts/install"
        let relative = try run(script, ["install", Tool.path()], environment: ["PREFIX": "local"])
        #expect(relative.exitCode == 2 && relative.errors.contains("an absolute path"))
        let folder = try TemporaryFolder()
        let none = try run(
            script, ["install", folder.path("none")], environment: ["PREFIX": folder.path])
        #expect(none.exitCode == 2 && none.errors.contains("make build"), "\(none.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}
