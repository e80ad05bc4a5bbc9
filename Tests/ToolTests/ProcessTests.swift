import Foundation
import OSTree
import TestSupport
import Testing

/// Imports beside other processes, and under what a process is given.
@Suite struct ProcessTests {
    private static func stream(_ seed: UInt64) -> [UInt8] {
        TarBuilder.stream { tar in
            var generator = SeededGenerator(seed: seed)
            for number in 0..<300 { tar.file("usr/\(number)", generator.bytes(number)) }
            for number in 0..<300 { tar.file("usr/shared\(number)", Array("\(number)".utf8), mode: 0o755) }
            tar.file("usr/big", [UInt8](repeating: UInt8(seed), count: 3 << 20))
            tar.symbolicLink("usr/link", to: "big")
            tar.file("dev/orphan", generator.bytes(10))
        }
    }
    private static let isInCI = ProcessInfo.processInfo.environment["CI"] == "true"

    private static func isThere(_ program: String) throws -> Bool {
        let isThere = try run("sh", ["-c", "command -v \"$1\"", "sh", program]).exitCode == 0
        if isInCI { #expect(isThere, "\(program) is not there") }
        return isThere
    }

    private func folder(_ mode: RepositoryMode) throws -> (TemporaryFolder, repo: String) {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=" + mode.rawValue]).exitCode == 0)
        return (folder, repo)
    }

    private func expectSound(_ repo: String) throws {
        let check = try run("ostree", ["fsck", "--quiet", "--repo=" + repo])
        #expect(check.exitCode == 0, "\(check.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
    }

    private func rebuild(_ result: ProgramResult, from repo: String) throws -> [UInt8] {
        let ref = try #require(result.object()["ref"] as? String)
        return try Tool.run("rebuild", ref, "--repo", repo, "-o", "-").outputBytes
    }

    @Test(arguments: RepositoryMode.allCases, [[1, 1], [1, 2]])
    func twoAtATime(_ mode: RepositoryMode, _ seeds: [UInt64]) throws {
        let (_folder, repo) = try folder(mode)
        defer { withExtendedLifetime(_folder) {} }
        let streams = seeds.map(Self.stream)
        // Both have begun before either ends.
        let programs = try streams.map { stream in
            try Tool.start(
                "import", "-", "--repo", repo, "--strategy", "raw@sidecar", "--json", input: stream.dropLast(2000))
        }
        for program in programs { try program.waitUntilIdle() }
        let staging = try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp")
        #expect(staging.filter { $0.hasPrefix("staging-layerlab-") && !$0.hasSuffix("-lock") }.count == 2)
        for (program, stream) in zip(programs, streams) {
            try program.send(Array(stream.suffix(2000)))
            try program.finishInput()
        }
        for (program, stream) in zip(programs, streams) {
            let result = try program.wait()
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try rebuild(result, from: repo) == stream)
        }
        try expectSound(repo)
        let refs = try run("ostree", ["refs", "--repo=" + repo, "--list", "ostree/container/blob"]).output
        #expect(refs.split(separator: "\n").count == Set(seeds).count)
    }

    /// Whoever clears `tmp` by a short expiry leaves a running import alone, and takes away what a killed one has left.
    @Test(arguments: [RepositoryMode.bareUser, .archive], [false, true])
    func othersThatClearUpLeaveARunningImportAlone(_ mode: RepositoryMode, _ isKilled: Bool) throws {
        let (folder, repo) = try folder(mode)
        #expect(try run("ostree", ["config", "--repo=" + repo, "set", "core.tmp-expiry-secs", "1"]).exitCode == 0)
        let stream = Self.stream(3)
        let program = try Tool.start("import", "-", "--repo", repo, "--json", input: stream.dropLast(2000))
        try program.waitUntilIdle()
        try Data([1]).write(to: URL(filePath: repo + "/tmp/foreign"))
        if isKilled {
            kill(program.processID, SIGKILL)
            #expect(try program.wait().exitCode == -SIGKILL)
        }
        usleep(2_500_000)
        let tree = folder.path("tree")
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        for number in 0..<2 {
            try folder.write([UInt8(number)], to: "tree/file")
            let commit = try run("ostree", ["commit", "--repo=" + repo, "-b", "other", "--tree=dir=" + tree])
            #expect(commit.exitCode == 0, "\(commit.errors)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp")
        // It has cleared up, as it was told.
        #expect(!names.contains("foreign"))
        #expect(names.contains { $0.hasPrefix("staging-layerlab-") } == !isKilled)
        if !isKilled {
            try program.send(Array(stream.suffix(2000)))
            try program.finishInput()
            let result = try program.wait()
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(try rebuild(result, from: repo) == stream)
            try expectSound(repo)
        } else {
            #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
        }
    }

    /// Files by names, and folders, each with its permissions.
    private func permissions(_ repo: String) throws -> (files: [String: String], folders: Set<String>) {
        let script = "cd \"$1/objects\" && find . -mindepth 1 -printf '%y %m %f\\n'"
        let result = try run("sh", ["-c", script, "sh", repo])
        #expect(result.exitCode == 0, "\(result.errors)")
        var (files, folders) = ([String: String](), Set<String>())
        for line in result.output.split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            if parts[0] == "d" { folders.insert(parts[1]) } else { files[parts[2]] = parts[0] + " " + parts[1] }
        }
        return (files, folders)
    }

    @Test(arguments: RepositoryMode.allCases, ["077", "027"])
    func permissionsAreThoseOfOstreeUnderTheSameMask(_ mode: RepositoryMode, _ mask: String) throws {
        let stream = TarBuilder.stream { tar in
            tar.directory("usr/")
            for mode: UInt32 in [0o644, 0o600, 0o400, 0o755, 0o777, 0o666, 0o4755, 0o2711, 0o000] {
                tar.file("usr/\(mode)", Array("\(mode)".utf8), mode: mode)
            }
            tar.file("usr/long", [UInt8](repeating: 1, count: (4 << 20) + 1), mode: 0o664)
            tar.symbolicLink("usr/link", to: "long")
            tar.directory("usr/private", mode: 0o700)
        }
        let (ours, repo) = try folder(mode)
        let (_theirs, other) = try folder(mode)
        defer { withExtendedLifetime(_theirs) {} }
        let file = try ours.write(stream, to: "layer.tar")
        let result = try Tool.run(after: "umask " + mask, "import", file, "--repo", repo)
        #expect(result.exitCode == 0, "\(result.errors)")
        let commit = try run(
            "sh",
            [
                "-c", "umask \(mask); exec ostree commit --repo=\"$1\" -b x --tree=tar=\"$2\" --tar-autocreate-parents",
                "sh", other, file,
            ])
        #expect(commit.exitCode == 0, "\(commit.errors)")
        let (found, expected) = (try permissions(repo), try permissions(other))
        #expect(found.folders == expected.folders && found.folders.count == 1)
        let shared = Set(found.files.keys).intersection(expected.files.keys)
        for name in shared { #expect(found.files[name] == expected.files[name], "\(name)") }
        // All content objects, and directories' attributes.
        #expect(shared.filter { $0.contains(".file") }.count == 11)
        #expect(shared.contains { $0.hasSuffix(".dirmeta") })
        try expectSound(repo)
    }

    /// Objects are on the disk before they have their names, and have them there before a ref tells of them.
    @Test(arguments: [RepositoryMode.bareUser, .archive])
    func nothingIsNamedBeforeItIsOnTheDisk(_ mode: RepositoryMode) throws {
        guard try Self.isThere("strace") else { return }
        let (folder, repo) = try folder(mode)
        // The first has folders to rename, the second files in folders that are there.
        for seed: UInt64 in [5, 6] {
            let file = try folder.write(Self.stream(seed), to: "layer.tar")
            let trace = folder.path("trace")
            let calls = "syncfs,fsync,fdatasync,rename,renameat,renameat2,openat"
            let result = try run(
                "strace",
                [
                    "-f", "-y", "-s", "300", "-e", "trace=" + calls, "-o", trace, Tool.path(), "import", file, "--repo",
                    repo,
                ])
            try #require(result.exitCode == 0, "\(result.errors)")
            let lines = try String(decoding: folder.read("trace"), as: UTF8.self).split(separator: "\n").map(
                String.init)
            func places(_ isWanted: (String) -> Bool) -> [Int] { lines.indices.filter { isWanted(lines[$0]) } }
            let staged = places {
                $0.contains("openat(") && $0.contains("/tmp/staging-layerlab-") && $0.contains("O_CREAT")
                    && !$0.contains("-lock")
            }
            let renamed = places {
                $0.contains("renameat") && $0.contains("/tmp/staging-layerlab-") && $0.contains("/repo/objects")
            }
            let ours = places { $0.contains("syncfs(") && $0.contains("/tmp/staging-layerlab-") }
            let folders = places { $0.contains("fsync(") && $0.contains("/repo/objects>") }
            let metadata = places {
                $0.contains("renameat") && $0.contains("/repo/tmp/staging-") && !$0.contains("staging-layerlab-")
            }
            let commits = places { $0.contains("syncfs(") && !$0.contains("staging-layerlab-") }
            let refs = places { $0.contains("renameat") && $0.contains("\"ostree/container/blob/sha256") }
            try #require(staged.count > 100 && !renamed.isEmpty && ours.count == 1 && refs.count == 1)
            try #require(!folders.isEmpty && !metadata.isEmpty && !commits.isEmpty)
            let lastObject = max(renamed[renamed.count - 1], metadata[metadata.count - 1])
            #expect(staged[staged.count - 1] < ours[0] && ours[0] < renamed[0])
            #expect(folders.contains { $0 > renamed[renamed.count - 1] && $0 < metadata[0] })
            #expect(commits.contains { $0 < metadata[0] })
            #expect(folders.contains { $0 > lastObject && $0 < refs[0] })
            let synced = places { $0.contains("sync(") && $0.contains("/refs/heads/") }
            #expect(synced.contains { $0 > lastObject && $0 < refs[0] })
            if seed == 6 {
                // Each folder into which files went is synced by itself.
                let moved = Set(renamed.compactMap { lines[$0].firstMatch(of: /\/repo\/objects\/(..)>/)?.1 })
                #expect(!moved.isEmpty)
                for name in moved {
                    let place = places { $0.contains("fsync(") && $0.contains("/repo/objects/\(name)>") }
                    #expect(place.contains { $0 > renamed[0] && $0 < metadata[0] }, "\(name)")
                }
            }
        }
    }

    /// The first of the processors that may be used.
    private func firstProcessor() throws -> Substring {
        let allowed = try run("taskset", ["-pc", "\(getpid())"]).output
        return try #require(allowed.firstMatch(of: /list: (\d+)/)?.1)
    }

    /// However few files may be open, an import succeeds, or says so and leaves the repository as it was. With one thread fewer
    /// are open while objects are written, and what comes later is the first to fail.
    @Test(arguments: [RepositoryMode.bareUser, .archive], [false, true])
    func tooFewDescriptorsAreAnError(_ mode: RepositoryMode, _ isOnOneProcessor: Bool) throws {
        guard try !isOnOneProcessor || Self.isThere("taskset") else { return }
        let processor = isOnOneProcessor ? try "taskset -pc \(firstProcessor()) $$ >/dev/null; " : ""
        let (folder, repo) = try folder(mode)
        let stream = Self.stream(7)
        let file = try folder.write(stream, to: "layer.tar")
        var (failures, refs) = (0, "")
        var last: ProgramResult?
        for limit in 8...40 {
            let result = try Tool.run(
                after: processor + "ulimit -n \(limit)", "import", file, "--repo", repo, "--strategy", "raw@sidecar",
                "--json")
            last = result
            if result.exitCode == 0 { break }
            if result.errors.contains("Too many open files"), result.errors.hasPrefix("layerlab: ") { failures += 1 }
            refs += try run("ostree", ["refs", "--repo=" + repo]).output
            let sidecars = try? FileManager.default.contentsOfDirectory(atPath: repo + "/extensions/layerlab")
            #expect((sidecars ?? []) == [], "\(limit): \(result.errors)")
            let left = try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp")
            #expect(left.filter { $0 != "cache" } == [], "\(limit): \(result.errors)")
        }
        #expect(failures > 3 && refs.isEmpty)
        let result = try #require(last)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try rebuild(result, from: repo) == stream)
        try expectSound(repo)
    }

    /// A wish to stop while the threads have their hands full.
    @Test(arguments: [RepositoryMode.bareUser, .archive], [SIGINT, SIGTERM])
    func anImportAtWorkCanBeInterrupted(_ mode: RepositoryMode, _ signal: Int32) throws {
        let (folder, repo) = try folder(mode)
        let before = try TemporaryFolder.listing(of: repo)
        let stream = TarBuilder.stream { tar in
            var generator = SeededGenerator(seed: 9)
            let bytes = generator.bytes(40_000)
            for number in 0..<300 { tar.file("usr/\(number)", Array("\(number)".utf8) + bytes) }
        }
        // All but the last bytes: it cannot end by itself. The pipe holds 64 KiB, so the rest is at work or just done.
        let program = try Tool.start("import", "-", "--repo", repo, input: stream.dropLast(20_000))
        let staging = try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp")
        #expect(staging.contains { $0.hasPrefix("staging-layerlab-") })
        kill(program.processID, signal)
        let result = try program.wait(timeoutSeconds: 60)
        #expect(result.exitCode == 128 + signal)
        #expect(result.errorLines == ["layerlab: interrupted; nothing was kept"])
        #expect(try TemporaryFolder.listing(of: repo) == before)
        try expectSound(repo)
        withExtendedLifetime(folder) {}
    }

    /// There are as many threads as the process may use processors.
    @Test func threadsAreForTheProcessorsThatMayBeUsed() throws {
        guard try Self.isThere("taskset") else { return }
        let (folder, repo) = try folder(.archive)
        let program = try RunningProgram(
            "taskset", ["-c", String(firstProcessor()), Tool.path(), "import", "-", "--repo", repo],
            input: Array(Self.stream(11).dropLast(2000)), keepsInputOpen: true)
        try program.waitUntilIdle()
        // The one that reads, and the one that works.
        #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.processID)/task").count == 2)
        kill(program.processID, SIGTERM)
        #expect(try program.wait().exitCode == 128 + SIGTERM)
        withExtendedLifetime(folder) {}
    }
}
