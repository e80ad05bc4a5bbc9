import Digests
import Foundation
import Testing

@testable import Harness
@testable import Processes

@Suite struct CorpusTests {
    /// An entry that packs `DIRECTORY/tree`.
    private func treeEntry(_ directory: String, maximumEntries: Int = 100) -> CorpusEntry {
        CorpusEntry(
            name: "tree", sets: ["tiny"], title: "", source: "", licence: "", policy: .imageLayer, expectedBytes: 0,
            expectedEntries: nil, pin: nil, needsNetwork: false,
            recipe: .hostTree(
                HostTree(
                    base: directory,
                    shares: [.init(path: "tree", maximumEntries: maximumEntries, maximumBytes: 1_000_000)])))
    }

    private func corpus(_ directory: String, _ entries: [CorpusEntry]) -> Corpus {
        Corpus(entries: entries, cache: Cache(directory: directory + "/cache"))
    }

    private func files(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test func secondFetchComesFromTheCache() throws {
        try withScratchDirectory { directory in
            try write("content", to: directory + "/tree/a")
            let entry = treeEntry(directory)
            let corpus = corpus(directory, [entry])
            #expect(corpus.cached(entry) == nil)
            let first = try corpus.fetch(entry)
            #expect(first.isFresh)
            #expect(try FileDigest(path: first.path).digest == first.digest)
            let second = try corpus.fetch(entry)
            #expect(!second.isFresh)
            #expect(second.path == first.path)
            #expect(try corpus.fetch(entry, force: true).isFresh)
            // No work directory stays behind.
            let name = URL(fileURLWithPath: first.path).lastPathComponent
            #expect(try files(in: directory + "/cache") == [name, "tree.json"])
        }
    }

    @Test func changedContentReplacesTheLayerAndWarns() throws {
        try withScratchDirectory { directory in
            try write("one", to: directory + "/tree/a")
            let entry = treeEntry(directory)
            let corpus = corpus(directory, [entry])
            let first = try corpus.fetch(entry)
            try write("other", to: directory + "/tree/a")
            #expect(try corpus.fetch(entry).digest == first.digest)
            var lines: [String] = []
            let second = try corpus.fetch(entry, force: true) { lines.append($0) }
            #expect(second.digest != first.digest)
            #expect(lines.contains { $0.contains("warning: replaced") })
            #expect(!FileManager.default.fileExists(atPath: first.path))
        }
    }

    @Test func damageAndAnotherRecipeNeedAFetch() throws {
        try withScratchDirectory { directory in
            try write("content", to: directory + "/tree/a")
            let entry = treeEntry(directory)
            let corpus = corpus(directory, [entry])
            let layer = try corpus.fetch(entry)
            #expect(corpus.cached(treeEntry(directory, maximumEntries: 99)) == nil)
            var bytes = try #require(FileManager.default.contents(atPath: layer.path))
            bytes[0] ^= 1
            try bytes.write(to: URL(fileURLWithPath: layer.path))
            #expect(corpus.cached(entry) == nil)
            let again = try corpus.fetch(entry)
            #expect(again.isFresh && again.digest == layer.digest)
            #expect(corpus.cached(entry)?.digest == layer.digest)
        }
    }

    @Test func pinMismatchIsAnErrorAndLeavesNothing() throws {
        try withScratchDirectory { directory in
            try write("content", to: directory + "/tree/a")
            var entry = treeEntry(directory)
            entry.pin = Digest(hex: String(repeating: "0", count: 64))
            let corpus = corpus(directory, [entry])
            let error = #expect(throws: LocatedError.self) { try corpus.fetch(entry) }
            #expect(error?.what.contains("does not match the pin") == true)
            #expect(try files(in: directory + "/cache").isEmpty)
        }
    }

    @Test func namesSetsAndSuggestions() throws {
        try withScratchDirectory { directory in
            let corpus = corpus(directory, Corpus.builtIn + [treeEntry(directory)])
            #expect(corpus.sets == ["all", "quick", "tiny"])
            let named = try corpus.entries(named: ["tiny", "tree", "host"])
            #expect(named.map(\.name) == ["tree", "host"])
            let all = try corpus.entries(named: ["all"])
            #expect(all.map(\.name) == ["host", "tree"])
            let error = #expect(throws: LocatedError.self) { try corpus.entries(named: ["hots"]) }
            #expect(error?.remedy == "did you mean `host`?")
        }
    }

    @Test func locationIsLookedForInOrder() throws {
        try withScratchDirectory { directory in
            let inCurrent = directory + "/project/Corpus/manifest.yaml"
            try write("", to: inCurrent)
            func locate(
                _ environment: [String: String] = [:], current: String = "/", executable: String? = nil,
                manifests: [String] = []
            ) throws -> CorpusLocation {
                try CorpusLocation(
                    manifests: manifests, environment: environment, currentDirectory: current, executable: executable)
            }
            let project = directory + "/project"
            #expect(try locate(current: project).manifest == inCurrent)
            #expect(try locate(current: project).cache == project + "/Corpus/cache")
            #expect(try locate(executable: project + "/.build/release/layerlab").manifest == inCurrent)
            #expect(try locate(["LAYERLAB_CORPUS": inCurrent]).manifest == inCurrent)
            #expect(try locate(["LAYERLAB_CORPUS": project + "/Corpus"]).manifest == inCurrent)
            #expect(try locate(["LAYERLAB_CORPUS_CACHE": "/c"], current: project).cache == "/c")
            #expect(try locate(["LAYERLAB_CORPUS_CACHE": "c"], current: project).cache == project + "/c")
            #expect(try locate(["HOME": "/h"]).cache == locate(["XDG_CACHE_HOME": "/h/.cache"]).cache)
            #expect(throws: LocatedError.self) { try locate(["LAYERLAB_CORPUS": directory + "/absent"]) }

            #expect(try locate(manifests: [project + "/Corpus"]).furtherManifests == [inCurrent])
            #expect(throws: LocatedError.self) { try locate(manifests: [directory + "/absent"]) }
            #expect(try locate(["HOME": "/h"]).userManifest == "/h/.config/layerlab/corpus.yaml")
            #expect(try locate(["HOME": "/h", "XDG_CONFIG_HOME": "/c"]).userManifest == "/c/layerlab/corpus.yaml")
            #expect(try locate(["HOME": "/h", "LAYERLAB_USER_CORPUS": "/own.yaml"]).userManifest == "/own.yaml")
            #expect(try locate(["HOME": "/h"]).existingUserManifest == nil)
        }
    }

    @Test func withoutAManifestTheHostIsThere() throws {
        try withScratchDirectory { directory in
            let location = try CorpusLocation(
                environment: ["HOME": directory], currentDirectory: directory, executable: nil)
            #expect(try Corpus.load(location).entries(named: ["quick"]).map(\.name) == ["host"])
        }
    }

    @Test func versionsThatAreGoneAndIndexesThatDoNotAnswerDiffer() {
        let recipe = PythonSource(project: "p", version: "9")
        var result = ChildResult(
            program: "pip", exitCode: 1, signal: nil, isTimedOut: false, wallSeconds: 1, output: CapturedText(),
            error: CapturedText())
        result.error.bytes = Array("(from versions: 1, 2)\nERROR: No matching distribution found for p==9\n".utf8)
        #expect(recipe.explain(result, entryName: "p").what.contains("replaced upstream"))
        result.error.bytes = Array("(from versions: none)\nERROR: No matching distribution found for p==9\n".utf8)
        #expect(recipe.explain(result, entryName: "p").what.contains("unavailable"))
        result.error.bytes = Array("ERROR: disk full\n".utf8)
        #expect(recipe.explain(result, entryName: "p").what == "ended with exit code 1: ERROR: disk full")
    }
}
