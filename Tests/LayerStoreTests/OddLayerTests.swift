import LayerStore
import OSTree
import Tar
import TestSupport
import Testing

/// How far odd entries get into the tree, by what the real `ostree` says of it.
@Suite struct OddLayerTests {
    private static let content: [UInt8] =
        [UInt8](repeating: 0, count: 4096) + [1, 2, 3] + [UInt8](repeating: 0, count: 4093) + [4, 5]
        + [UInt8](repeating: 0, count: 10)

    private func content(_ path: String, _ layer: ImportedLayer, in temporary: TemporaryRepository) throws -> [UInt8] {
        try temporary.ostree("cat", layer.ref, path).outputBytes
    }

    @Test(arguments: [SparseFile.Form.old, .pax00, .pax01, .pax10], RepositoryMode.allCases)
    func sparseFilesAreWholeInTheTree(_ form: SparseFile.Form, _ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream(dialect: .gnu) {
            $0.paxSparseFile(
                "usr/s", form, parts: [(4096, [1, 2, 3]), (8192, [4, 5])], realSize: Int64(Self.content.count)
            ) { ($0.mode, $0.userID) = (0o640, 7) }
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream, proof: .full)
        #expect(layer.refusals.isEmpty && layer.orphanCount == 1)
        #expect(try content("/usr/s", layer, in: temporary) == Self.content)
        #expect(try temporary.nodes(layer.ref)["/usr/s"]?.hasPrefix("-00640") == true)
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: [SparseFile.Form.old, .pax10])
    func longSparseFilesDoNotPassThroughMemory(_ form: SparseFile.Form) throws {
        var generator = SeededGenerator(seed: 5)
        let parts = (0..<3).map { (offset: Int64($0) << 22, bytes: generator.bytes(700_001)) }
        let stream = TarBuilder.stream(dialect: .gnu) {
            $0.paxSparseFile("usr/s", form, parts: parts, realSize: 5 << 22)
        }
        var expected = [UInt8](repeating: 0, count: 5 << 22)
        for part in parts { expected.replaceSubrange(Int(part.offset)..<Int(part.offset) + 700_001, with: part.bytes) }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, proof: .full)
        #expect(try content("/usr/s", layer, in: temporary) == expected)
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test func holesHaveABudget() throws {
        let stream = TarBuilder.stream(dialect: .gnu) {
            $0.sparseFile("usr/huge", parts: [(0, [1])], realSize: .max)
            $0.sparseFile("usr/big", parts: [(0, [1])], realSize: (1 << 30) + 2)
            $0.sparseFile("usr/small", parts: [(0, [1])], realSize: 1 << 12)
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream)
        #expect(layer.refusals.count == 2 && layer.refusals.allSatisfy { $0.contains("bytes of holes") })
        #expect(try temporary.nodes(layer.ref).keys.sorted() == ["/", "/usr", "/usr/small"])
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test func hardLinksWithTheirDataShareTheirObject() throws {
        func layer(_ data: [UInt8]) throws -> (ImportedLayer, TemporaryRepository) {
            let stream = TarBuilder.stream {
                $0.file("usr/a", [1, 2, 3], mode: 0o755) { $0.userID = 9 }
                $0.entry("1", "usr/h", target: "usr/a", payload: data)
            }
            let temporary = try TemporaryRepository()
            let layer = try temporary.importing(stream, proof: .full)
            #expect(try temporary.rebuild(layer.ref) == stream)
            #expect(try content("/usr/h", layer, in: temporary) == [1, 2, 3])
            return (layer, temporary)
        }
        #expect(try layer([1, 2, 3]).0.orphanCount == 0)
        let (other, _) = try layer([9])
        #expect(other.orphanCount == 1 && other.refusals.isEmpty)
    }

    /// The payload of a link that was refused is nobody's: what stood at its path has attributes that no file takes.
    @Test func payloadsOfRefusedHardLinksAreOrphans() throws {
        let stream = TarBuilder.stream {
            $0.extendedAttribute("security.capability", [1])
            $0.directory("usr/d/")
            $0.entry("1", "usr/d", target: "usr/missing", payload: [7])
        }
        for mode in RepositoryMode.allCases {
            let temporary = try TemporaryRepository(mode)
            let layer = try temporary.importing(stream, proof: .full)
            #expect(layer.orphanCount == 1)
            #expect(try temporary.rebuild(layer.ref) == stream)
        }
    }

    @Test func directoriesAndLinksWithPayloadsAreInTheTree() throws {
        let stream = TarBuilder.stream(dialect: .gnu) {
            $0.entry("D", "usr/d/", mode: 0o700, payload: Array("Yfile\0\0".utf8))
            $0.entry("5", "usr/e/", mode: 0o711, payload: [UInt8](repeating: 9, count: 700))
            $0.entry("2", "usr/s", target: "d", payload: [2])
            $0.file("usr/d/file", [1])
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, proof: .full)
        let nodes = try temporary.nodes(layer.ref)
        #expect(nodes["/usr/d"]?.hasPrefix("d00700") == true && nodes["/usr/e"]?.hasPrefix("d00711") == true)
        #expect(nodes["/usr/d/file"] != nil && nodes["/usr/s -> d"] != nil && layer.refusals.isEmpty)
        #expect(layer.orphanCount == 3)
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test func entriesBehindDamageAreInTheTreeAndThoseBehindTheEndAreNot() throws {
        let stream = TarBuilder.stream {
            $0.file("usr/a", [1])
            $0.file("usr/b", [2]) { $0.checksum = .wrong }
            $0.file("usr/c", [3])
            $0.end()
            $0.file("usr/d", [4])
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, proof: .full)
        #expect(try temporary.nodes(layer.ref).keys.sorted() == ["/", "/usr", "/usr/a", "/usr/c"])
        #expect(layer.findings.first.map(\.kind) == [.unreadableHeader, .secondArchive])
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test func repeatedPathsAreFound() throws {
        let stream = TarBuilder.stream {
            for path in ["usr/a", "./usr/a", "usr//a", "dev/x", "/dev/x"] { $0.file(path, [1]) }
            $0.directory("usr/b")
            $0.directory("usr/b/")
            $0.file("usr/ab")
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream)
        #expect(layer.findings.first.filter { $0.kind == .repeatedPath }.map(\.offset) == [1024, 2048, 4096, 5632])
        let inspection = try LayerInspection(of: LayerSource(temporary.folder.write(stream, to: "layer")))
        #expect(inspection.findings.first == layer.findings.first)
    }
}
