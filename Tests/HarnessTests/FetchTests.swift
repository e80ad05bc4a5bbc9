import Digests
import Foundation
import Testing

@testable import Harness

@Suite struct FetchTests {
    private func tree(_ name: String, _ directory: String, path: String? = nil) -> CorpusEntry {
        CorpusEntry(
            name: name, sets: ["tiny"], title: "", source: "", licence: "", policy: .imageLayer, expectedBytes: 10_240,
            expectedEntries: nil, pin: nil, needsNetwork: false,
            recipe: .hostTree(
                HostTree(
                    base: directory,
                    shares: [.init(path: path ?? name, maximumEntries: 100, maximumBytes: 1_000_000)])))
    }

    /// Two layers of an image that has the base `base`, which never is built here.
    private func imageLayers(base: String = "base") -> [CorpusEntry] {
        let build = ImageBuild.buildah(BuildahImage(base: base, steps: [.run("true"), .copy([:])]))
        return [1, 2].map { index in
            CorpusEntry(
                name: "image-\(index)", sets: [], title: "", source: "", licence: "", policy: .imageLayer,
                expectedBytes: 1_000_000, expectedEntries: nil, pin: nil, needsNetwork: true,
                recipe: .imageLayer(
                    ImageLayer(
                        image: "image", index: index, build: build,
                        cost: FetchCost(downloadBytes: 3_000_000, workBytes: 50_000_000))))
        }
    }

    private func corpus(_ directory: String, _ entries: [CorpusEntry]) -> Corpus {
        Corpus(entries: entries, cache: Cache(directory: directory + "/cache"))
    }

    @Test func oneFailureKeepsNoOtherBack() throws {
        try withScratchDirectory { directory in
            for name in ["a", "b", "c", "d"] { try write(name, to: "\(directory)/\(name)/file") }
            let entries = ["a", "b", "gone", "c", "d"].map { tree($0, directory) }
            let corpus = corpus(directory, entries)
            var lines: [String] = []
            var seen: [String] = []
            let outcome = try corpus.fetch(
                entries, jobs: 2, progress: { lines.append($0) }, each: { seen.append($0.entry.name) })
            #expect(outcome.layers.map(\.entry.name).sorted() == ["a", "b", "c", "d"])
            #expect(seen.sorted() == ["a", "b", "c", "d"])
            #expect(outcome.failures.map(\.name) == ["gone"])
            #expect(outcome.failures.first?.error.what.contains("gone can be read") == true)
            #expect(lines.contains { $0.hasPrefix("5 of 5: ") })
            #expect(lines.contains { $0.contains("gone: failed after") })

            // The next call does only what is left.
            try write("late", to: directory + "/gone/file")
            var plan: FetchPlan?
            let second = try corpus.fetch(entries, jobs: 2, announce: { plan = $0 })
            #expect(plan?.jobNames == ["gone"])
            #expect(plan?.present.map(\.entry.name) == ["a", "b", "c", "d"])
            #expect(second.failures.isEmpty && second.layers.count == 5)
            #expect(second.layers.filter(\.isFresh).map(\.entry.name) == ["gone"])
        }
    }

    @Test func whatDeadRunsLeftIsTakenAway() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/a/file")
            try write("half", to: directory + "/cache/.work-a-DEAD/layer.tar")
            try write("kept", to: directory + "/cache/.build-image/storage.conf")
            let corpus = corpus(directory, [tree("a", directory)])
            _ = try corpus.fetch(corpus.entries)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/cache").sorted()
            #expect(names.count == 3 && names.contains(".build-image") && names.contains("a.json"))
        }
    }

    @Test func whatIsThereNeedsNoLock() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/a/file")
            let corpus = corpus(directory, [tree("a", directory)])
            _ = try corpus.fetch(corpus.entries)
            let lock = try CacheLock(of: corpus.cache) {}
            let outcome = try corpus.fetch(corpus.entries)
            withExtendedLifetime(lock) {}
            #expect(outcome.layers.map(\.isFresh) == [false])
        }
    }

    @Test func theSecondFetchWaitsForTheFirst() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/a/file")
            let corpus = corpus(directory, [tree("a", directory)])
            var lock: CacheLock? = try CacheLock(of: corpus.cache) {}
            #expect(lock != nil)
            var lines: [String] = []
            let outcome = try corpus.fetch(
                corpus.entries,
                progress: { line in
                    lines.append(line)
                    if line.hasPrefix("waiting") { lock = nil }
                })
            #expect(lines.first == "waiting for another fetch into \(directory)/cache")
            #expect(outcome.layers.count == 1)
        }
    }

    @Test func planAddsTheBaseAndAllMissingLayersOfAnImage() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/base/file")
            let images = imageLayers()
            let corpus = corpus(directory, [tree("base", directory)] + images)
            let plan = corpus.plan([images[1]], jobs: 2)
            #expect(plan.jobNames == ["base", "image"])
            #expect(plan.jobs[1].entries.map(\.name) == ["image-1", "image-2"])
            #expect(plan.downloadBytes == 3_000_000)
            #expect(plan.keptBytes == 2_010_240)
            #expect(plan.peakBytes == 52_010_240)
            #expect(
                plan.announcement == """
                    corpus: \(directory)/cache
                    to fetch: base, 1 MB, 0 MB to download
                    to fetch: image (image-1, image-2), 2 MB, 3 MB to download
                    about 3 MB to download, 3 MB to keep, 53 MB of disk at the peak, 2 at a time
                    """)

            _ = try corpus.fetch(corpus.entries[0])
            let later = corpus.plan([images[1]])
            #expect(later.jobNames == ["image"] && later.bases.keys.sorted() == ["base"])
        }
    }

    @Test func anImageFailsWithItsBase() throws {
        try withScratchDirectory { directory in
            let corpus = corpus(directory, [tree("base", directory)] + imageLayers())
            let outcome = try corpus.fetch([corpus.entries[1]])
            #expect(outcome.layers.isEmpty)
            #expect(outcome.failures.map(\.name) == ["base", "image"])
            #expect(outcome.failures.last?.error.what == "its base base could not be fetched")
        }
    }

    @Test func aDiskThatIsTooSmallIsToldBefore() throws {
        try withScratchDirectory { directory in
            let plan = corpus(directory, [tree("base", directory)] + imageLayers()).plan(imageLayers(), jobs: 2)
            try plan.checkRoom(freeBytes: plan.peakBytes)
            try plan.checkRoom(freeBytes: nil)
            let error = #expect(throws: HarnessError.self) { try plan.checkRoom(freeBytes: plan.peakBytes - 1) }
            #expect(
                error?.what
                    == "there is not enough room: about 52,010,240 bytes are needed at the peak, and 52,010,239 are free"
            )
            #expect(FetchPlan.freeBytes(at: directory + "/not/yet/there") ?? 0 > 0)

            var huge = tree("huge", directory)
            huge.expectedBytes = 1 << 60
            let corpus = corpus(directory, [huge])
            #expect(throws: HarnessError.self) { try corpus.fetch([huge]) }
        }
    }

    @Test func sidecarsOfAnOlderFormAreFetchedAgain() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/a/file")
            let corpus = corpus(directory, [tree("a", directory)])
            let layer = try corpus.fetch(corpus.entries[0])
            #expect(layer.diffID == layer.digest && layer.streamBytes == layer.bytes && layer.entries == 2)
            let path = directory + "/cache/a.json"
            var object = try #require(
                JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
            object["diffID"] = nil
            try JSONSerialization.data(withJSONObject: object).write(to: URL(filePath: path))
            #expect(corpus.cached(corpus.entries[0]) == nil)
            #expect(try corpus.fetch(corpus.entries[0]).isFresh)
        }
    }

    @Test func listsGoByTimeAndFetchesByContent() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/a/file")
            let corpus = corpus(directory, [tree("a", directory)])
            let entry = corpus.entries[0]
            let layer = try corpus.fetch(entry)
            #expect(corpus.listed(entry) == corpus.cached(entry))
            let time = try #require(
                FileManager.default.attributesOfItem(atPath: layer.path)[.modificationDate] as? Date)
            try FileManager.default.setAttributes(
                [.modificationDate: time.addingTimeInterval(1)], ofItemAtPath: layer.path)
            #expect(corpus.listed(entry) == nil && corpus.cached(entry) != nil)
        }
    }
}
