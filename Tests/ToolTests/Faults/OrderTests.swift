import Foundation
import OSTree
import TestSupport
import Testing

/// The order of the calls that change a repository, on which all promises stand: each step is on the disk before the next.
@Suite struct OrderTests {
    private struct Call {
        var name: String
        var path: String
    }

    /// The calls that a scenario's work makes, in order.
    private func calls(_ scenario: FaultScenario) throws -> [Call] {
        let prepared = try scenario.prepare()
        let report = prepared.folder.path("trace")
        var environment = try FaultShim.environment(nil, below: prepared.template, report: report)
        environment["LAYERLAB_FAULT_TRACE"] = "1"
        let result = try run(
            Tool.path(), prepared.arguments + ["--repo", prepared.template, "--quiet"], environment: environment)
        #expect(result.exitCode == 0, "\(result.errors)")
        return try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            return words.count == 4 && words[0] == "call" ? Call(name: words[2], path: words[3]) : nil
        }
    }

    private func places(_ calls: [Call], _ isWanted: (Call) -> Bool) -> [Int] {
        calls.indices.filter { isWanted(calls[$0]) }
    }

    private func renamed(_ calls: [Call], _ isWanted: (String) -> Bool) -> [Int] {
        places(calls) { $0.name == "renameat" && isWanted($0.path) }
    }

    @Test(arguments: [RepositoryMode.bareUser, .archive], ["raw@sidecar", "raw@separate-ref"])
    func importsGoFromContentsToRefs(_ mode: RepositoryMode, _ strategy: String) throws {
        let calls = try calls(FaultScenario(work: .importing, mode: mode, strategy: strategy))
        let written = places(calls) { $0.name == "write" && $0.path.hasPrefix("/tmp/staging-layerlab-") }
        let synced = places(calls) { $0.name == "syncfs" }
        let objects = renamed(calls) { $0.hasPrefix("/objects/") }
        let trees = renamed(calls) { $0.hasSuffix(".dirtree") }
        let commits = renamed(calls) { $0.hasSuffix(".commit") }
        // The first of them are whole folders of contents.
        let folders = renamed(calls) { $0.hasPrefix("/objects/") && $0.split(separator: "/").count == 2 }
        let companions = renamed(calls) { $0.hasPrefix("/refs/heads/layerlab/") }
        let layers = renamed(calls) { $0.hasPrefix("/refs/heads/ostree/container/blob/") }
        try #require(![written, synced, folders, trees, commits, companions, layers].contains([]))
        #expect(written[written.count - 1] < synced[0] && synced[0] < objects[0])
        #expect(folders[folders.count - 1] < trees[0] && trees[trees.count - 1] < commits[0])
        #expect(commits == objects.suffix(commits.count))
        #expect(synced.contains { $0 > folders[0] && $0 < commits[0] })
        #expect(objects[objects.count - 1] < companions[0] && companions[companions.count - 1] < layers[0])
        let inPlace = places(calls) { $0.name == "fsync" && $0.path == "/objects" }
        #expect(inPlace.contains { $0 > commits[commits.count - 1] && $0 < companions[0] })
        let named = places(calls) { $0.name == "fsync" && $0.path.hasPrefix("/refs/heads/layerlab/") }
        #expect(named.contains { $0 > companions[companions.count - 1] && $0 < layers[0] })
        guard strategy == "raw@sidecar" else { return }
        let recipe = try #require(renamed(calls) { $0.hasPrefix("/extensions/layerlab/") }.first)
        let syncs = places(calls) { $0.name == "fsync" && $0.path.hasPrefix("/extensions/layerlab") }
        #expect(syncs.contains { $0 < recipe } && syncs.contains { $0 > recipe && $0 < layers[0] })
    }

    /// What is replaced goes when the new ref is on the disk.
    @Test(arguments: ["raw@sidecar", "raw@separate-ref"])
    func whatIsReplacedGoesLast(_ strategy: String) throws {
        let calls = try calls(FaultScenario(work: .replacing, mode: .bareUser, strategy: strategy))
        let layer = try #require(renamed(calls) { $0.hasPrefix("/refs/heads/ostree/container/blob/") }.last)
        let shown = places(calls) { $0.name == "fsync" && $0.path == "/refs/heads/ostree/container/blob" }
            .first { $0 > layer }
        let removed = places(calls) {
            $0.name == "unlinkat" && ($0.path.hasPrefix("/refs/") || $0.path.hasPrefix("/extensions/"))
        }
        try #require(shown != nil && !removed.isEmpty)
        #expect(removed.allSatisfy { $0 > shown! })
    }

    @Test func removalsGoFromRefsToContents() throws {
        let calls = try calls(FaultScenario(work: .removing, mode: .bareUser, strategy: "raw@sidecar"))
        func place(_ name: String, _ path: String) throws -> Int {
            try #require(calls.firstIndex { $0.name == name && $0.path.hasPrefix(path) }, "\(name) \(path)")
        }
        let places = [
            try place("renameat", "/refs/heads/layerlab/removed/"),
            try place("unlinkat", "/refs/heads/ostree/container/blob/"),
            try place("fsync", "/refs/heads/ostree/container/blob"),
            try place("unlinkat", "/extensions/layerlab/"), try place("unlinkat", "/refs/heads/layerlab/orphans/"),
            try place("unlinkat", "/refs/heads/layerlab/removed/"),
        ]
        #expect(places == places.sorted())
    }
}
