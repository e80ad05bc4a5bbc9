import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// Payloads that no tree holds: counted, named where that is odd, and alive after a prune.
@Suite struct OrphanTests {
    struct Odd: Sendable, CustomStringConvertible {
        let description: String
        let stream: [UInt8]
        let orphans: Int
        /// What each refusal mentions.
        var refusals: [String] = []
        /// A path that the tree must hold, and its size.
        var kept: (path: String, size: Int)?

        init(
            _ name: String, orphans: Int, refusals: [String] = [], kept: (String, Int)? = nil,
            _ build: (inout TarBuilder) -> Void
        ) {
            description = name
            stream = TarBuilder.stream(build)
            self.orphans = orphans
            self.refusals = refusals
            self.kept = kept
        }
    }

    static let all: [Odd] = [
        Odd("duplicate path", orphans: 2, kept: ("/usr/a", 3)) {
            for count in 1...3 { $0.file("usr/a", [UInt8](repeating: 1, count: count)) }
        },
        Odd("duplicate path with the same bytes", orphans: 0, kept: ("/usr/a", 2)) {
            for _ in 0..<3 { $0.file("usr/a", [1, 1]) }
        },
        Odd("dropped path", orphans: 1) { $0.file("dev/a", [1]) },
        Odd("device", orphans: 0, refusals: ["character device 'usr/null'", "block device 'usr/disk'", "fifo 'usr/p'"])
        {
            $0.device("usr/null", major: 1, minor: 3)
            $0.device("usr/disk", major: 1, minor: 3, isBlock: true)
            $0.fifo("usr/p")
        },
        Odd("dot dot", orphans: 2, refusals: ["'usr/../../a'", "'../b'"]) {
            $0.file("usr/../../a", [1])
            $0.file("../b", [2])
        },
        Odd("not UTF-8", orphans: 1, refusals: ["UTF-8"]) { $0.file("x", [1]) { $0.path = [0x75, 0xff] } },
        Odd("file where a directory must be", orphans: 1, refusals: ["'usr/f/a'"], kept: ("/usr/f", 2)) {
            $0.file("usr/f", [1, 1])
            $0.file("usr/f/a", [2])
        },
        Odd("directory that is not empty", orphans: 1, refusals: ["file 'usr/d'"], kept: ("/usr/d/a", 1)) {
            $0.file("usr/d/a", [1])
            $0.file("usr/d", [2, 2])
        },
        Odd("empty directory replaced by a file", orphans: 0, kept: ("/usr/d", 2)) {
            $0.directory("usr/d")
            $0.file("usr/d", [2, 2])
        },
        Odd("file replaced by a directory", orphans: 1, kept: ("/usr/d/a", 1)) {
            $0.file("usr/d", [2, 2])
            $0.directory("usr/d")
            $0.file("usr/d/a", [1])
        },
        Odd("hard link to nothing", orphans: 0, refusals: ["'usr/h'", "'../h'", "'usr/folder'"]) {
            $0.hardLink("usr/h", to: "usr/none")
            $0.hardLink("../h", to: "usr/none")
            $0.directory("usr/folder-itself")
            $0.hardLink("usr/folder", to: "usr/folder-itself")
        },
        Odd("sparse file", orphans: 1, kept: ("/usr/s", 5000)) {
            $0.sparseFile("usr/s", parts: [(0, [1]), (4096, [2])], realSize: 5000)
        },
        Odd("unknown type", orphans: 1, refusals: ["type 90 'usr/dump'"]) { $0.entry("Z", "usr/dump", payload: [7]) },
        Odd("root as a file", orphans: 1, refusals: ["'./'"]) { $0.file("./", [1]) },
        Odd("link without a target", orphans: 0, refusals: ["symbolic link 'usr/l'"]) {
            $0.symbolicLink("usr/l", to: "")
        },
    ]

    @Test(arguments: all, Catalogue.storages.indices)
    func orphansAreExactAndSurvivePrune(_ odd: Odd, _ storageIndex: Int) throws {
        let storage = Catalogue.storages[storageIndex].init()
        guard !type(of: storage).isFloor else { return }
        let mode = RepositoryMode.allCases[(odd.description.utf8.count + storageIndex) % 4]
        let temporary = try TemporaryRepository(mode)
        let strategy = Strategy(encoding: Strategy.standard.encoding, storage: storage)
        let layer = try temporary.importing(odd.stream, strategy: strategy, proof: .full)

        #expect(layer.orphanCount == odd.orphans)
        #expect(layer.refusals.count == odd.refusals.count, "\(layer.refusals)")
        for (refusal, expected) in zip(layer.refusals, odd.refusals) { #expect(refusal.contains(expected)) }
        for finding in layer.findings.first { #expect(finding.offset % 512 == 0) }
        if let kept = odd.kept {
            #expect(try temporary.nodes(layer.ref)[kept.path]?.hasSuffix(" \(kept.size)") == true)
        }
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == odd.stream)
        #expect(try temporary.damage() == nil)
    }

    @Test func findingsMentionPathAndOffset() throws {
        let stream = TarBuilder.stream {
            $0.file("usr/a", [1])
            $0.pax(["comment": "first"])
            $0.fifo("usr/pipe\n")
        }
        let layer = try TemporaryRepository().importing(stream)
        let finding = try #require(layer.findings.first.first)
        #expect(finding.offset == 1024 && finding.kind == .notRepresentable)
        #expect(finding.text == "fifo 'usr/pipe?': ostree cannot hold it")
    }

    @Test func aMillionOdditiesDoNotTakeMemoryForEach() throws {
        let stream = TarBuilder.stream { tar in
            for number in 0..<FindingLog.capacity + 5 { tar.fifo("usr/\(number)") }
        }
        let layer = try TemporaryRepository().importing(stream)
        #expect(layer.findings.count == FindingLog.capacity + 5)
        #expect(layer.findings.first.count == FindingLog.capacity)
    }
}
