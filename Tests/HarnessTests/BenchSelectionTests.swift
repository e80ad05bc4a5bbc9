import Strategies
import LayerStore
import Testing

@testable import Harness
import Processes

@Suite struct BenchSelectionTests {
    private let builtIn = Corpus(
        entries: Corpus.builtIn, cache: Cache(directory: "/nonexistent"))

    @Test func filesAreTakenByTheirPath() throws {
        try withScratchDirectory { directory in
            try write("a", to: directory + "/one.tar")
            try write("b", to: directory + "/two")
            let selection = try BenchSelection(
                [directory + "/one.tar", directory + "/two"], of: builtIn, policy: .identity, progress: { _ in })
            #expect(selection.layers.map(\.name) == ["one.tar", "two"])
            #expect(selection.layers.map(\.path) == [directory + "/one.tar", directory + "/two"])
            #expect(selection.layers.allSatisfy { $0.policy == .identity })
            #expect(selection.leftOut.isEmpty)
        }
    }

    @Test func filesOfOneNameStayApart() throws {
        try withScratchDirectory { directory in
            let paths = [directory + "/a/layer.tar", directory + "/b/layer.tar"]
            for path in paths { try write(path, to: path) }
            let selection = try BenchSelection(
                paths + [paths[0]], of: builtIn, policy: .standard, progress: { _ in })
            #expect(selection.layers.map(\.path) == paths)
            #expect(selection.layers.map(\.name) == ["layer.tar", paths[1]])
        }
    }

    @Test func unknownNamesGetASuggestion() {
        let error = #expect(throws: LocatedError.self) {
            try BenchSelection(["hots"], of: builtIn, policy: .standard, progress: { _ in })
        }
        #expect(error?.location == "hots")
        #expect(error?.remedy == "did you mean `host`?")
    }

    @Test func aLayerMissingFromASetIsLeftOutAndOneAskedForIsAnError() throws {
        try withScratchDirectory { directory in
            let near = treeEntry(directory)
            let corpus = Corpus(
                entries: [near, absentEntry, localEntry], cache: Cache(directory: directory + "/cache"))
            try write("content", to: directory + "/tree/a")
            var lines: [String] = []
            let selection = try BenchSelection(["tiny"], of: corpus, policy: .standard) { lines.append($0) }
            #expect(selection.layers.map(\.name) == ["near"])
            // Whether it is a network that is missing or something on this machine.
            #expect(selection.leftOut.count == 2)
            #expect(selection.leftOut.first?.hasPrefix("far: ") == true)
            #expect(selection.leftOut.last?.hasPrefix("local: ") == true)
            #expect(lines.contains { $0.hasPrefix("left out: far: ") })
            #expect(lines.last == "measuring without them, on: near")
            #expect(throws: LocatedError.self) {
                try BenchSelection(["far"], of: corpus, policy: .standard, progress: { _ in })
            }
            #expect(throws: LocatedError.self) {
                try BenchSelection(["tiny", "local"], of: corpus, policy: .standard, progress: { _ in })
            }
        }
    }

    @Test func aSetOfWhichNothingIsThereIsAnError() throws {
        try withScratchDirectory { directory in
            let corpus = Corpus(
                entries: [absentEntry], cache: Cache(directory: directory + "/cache"))
            let error = #expect(throws: LocatedError.self) {
                try BenchSelection(["tiny"], of: corpus, policy: .standard, progress: { _ in })
            }
            #expect(error?.what.contains("far: ") == true)
        }
    }

    private func treeEntry(_ directory: String) -> CorpusEntry {
        CorpusEntry(
            name: "near", sets: ["tiny"], title: "", source: "", licence: "", policy: .imageLayer, expectedBytes: 0,
            expectedEntries: nil, pin: nil, needsNetwork: false,
            recipe: .hostTree(
                HostTree(base: directory, shares: [.init(path: "tree", maximumEntries: 9, maximumBytes: 1_000)])))
    }

    /// An entry that needs no network, and whose recipe finds nothing.
    private var localEntry: CorpusEntry {
        var entry = absentEntry
        entry.name = "local"
        entry.needsNetwork = false
        return entry
    }

    /// An entry that needs a network by its own account, and whose recipe finds nothing.
    private var absentEntry: CorpusEntry {
        CorpusEntry(
            name: "far", sets: ["tiny"], title: "", source: "", licence: "", policy: .identity, expectedBytes: 0,
            expectedEntries: nil, pin: nil, needsNetwork: true,
            recipe: .hostTree(
                HostTree(
                    base: "/nonexistent", shares: [.init(path: "tree", maximumEntries: 9, maximumBytes: 1_000)])))
    }
}
