import Digests
import Foundation
import OSTree
import Strategies
import TestSupport
import Testing

/// What a user does when all is well.
@Suite struct HappyPathTests {
    private static let stream = TarSample.rich.bytes

    @Test func importPrintsTheRefThatRebuildTakes() throws {
        let folder = try TemporaryFolder()
        let (layer, repo) = (try folder.write(Self.stream, to: "layer.tar"), folder.path("repo"))
        let imported = try Tool.run("import", layer, "--repo", repo, "--init", "bare-user")
        #expect(imported.exitCode == 0, "\(imported.errors)")
        let lines = imported.output.split(separator: "\n")
        let ref = try #require(lines.first { $0.hasPrefix("ref ") }?.split(separator: " ").last.map(String.init))
        #expect(ref.hasPrefix("ostree/container/blob/sha256_3A_"))

        let rebuilt = try Tool.run("rebuild", ref, "--repo", repo, "-o", folder.path("out.tar"))
        #expect(rebuilt.exitCode == 0 && rebuilt.output.isEmpty && rebuilt.errors.contains("verified"))
        #expect(try folder.read("out.tar") == Self.stream)
        #expect(try run("ostree", ["fsck", "--quiet", "--repo=" + repo]).exitCode == 0)
    }

    @Test func pipesWorkAtBothEnds() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let imported = try Tool.run("import", "-", "--repo", repo, "--init", "archive", "--json", input: Self.stream)
        let object = try imported.object()
        let diffID = SHA256Stream.digest(of: Self.stream).description
        #expect(object["diffID"] as? String == diffID && object["blob"] as? String == diffID)
        #expect(object["mode"] as? String == "archive" && object["policy"] as? String == "ostree-ext:allow-nonusr")
        #expect(object["layerBytes"] as? Int == Self.stream.count && object["schemaVersion"] as? Int == 1)

        let rebuilt = try Tool.run("rebuild", diffID, "--repo", repo, "-o", "-", "--json")
        #expect(rebuilt.exitCode == 0 && rebuilt.outputBytes == Self.stream)
        #expect(rebuilt.errorLines.count == 1 && rebuilt.errors.contains("\"verified\":true"))
        let quiet = try Tool.run("rebuild", diffID, "--repo", repo, "-o", "-", "--quiet", "--no-verify")
        #expect(quiet.exitCode == 0 && quiet.outputBytes == Self.stream && quiet.errors.isEmpty)
    }

    @Test func rebuildWritesDevices() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        let imported = try Tool.run("import", "-", "--repo", repo, "--init", "archive", "--json", input: Self.stream)
        let ref = try #require(imported.object()["ref"] as? String)
        #expect(try Tool.run("rebuild", ref, "--repo", repo, "-o", "/dev/null").exitCode == 0)
        let full = try Tool.run("rebuild", ref, "--repo", repo, "-o", "/dev/full")
        #expect(
            full.exitCode == 2 && full.errorLines.count == 1
                && full.errors.hasPrefix("layerlab: cannot write /dev/full: No space left on device; "))
    }

    @Test func verifyPrintsTheDesignsFieldsOnEveryLine() throws {
        let folder = try TemporaryFolder()
        let sound = try folder.write(Self.stream, to: "sound.tar")
        let xz = try folder.write([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], to: "some.xz")
        let broken = try folder.write([0x1f, 0x8b, 8, 0, 0], to: "broken.gz")
        let result = try Tool.run("verify", sound, xz, broken, "--all-strategies", "--all-modes", "--json")
        #expect(result.exitCode == 0)
        let objects = try result.objects()
        let perFile = Catalogue.allStrategies.count * RepositoryMode.allCases.count
        #expect(objects.count == 3 * perFile)
        let fields: Set<String> = [
            "schemaVersion", "layer", "diffID", "policy", "mode", "encoding", "storage", "entries", "layerBytes",
            "recipeBytes", "storedBytes", "orphanBytes", "outcome", "exact", "error", "findingCount", "findings",
        ]
        for object in objects {
            #expect(Set(object.keys) == fields)
            // Formats that are made for tars, and not for all of them, say so.
            if object["outcome"] as? String == "cannot", (object["encoding"] as? String)?.hasPrefix("raw") == false {
                #expect(object["exact"] is NSNull && object["error"] is String, "\(object)")
                continue
            }
            #expect(object["outcome"] as? String == "exact" && object["exact"] as? Bool == true, "\(object)")
            #expect(object["error"] is NSNull && object["diffID"] is String)
        }
        // What is no gzip after all is told, and checked as it is.
        #expect(result.errors.contains("\(broken): the gzip data ends too early"))
        let combinations = Set(objects.map { "\($0["encoding"]!)@\($0["storage"]!) \($0["mode"]!)" })
        #expect(combinations.count == perFile)
    }

    @Test func verifyOfSoundLayersSucceeds() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Self.stream, to: "sound.tar")
        let result = try Tool.run("verify", file, "--strategy", "raw@sidecar", "--policy", "identity", "--mode", "bare")
        #expect(result.exitCode == 0 && result.output.hasPrefix("exact  \(file)  raw@sidecar  bare"))
        #expect(result.errors.contains("1 exact"))
    }

    @Test func inspectTellsWhatALayerIsMadeOf() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Self.stream, to: "layer.tar")
        let object = try Tool.run("inspect", file, "--json").object()
        #expect(object["layerBytes"] as? Int == Self.stream.count && object["entries"] as? Int == 7)
        let shares = try #require(object["bytes"] as? [[String: Any]])
        #expect(shares.compactMap { $0["bytes"] as? Int }.reduce(0, +) == Self.stream.count)
        let text = try Tool.run("inspect", "-", input: Self.stream)
        #expect(text.exitCode == 0 && text.output.contains("findings  1\n  sparseFile at byte"))
    }

    @Test func inspectTellsWhereARecipesBytesGo() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Self.stream, to: "layer.tar")
        for encoding in ["raw", "delta", "columns:checksums=tree", "raw+zstd:3"] {
            let object = try Tool.run(
                "inspect", file, "--encoding", encoding, "--mode", "archive", "--policy", "identity", "--json"
            ).object()
            #expect(object["encoding"] as? String == encoding && object["policy"] as? String == "identity")
            let streams = try #require(object["streams"] as? [[String: Any]])
            let sum = streams.compactMap { $0["bytes"] as? Int }.reduce(0, +)
            #expect(sum == object["recipeBytes"] as? Int && (object["checksumBytes"] == nil) == encoding.contains("+"))
        }
        let text = try Tool.run("inspect", "-", "--encoding", "columns", input: Self.stream)
        #expect(text.exitCode == 0 && text.output.contains("all but checksums"))
        #expect(try Tool.run("inspect", file, "--encoding", "no").exitCode == 2)
    }

    @Test func findingsGoToStandardError() throws {
        let folder = try TemporaryFolder()
        let stream = TarBuilder.stream { tar in for number in 0..<15 { tar.fifo("usr/\(number)") } }
        let result = try Tool.run("import", "-", "--repo", folder.path("repo"), "--init", "archive", input: stream)
        #expect(result.exitCode == 0 && result.errorLines.count == 11)
        #expect(result.errorLines.last?.contains("5 more") == true)
    }

    @Test(arguments: ["import", "rebuild", "verify", "inspect", "corpus"])
    func helpHasAnExample(_ command: String) throws {
        let result = try Tool.run(command, "--help")
        #expect(result.exitCode == 0 && result.output.contains("EXAMPLE") && result.errors.isEmpty)
    }
}
