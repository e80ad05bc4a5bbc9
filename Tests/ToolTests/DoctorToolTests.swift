import Foundation
import TestSupport
import Testing

@Suite struct DoctorToolTests {
    private func verdicts(_ result: ProgramResult) throws -> [String: String] {
        var verdicts: [String: String] = [:]
        for check in try result.objects() {
            if let name = check["name"] as? String { verdicts[name] = check["verdict"] as? String }
        }
        return verdicts
    }

    @Test func everyCheckHasALine() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=archive"]).exitCode == 0)
        try FileManager.default.createDirectory(
            atPath: folder.path("work"), withIntermediateDirectories: true)
        let arguments = ["doctor", "--work-dir", folder.path("work"), "--repo", repo]
        let result = try Tool.run(arguments + ["--json"])
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        let verdicts = try verdicts(result)
        for name in [
            "libostree", "libzstd", "zlib", "skopeo", "work folder", "attributes user.*", "load",
            "open files", "mode", "locks",
        ] {
            #expect(verdicts[name] != nil, "\(name)")
        }
        #expect(
            verdicts["locks"] == "ok" && verdicts["fsync"] == "ok" && verdicts["work folder"] == "ok")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("work")).isEmpty)
        let text = try Tool.run(arguments).output
        #expect(
            text.hasPrefix("libraries:\nok      libostree") && text.contains("\nrepository:\n"), "\(text)"
        )
        #expect(text.split(separator: "\n").last?.contains(" ok, ") == true)
    }

    @Test func whatIsMissingIsExitCode1() throws {
        let folder = try TemporaryFolder()
        let work = try Tool.run("doctor", "--work-dir", folder.path("none"), "--json")
        #expect(try work.exitCode == 1 && verdicts(work)["work folder"] == "missing")
        let repo = try Tool.run("doctor", "--work-dir", folder.path, "--repo", folder.path("none"))
        #expect(
            repo.exitCode == 1 && repo.output.contains("layerlab import --init MODE"), "\(repo.output)")
    }

    @Test func whoHoldsALockIsTold() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=archive"]).exitCode == 0)
        let holder = try RunningProgram(
            "flock", [repo, "sh", "-c", "touch \"$1\"; exec sleep 60", "sh", folder.path("held")])
        for _ in 0..<1_000 where !FileManager.default.fileExists(atPath: folder.path("held")) {
            usleep(10_000)
        }
        let result = try Tool.run("doctor", "--work-dir", folder.path, "--repo", repo, "--json")
        #expect(try result.exitCode == 0 && verdicts(result)["locks"] == "note", "\(result.output)")
        kill(holder.processID, SIGKILL)
    }
}
