import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct ReportFolderTests {
    private func files(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test func foldersAreNumberedAndNamedByDayAndMachine() throws {
        try withScratchDirectory { directory in
            let reports = directory + "/Reports"
            // All begin at the same time; a folder is made, and has its number, when it is saved.
            let folders = try (0..<3).map { _ in
                try ReportFolder(below: reports, date: "2024-02-03T04:05:06Z", machine: .sample)
            }
            #expect(!FileManager.default.fileExists(atPath: reports))
            for index in folders.indices { for _ in 0..<2 { try folders[index].save(.sample([])) } }
            let first = reports + "/2024-02-03-sample-9000-2c"
            #expect(folders.map(\.path) == [first, first + "-2", first + "-3"])
            #expect(try files(in: reports).count == 3)
        }
    }

    @Test func aNamedFolderIsMadeAndMayBeThere() throws {
        try withScratchDirectory { directory in
            let path = directory + "/a/b"
            for _ in 0..<2 {
                let folder = try ReportFolder(path)
                try folder.save(.sample([]))
                #expect(folder.path == path)
                #expect(try files(in: path) == ["report.md", "results.json"])
            }
            try write("", to: directory + "/file")
            let error = #expect(throws: LocatedError.self) { try ReportFolder(directory + "/file/below") }
            #expect(error?.location == directory + "/file/below")
        }
    }

    @Test func savingReplacesBothFilesAsAWhole() throws {
        try withScratchDirectory { directory in
            let folder = try ReportFolder(directory)
            try folder.save(.sample([.sample(), .sample("zstd@sidecar")]))
            // Whoever has the old file open keeps the old file: it is replaced, not written over.
            let old = try #require(FileHandle(forReadingAtPath: directory + "/results.json"))
            let before = try Data(contentsOf: URL(filePath: directory + "/results.json"))
            try folder.save(.sample([.sample()]))
            #expect(try old.readToEnd() == before)
            #expect(try files(in: directory) == ["report.md", "results.json"])
            let report = String(decoding: try Data(contentsOf: URL(filePath: directory + "/report.md")), as: UTF8.self)
            #expect(report == BenchReport(.sample([.sample()])).markdown)
        }
    }

    @Test func resultsComeBackAsTheyWere() throws {
        try withScratchDirectory { directory in
            var peer = BenchRecord(layer: "host", role: .peer, name: "tar-split", layerBytes: .max)
            (peer.note, peer.error) = ("a | note", "said \"no\"\nand ended")
            let results = BenchResults.sample([.sample(), peer], leftOut: ["small: no network"])
            let folder = try ReportFolder(directory)
            try folder.save(results)
            let data = try Data(contentsOf: URL(filePath: directory + "/results.json"))
            let read = try JSONDecoder().decode(BenchResults.self, from: data)
            #expect(read.records == results.records)
            #expect(read.machine == results.machine)
            #expect(read.schemaVersion == BenchResults.currentSchemaVersion)
            #expect((read.date, read.command) == (results.date, results.command))
            #expect(read.settings == results.settings)
            #expect(read.layers == results.layers)
            #expect(read.conditions == results.conditions)
            #expect(read.ending == .complete)
            #expect(read.leftOut == results.leftOut)
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object["schemaVersion"] as? Int == 2)
        }
    }
}
