import Foundation
import LayerStore
import OSTree
import Processes
import Strategies
import TestSupport
import Testing

@testable import Harness

/// A strategy for somebody's priorities, from measured figures.
@Suite struct AdviceTests {
    private func encoding(
        _ name: String, layer: String = "host", bytes: Int?, encode: Double = 1, decode: Double = 1
    ) -> EncodingRecord {
        var record = EncodingRecord(
            layer: layer, encoding: name, entries: 1_000, layerBytes: 1, outcome: bytes == nil ? .cannot : .exact)
        record.recipeBytes = bytes
        if bytes != nil { (record.encodeSeconds, record.decodeSeconds) = ([encode], [decode]) }
        return record
    }

    private func lives(
        _ strategy: String, _ outcomes: [String: SurvivalRecord.Outcome], mode: RepositoryMode = .bareUser,
        beside: Int = 50
    ) -> [SurvivalRecord] {
        SurvivalOperation.all.compactMap { operation in
            guard let outcome = outcomes[operation.name] else { return nil }
            var record = SurvivalRecord(
                layer: .init(name: "sample", path: "", policy: .standard, expectedBytes: 0), mode: mode.rawValue,
                strategy: strategy, operation: operation.name)
            (record.outcome, record.recipeBytes, record.storageBytes) = (outcome, 100, UInt64(100 + beside))
            (record.storageFiles, record.storageRefs, record.entries) = (0, 0, 45)
            return record
        }
    }

    private var sources: AdviceSources {
        AdviceSources(
            encodings: [
                encoding("raw", bytes: 80_000, encode: 0.001, decode: 0.001),
                encoding("tree", bytes: 200, encode: 0.004, decode: 0.002),
                encoding("slow", bytes: 200, encode: 0.008, decode: 0.002),
                encoding("odd", bytes: 100), encoding("odd", layer: "other", bytes: nil),
                encoding("raw", layer: "other", bytes: 80_000, encode: 0.001, decode: 0.001),
                encoding("tree", layer: "other", bytes: 400, encode: 0.004, decode: 0.002),
                encoding("slow", layer: "other", bytes: 400, encode: 0.008, decode: 0.002),
            ],
            survival: lives("raw@sidecar", ["prune": .exact, "relabel": .refuses, "http-pull": .ostreeRefuses])
                + lives("tree@sidecar", ["prune": .exact, "relabel": .exact, "http-pull": .ostreeRefuses])
                + lives("tree@separate-ref", ["prune": .exact, "relabel": .exact], beside: 500)
                + lives("slow@sidecar", ["prune": .exact, "relabel": .notApplicable])
                + lives("odd@sidecar", ["prune": .exact, "relabel": .cannot])
                + lives("unknown@sidecar", ["prune": .exact])
                + lives("raw@sidecar", ["prune": .exact], mode: .archive))
    }

    private func priorities(
        _ must: String..., minimise: [AdvicePriorities.Axis] = [.size], mode: RepositoryMode = .bareUser
    ) throws -> AdvicePriorities {
        var priorities = AdvicePriorities(mode: mode, minimise: minimise)
        for text in must { try priorities.require(text) }
        return priorities
    }

    @Test func figuresAreThoseOfAllLayers() throws {
        let figures = StrategyFigures.all(of: sources, in: .bareUser)
        #expect(
            figures.map(\.strategy) == [
                "raw@sidecar", "tree@sidecar", "tree@separate-ref", "slow@sidecar", "odd@sidecar",
            ])
        let tree = try #require(figures.first { $0.strategy == "tree@sidecar" })
        #expect(tree.recipeBytesPerEntry == 0.3 && tree.storageBytesPerLayer == 50 && tree.size == 0.35)
        #expect(tree.encode == 4 && tree.decode == 2)
        #expect(tree.survives == ["prune", "relabel"] && tree.loses.isEmpty && tree.impossible == ["http-pull"])
        let odd = try #require(figures.last)
        #expect(odd.layers == 2 && odd.carriedLayers == 1 && odd.survives == ["prune"] && odd.loses.isEmpty)
    }

    @Test func theFirstPriorityDecides() throws {
        #expect(try Advice(priorities(), from: sources).best?.strategy == "tree@sidecar")
        #expect(try Advice(priorities(minimise: [.encode]), from: sources).best?.strategy == "raw@sidecar")
        #expect(try Advice(priorities(minimise: [.size, .encode]), from: sources).best?.strategy == "tree@sidecar")
        #expect(
            try Advice(priorities("survive:relabel", minimise: [.encode]), from: sources).best?.strategy
                == "tree@sidecar")
        var lenient = try priorities()
        lenient.carriesAll = false
        #expect(try Advice(lenient, from: sources).best?.strategy == "odd@sidecar")
    }

    @Test func whatIsBeatenIsNotOnTheFront() throws {
        let advice = try Advice(priorities(), from: sources)
        // What is as good and slower, or larger, is beaten; raw is faster.
        #expect(advice.front.map(\.strategy) == ["tree@sidecar", "raw@sidecar"] && advice.fitting.count == 4)
        #expect(
            advice.exclusions == [
                .init(reason: "cannot carry every layer, or were not measured on it", strategies: ["odd@sidecar"]),
                .init(reason: "were not measured by bench", strategies: ["unknown"]),
            ])
    }

    @Test func whatDoesNotSurviveIsOutWithTheReason() throws {
        let relabelled = try Advice(priorities("survive:prune,relabel"), from: sources)
        #expect(relabelled.exclusions[1] == .init(reason: "do not survive relabel", strategies: ["raw@sidecar"]))
        #expect(
            AdviceReport(relabelled).text.hasPrefix(
                "advice: tree@sidecar\n  - in bare-user it is exact after prune, relabel, as asked\n"))
        let pulled = try Advice(priorities("survive:http-pull"), from: sources)
        #expect(pulled.best == nil && pulled.front.isEmpty && AdviceReport(pulled).text.hasPrefix("no strategy fits\n"))
        #expect(
            pulled.exclusions.dropLast().map(\.strategies) == [
                ["odd@sidecar"], ["raw@sidecar", "tree@sidecar"], ["tree@separate-ref", "slow@sidecar"],
            ])
        #expect(pulled.exclusions[1].reason == "cannot be asked for http-pull, which ostree does not do in bare-user")
        var lenient = try priorities("survive:relabel")
        lenient.carriesAll = false
        let odd = try Advice(lenient, from: sources).exclusions.dropLast().last
        #expect(odd?.strategies == ["odd@sidecar"] && odd?.reason.hasPrefix("were not measured after relabel") == true)
    }

    @Test func limitsAreKept() throws {
        let small = try Advice(priorities("size:10", minimise: [.encode]), from: sources)
        #expect(small.best?.strategy == "tree@sidecar" && small.limits == ["size": 10])
        #expect(small.exclusions[1] == .init(reason: "exceed 10 B/entry of size", strategies: ["raw@sidecar"]))
        #expect(try priorities("size:10", "size:20", "decode:0.5").limits == [.size: 10, .decode: 0.5])
    }

    /// Times within a twentieth of each other are equal, and the next priority decides.
    @Test func nearlyEqualTimesAreEqual() throws {
        func best(_ encode: Double) throws -> String? {
            let sources = AdviceSources(
                encodings: [
                    encoding("raw", bytes: 900, encode: encode, decode: 1),
                    encoding("tree", bytes: 200, encode: 1, decode: 1),
                ],
                survival: lives("raw@sidecar", ["prune": .exact]) + lives("tree@sidecar", ["prune": .exact]))
            return try Advice(priorities(minimise: [.encode, .size]), from: sources).best?.strategy
        }
        #expect(try best(0.96) == "tree@sidecar")
        #expect(try best(0.94) == "raw@sidecar")
    }

    /// What was not measured for want of a program is no survival; what has no times is the slowest.
    @Test func whatIsNotThereIsNoAdvantage() throws {
        var timeless = encoding("raw", bytes: 100)
        timeless.encodeSeconds = []
        let sources = AdviceSources(
            encodings: [timeless, encoding("tree", bytes: 200)],
            survival: lives("raw@sidecar", ["prune": .exact, "gpg-sign": .notMeasured])
                + lives("tree@sidecar", ["prune": .exact, "gpg-sign": .exact]))
        #expect(try Advice(priorities("survive:gpg-sign"), from: sources).best?.strategy == "tree@sidecar")
        let fast = try Advice(priorities(minimise: [.encode]), from: sources)
        #expect(fast.best?.strategy == "tree@sidecar" && fast.front.count == 2)
        #expect(AdviceReport(fast).text.contains("–"))
        let json = String(decoding: try JSONEncoder().encode(fast), as: UTF8.self)
        #expect(json.contains("\"encode\":null") && !json.contains("inf"))
    }

    @Test func otherStoragesAndLongRecipesAreTold() throws {
        let sources = AdviceSources(
            encodings: [encoding("raw", bytes: 20 << 20)],
            survival: lives("raw@commit-metadata", ["prune": .exact, "relabel": .exact])
                + lives("raw@sidecar", ["prune": .exact, "relabel": .refuses], beside: 60))
        let text = AdviceReport(try Advice(priorities(), from: sources)).text
        #expect(text.contains("sidecar fits too: 0 files, 0 refs, 60 bytes; it does not survive relabel"), "\(text)")
        #expect(text.contains("caution: the longest recipe has 20,971,520 bytes"))
        #expect(text.contains("survival of sample, 45 entries\n"))
    }

    @Test func wishesThatCannotBeReadAreErrors() throws {
        for text in ["", "relabel", "survive:", "survive:relable", "size:x", "speed:1", "survive:relabel,"] {
            #expect(throws: LayerStoreError.self, "\(text)") { try priorities(text) }
        }
        #expect(try priorities("survive:relabel", "survive:prune,relabel").survive == ["relabel", "prune"])
        #expect(throws: LocatedError.self) { try Advice(priorities(mode: .bare), from: sources) }
        for host in AdvicePriorities.Host.allCases {
            let names = Set(SurvivalOperation.all.map(\.name))
            #expect(names.isSuperset(of: host.priorities.survive) && !host.priorities.minimise.isEmpty)
        }
    }

    @Test func sourcesAreFoundBelowAFolder() throws {
        let folder = try TemporaryFolder()
        let machine = MachineDescription.current(directory: folder.path)
        func save(_ results: BenchResults, _ name: String) throws { try ReportFolder(folder.path(name)).save(results) }
        var small = BenchResults.sample([])
        small.encodings = [encoding("raw", bytes: 1)]
        var large = small
        large.encodings = sources.encodings
        try save(small, "a")
        try save(large, "b")
        try save(.sample([]), "c")
        let lives = SurvivalResults(date: "2026", command: "", machine: machine, survival: sources.survival)
        try ReportFolder(folder.path("d")).write(try lives.files())
        try folder.write(Array("{}".utf8), to: "e.json")
        let found = try AdviceSources([folder.path])
        #expect(found.encodings == sources.encodings && found.survival == sources.survival)
        #expect(found.files == [folder.path("b/results.json"), folder.path("d/survival.json")])
        #expect(try AdviceSources([folder.path("a/results.json")]).encodings == small.encodings)
        // A benchmark has its own trials; those of `survive` take their places.
        let trial = try #require(sources.survival.first)
        var (own, other) = (trial, trial)
        (own.outcome, other.strategy) = (.refuses, "other@sidecar")
        var both = large
        both.survivalRecords = [own, other]
        try save(both, "f")
        #expect(try AdviceSources([folder.path("f")]).survival == [own, other])
        let joined = try AdviceSources([folder.path("f"), folder.path("d")]).survival
        #expect(joined.first == trial && joined.count == sources.survival.count + 1)
        for path in [folder.path("c"), folder.path("d"), folder.path("e.json"), folder.path("none")] {
            #expect(throws: LocatedError.self, "\(path)") { try AdviceSources([path]) }
        }
    }
}
