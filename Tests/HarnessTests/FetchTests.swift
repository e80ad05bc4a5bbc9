import Digests
import Foundation
import Testing

@testable import Harness
import Processes

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
            #expect(plan?.jobs.map(\.name) == ["gone"])
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
            try write("of no manifest", to: directory + "/cache/.build-other/storage.conf")
            let corpus = corpus(directory, [tree("a", directory)] + imageLayers(base: "a"))
            _ = try corpus.fetch([corpus.entries[0]])
            let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/cache").sorted()
            #expect(names.count == 3 && names.contains(".build-image") && names.contains("a.json"))
        }
    }

    @Test func buildersThatOutliveTheirRunAreWaitedFor() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/a/file")
            let work = directory + "/cache/.work-a-DEAD"
            try write("half", to: work + "/layer.tar")
            let corpus = corpus(directory, [tree("a", directory)])
            var sleep = ChildProcess("sleep", ["300"])
            sleep.workingDirectory = work
            let builder = try sleep.start()
            var lines: [String] = []
            let outcome = try corpus.fetch(
                corpus.entries,
                progress: { line in
                    lines.append(line)
                    if line.hasPrefix("waiting for a builder") {
                        #expect(FileManager.default.fileExists(atPath: work))
                        builder.terminate()
                    }
                })
            #expect(
                lines.first == "waiting for a builder that outlived its run: process \(builder.processIdentifier)")
            #expect(outcome.layers.count == 1 && !FileManager.default.fileExists(atPath: work))
        }
    }

    @Test func whatIsMountedInATreeIsNotRemoved() throws {
        try withScratchDirectory { directory in
            let tree = directory + "/cache/.work-a b"
            try write("a", to: tree + "/file")
            let inside = "proc \(tree.replacing(" ", with: "\\040"))/root/proc proc rw 0 0\n"
            var lines: [String] = []
            WorkDirectory.removeTree(tree, mounts: MountTable("/dev/a / ext4 rw 0 0\n" + inside)) { lines.append($0) }
            #expect(lines.first?.contains("file systems mounted in it: \(tree)/root/proc;") == true)
            // Where nobody knows what is mounted, nothing is removed.
            WorkDirectory.removeTree(tree, mounts: nil) { lines.append($0) }
            #expect(lines.count == 2 && FileManager.default.fileExists(atPath: tree + "/file"))
            WorkDirectory.removeTree(tree, mounts: MountTable("/dev/a / ext4 rw 0 0\n")) { lines.append($0) }
            #expect(lines.count == 2 && !FileManager.default.fileExists(atPath: tree))
        }
    }

    @Test func mountsAreReadFromText() {
        let table = MountTable("a /x\\040y\\134z t o 0 0\nb /x t o 0 0\nc /x/a t o 0 0\nd /xa t o 0 0\n")
        #expect(table.points == ["/x y\\z", "/x", "/x/a", "/xa"])
        #expect(table.points(in: "/x") == ["/x", "/x/a"])
        #expect(table.points(in: "/").count == 4)
        #expect(MountTable.decoded("a\\04") == "a\\04" && MountTable.decoded("\\777") == "\\777")
    }

    @Test func theCachesPathHasNoLinks() throws {
        try withScratchDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/real", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/real")
            #expect(Cache(directory: directory + "/link/../link/not/yet").directory == directory + "/real/not/yet")
        }
    }

    @Test func aStoreCountsForWhatIsStillNeeded() throws {
        try withScratchDirectory { directory in
            let corpus = corpus(directory, [tree("base", directory)] + imageLayers())
            let before = corpus.plan([corpus.entries[1]])
            try write(String(repeating: "x", count: 1_000_000), to: directory + "/cache/.build-image/graph/file")
            let plan = corpus.plan([corpus.entries[1]])
            #expect(
                plan.jobs[1].storedBytes >= 1_000_000 && plan.peakBytes == before.peakBytes - plan.jobs[1].storedBytes)
            #expect(plan.announcement.contains("; goes on with the 2 MB in its store\n"), "\(plan.announcement)")
            #expect(corpus.plan([corpus.entries[1]], force: true).peakBytes == before.peakBytes)
            // A store that is larger than expected takes nothing more, and not less than nothing.
            let huge = FetchPlan.Job(
                name: "x", entries: [], work: .layer, cost: FetchCost(downloadBytes: 0, workBytes: 5), storedBytes: 9)
            #expect(huge.workBytes == 0)
        }
    }

    @Test func imagesAreOfOneBuildAndOfTheBaseThatIsThere() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/base/file")
            let corpus = corpus(directory, [tree("base", directory)] + imageLayers())
            let cache = corpus.cache
            let base = try corpus.fetch(corpus.entries[0])
            // Both layers have the same content, and one file.
            let blob = directory + "/blob"
            try write("layer", to: blob)
            let kept = try cache.keep(
                corpus.entries.dropFirst().map { Cache.Made(file: blob, entry: $0) }, base: base.digest)
            #expect(kept.allSatisfy { FileManager.default.fileExists(atPath: $0.path) } && kept.count == 2)
            #expect(corpus.plan(corpus.entries).jobs.isEmpty)

            // One that is missing needs the image, and that replaces the other.
            corpus.forget("image-1")
            let plan = corpus.plan(corpus.entries)
            #expect(plan.jobs.map(\.entries).map { $0.map(\.name) } == [["image-1", "image-2"]])
            #expect(plan.present.map(\.entry.name) == ["base"])

            // An older record has no base, and is current whatever the base is.
            try write("layer", to: blob)
            _ = try cache.keep([Cache.Made(file: blob, entry: corpus.entries[1])])
            try write("other", to: directory + "/base/file")
            var lines: [String] = []
            _ = try corpus.fetch(corpus.entries, progress: { lines.append($0) })
            #expect(lines.isEmpty)
            _ = try corpus.fetch(corpus.entries[0], force: true, progress: { lines.append($0) })
            #expect(lines.last?.hasPrefix("image: warning: its base has changed in this fetch") == true)
            #expect(corpus.cached(corpus.entries[1]) != nil && corpus.cached(corpus.entries[2]) == nil)
            #expect(corpus.listed(corpus.entries[2]) == nil)
            #expect(
                corpus.plan([corpus.entries[2]]).announcement.contains(
                    "; its base base has changed since it was built\n"))
        }
    }

    @Test func whatIsNotWhatItMustBeReplacesNothing() throws {
        try withScratchDirectory { directory in
            let entries = imageLayers()
            let cache = Cache(directory: directory + "/cache")
            for name in ["old", "new"] { try write(name, to: "\(directory)/\(name)") }
            let old = try cache.keep(entries.map { Cache.Made(file: directory + "/old", entry: $0) })
            let wrong = Digest([UInt8](repeating: 1, count: 32))
            #expect(throws: LocatedError.self) {
                try cache.keep([
                    Cache.Made(file: directory + "/new", entry: entries[0]),
                    Cache.Made(file: directory + "/new", entry: entries[1], diffID: wrong),
                ])
            }
            #expect(entries.map { cache.layer(of: $0)?.digest } == old.map(\.digest))
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
            #expect(plan.jobs.map(\.name) == ["base", "image"])
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
            #expect(later.jobs.map(\.name) == ["image"] && later.bases.keys.sorted() == ["base"])
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

    @Test func whatNeverBecomesReadyIsAFailure() throws {
        try withScratchDirectory { directory in
            let corpus = corpus(directory, imageLayers(base: "absent"))
            let outcome = try corpus.fetch(corpus.entries)
            #expect(outcome.failures.map(\.layers) == [["image-1", "image-2"]])
            #expect(outcome.failures.first?.error.what == "its base absent could not be fetched")
        }
    }

    @Test func aDiskThatIsTooSmallIsToldBefore() throws {
        try withScratchDirectory { directory in
            let plan = corpus(directory, [tree("base", directory)] + imageLayers()).plan(imageLayers(), jobs: 2)
            try plan.checkRoom(freeBytes: plan.peakBytes)
            try plan.checkRoom(freeBytes: nil)
            let error = #expect(throws: LocatedError.self) { try plan.checkRoom(freeBytes: plan.peakBytes - 1) }
            #expect(
                error?.what
                    == "there is not enough room: about 52,010,240 bytes are needed at the peak, and 52,010,239 are free"
            )
            #expect(FetchPlan.freeBytes(at: directory + "/not/yet/there") ?? 0 > 0)

            var huge = tree("huge", directory)
            huge.expectedBytes = 1 << 60
            let corpus = corpus(directory, [huge])
            #expect(throws: LocatedError.self) { try corpus.fetch([huge]) }
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
