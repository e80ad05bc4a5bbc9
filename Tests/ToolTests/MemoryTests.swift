import Foundation
import Harness
import Strategies
import TestSupport
import Testing
import Processes

/// What entries take in memory, whatever a machine is like: the difference between two layers of which one has 40,000 entries
/// more, in whole processes. What both have, the program and its buffers, does not count.
@Suite(.serialized) struct MemoryTests {
    private static let entries = 40_000
    /// Bytes that an entry may take: `Documentation/speed.md`.
    private static let limit: UInt64 = 512

    /// The encodings that keep within it, alone, and the storages that do with the one that has the most bytes.
    private static var strategies: [String] {
        Catalogue.encodings.filter { $0.name != Splitstream.name }.map { "\($0.name)@\(Sidecar.name)" }
            + ["raw+zstd:3@\(CommitMetadata.name)", "\(Raw.name)@\(SeparateRef.name)"]
            // It is like commit-metadata, and each takes minutes.
            + (TestScale.isFull ? ["raw+zstd:3@\(DetachedMetadata.name)"] : [])
    }

    /// One file that fills all buffers, and so many of one byte.
    private func stream(_ count: Int) -> [UInt8] {
        TarBuilder.stream { tar in
            tar.file("usr/large", [UInt8](repeating: 1, count: 24 << 20))
            for number in 0..<count { tar.file("usr/\(number / 100)/file-\(number)", [1]) }
        }
    }

    private func peaks(_ count: Int, _ strategy: String, in folder: TemporaryFolder) throws -> [UInt64] {
        let layer = try folder.write(stream(count), to: "layer.tar")
        let repo = folder.path("repo-\(count)")
        func peak(_ arguments: [String]) throws -> UInt64 {
            var child = ChildProcess(try Tool.path(), arguments, timeoutSeconds: 300)
            child.samplesMemory = true
            return try child.runChecked().peakMemory.bytes
        }
        let imported = try peak([
            "import", layer, "--repo", repo, "--init", "bare-user", "--strategy", strategy, "--quiet",
        ])
        let names = try run("ostree", ["refs", "--repo=\(repo)", "--list", "ostree/container/blob"]).output
        let ref = try #require(names.split(separator: "\n").first.map(String.init))
        return [imported, try peak(["rebuild", ref, "--repo", repo, "-o", "/dev/null", "--quiet"])]
    }

    @Test(arguments: strategies) func entriesTakeNoMoreThanTheyMay(_ strategy: String) throws {
        let folder = try TemporaryFolder()
        let (few, many) = (try peaks(100, strategy, in: folder), try peaks(100 + Self.entries, strategy, in: folder))
        for (operation, pair) in zip(["import", "rebuild"], zip(few, many)) {
            let growth = pair.1 - min(pair.0, pair.1)
            #expect(
                growth < Self.limit * UInt64(Self.entries),
                "\(operation): \(growth / UInt64(Self.entries)) bytes for each entry")
        }
    }
}
