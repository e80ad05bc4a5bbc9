import Foundation
import Processes
import Testing

@testable import Harness

@Suite struct ResultsLoadingTests {
    /// The message of what `load` throws.
    private func message(_ paths: String...) throws -> String {
        let error = try #require(throws: LocatedError.self) { try BenchResults.load(paths) }
        return "\(error)"
    }

    @Test func publishedFilesOfAllReleasesLoad() throws {
        #expect(BenchResults.published.count >= 8)
        for path in BenchResults.published {
            let results = try BenchResults.load([path])
            #expect(!results.isEmpty && results.schemaVersion == 2, "\(path)")
            // Ratios are resampled a thousand times: some files are enough to see that there is a report of each kind.
            guard results.records.count < 50, results.speed.isEmpty else { continue }
            let report = BenchReport(results)
            #expect(!report.headline.sentence.isEmpty && report.chapters.count >= 3, "\(path)")
        }
    }

    @Test func foldersAndFilesAreTheSame() throws {
        try withScratchDirectory { directory in
            let results = try BenchResults.rich()
            try ReportFolder(directory).save(results)
            let (folder, file) = try (BenchResults.load([directory]), BenchResults.load([directory + "/results.json"]))
            for read in [folder, file] {
                #expect(read.encodings == results.encodings && read.layers == results.layers)
                #expect(read.survivalRecords == results.survivalRecords && read.speed == results.speed)
            }
        }
    }

    @Test func survivalIsTakenTo() throws {
        try withScratchDirectory { directory in
            try ReportFolder(directory).save(.sample([.sample()]))
            let survival = SurvivalResults(
                date: "", command: "", machine: .sample, survival: try BenchResults.survival())
            try ReportFolder(directory + "/lives").write(try survival.files())
            let file = directory + "/lives/survival.json"
            #expect(try BenchResults.load([directory, file]).survivalRecords.count == 4)
            #expect(try BenchResults.load([file, directory]).survivalRecords.count == 4)
            // Beside the results it is found without being named.
            try FileManager.default.moveItem(atPath: file, toPath: directory + "/survival.json")
            #expect(try BenchResults.load([directory]).survivalRecords.count == 4)
            #expect(try message(directory + "/survival.json").contains("there are no results of bench"))
        }
    }

    /// A benchmark has a survival stage of its own: what `survive` has tried again counts once, and as `survive` found it.
    @Test func aTrialCountsOnce() throws {
        try withScratchDirectory { directory in
            var results = BenchResults.sample([.sample()])
            results.survivalRecords = try BenchResults.survival()
            try ReportFolder(directory).save(results)
            var again = Array(try BenchResults.survival().reversed())
            for index in again.indices { again[index].outcome = .exact }
            var other = again[0]
            other.mode = "archive"
            let survival = SurvivalResults(date: "", command: "", machine: .sample, survival: again + [other])
            try ReportFolder(directory + "/lives").write(try survival.files())
            let read = try BenchResults.load([directory, directory + "/lives"])
            #expect(read.survivalRecords.count == 5 && read.survivalRecords.allSatisfy { $0.outcome == .exact })
            #expect(BenchReport(read).headline.figures.contains { $0.caption.hasSuffix("of 5 survival trials") })
        }
    }

    @Test func strategiesThatFareAlikeAreOneRowInAnyOrder() throws {
        var results = BenchResults.sample([.sample()])
        results.survivalRecords = try BenchResults.survival()
        for index in results.survivalRecords.indices { results.survivalRecords[index].outcome = .exact }
        results.survivalRecords[0].outcome = .refuses
        results.survivalRecords[2].outcome = .refuses
        results.survivalRecords.swapAt(2, 3)
        let table = try #require(SurvivalChapter(results).chapter?.sections.first?.table)
        #expect(table.rows.map(\.last) == ["raw, tree"])
    }

    /// Sums of what nobody can have measured would overflow.
    @Test func numbersBeyondMeasureAreRefused() throws {
        try withScratchDirectory { directory in
            let file = directory + "/results.json"
            var results = BenchResults.sample([.sample()])
            for bytes in [Int.max, 2_000_000_000_000_000] {
                results.encodings = [.sample("raw", bytes: bytes, encode: 1, decode: 1)]
                try ReportFolder(directory).save(results)
                #expect(try message(file).contains("encodings.0.recipeBytes"), "\(bytes)")
            }
            results.encodings = (0..<1_001).map { .sample("e\($0)", bytes: 999_999_999_999_999, encode: 1, decode: 1) }
            try ReportFolder(directory).save(results)
            #expect(try message(file).contains("too large to be measurements"))
        }
    }

    @Test func otherVersionsAreRefusedWithAWayOut() throws {
        try withScratchDirectory { directory in
            let file = directory + "/results.json"
            try ReportFolder(directory).save(.sample([.sample()]))
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try write(text.replacing("\"schemaVersion\" : 2", with: "\"schemaVersion\" : 3"), to: file)
            var said = try message(directory)
            #expect(said.hasPrefix("\(file): its schema version is 3, and this layerlab reads 2; "), "\(said)")
            #expect(said.contains("a newer layerlab wrote it"))
            try write(text.replacing("\"schemaVersion\" : 2", with: "\"schemaVersion\" : 1"), to: file)
            #expect(try message(file).contains("reads 2; measure anew with layerlab bench"))
            try write(text.replacing("\"schemaVersion\" : 2,", with: ""), to: file)
            said = try message(file)
            #expect(said.contains("is missing") || said.contains("it is no JSON"), "\(said)")
        }
    }

    @Test func whatIsNoneSaysWhatToDo() throws {
        try withScratchDirectory { directory in
            #expect(try message(directory + "/none").contains("there is no such file or folder; layerlab bench -o"))
            #expect(try message(directory).contains("there is no results.json in the folder; layerlab bench -o"))
            try write("{", to: directory + "/broken/results.json")
            #expect(try message(directory).contains("name one of those below it: \(directory)/broken/results.json"))
            #expect(try message(directory + "/broken").contains("it is no JSON"))
            try write("{\"schemaVersion\":2,\"date\":7}", to: directory + "/broken/results.json")
            #expect(try message(directory + "/broken").contains("date is not what it should be"))
            try ReportFolder(directory + "/one").save(.sample([.sample()]))
            try ReportFolder(directory + "/two").save(.sample([.sample()]))
            #expect(try message(directory + "/one", directory + "/two").contains("is a second benchmark"))
        }
    }
}
