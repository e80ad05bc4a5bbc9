import Foundation
import LayerStore
import OSTree
import Tar
import TestSupport
import Testing

/// Entries that try to leave the tree, and what a checkout of them holds.
@Suite struct AttackTests {
    @Test(arguments: RepositoryMode.allCases)
    func nothingLeavesTheTree(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let outside = temporary.folder.path("outside")
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        let stream = TarBuilder.stream { tar in
            tar.file("/absolute", [1])
            tar.file(outside + "/one", [2])
            tar.file("../../../../../../../.." + outside + "/two", [3])
            tar.file("usr/../.." + outside + "/three", [4])
            tar.symbolicLink("usr/link", to: outside)
            tar.file("usr/link/four", [5])
            tar.symbolicLink("usr/up", to: "../../../../../../.." + outside)
            tar.directory("usr/up/five")
            tar.hardLink("usr/six", to: outside + "/../secret")
            tar.hardLink("usr/seven", to: "/etc/hostname")
            tar.symbolicLink("link2", to: outside)
            tar.hardLink("link2/eight", to: "absolute")
        }
        try temporary.folder.write([9], to: "secret")
        let layer = try temporary.importing(stream, proof: .full)
        let target = temporary.folder.path("checkout")
        #expect(try temporary.ostree("checkout", "-U", layer.ref, target).exitCode == 0)

        #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == [])
        let names = try FileManager.default.subpathsOfDirectory(atPath: target)
        #expect(names.contains("absolute") && !names.contains { $0.contains("..") })
        #expect(!names.contains { $0.hasSuffix("four") || $0.hasSuffix("five") || $0.hasSuffix("eight") })
        #expect(!names.contains("usr/six") && !names.contains("usr/seven"))
        #expect(layer.refusals.count == 7, "\(layer.refusals)")
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    @Test func deepPathsAreImported() throws {
        let path = Array(repeating: "d", count: 2000).joined(separator: "/")
        let stream = TarBuilder.stream { $0.file("usr/" + path, [1]) }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream)
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test func longNamesAreImported() throws {
        let stream = TarBuilder.stream { $0.file("usr/" + String(repeating: "n", count: 4000), [1]) }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }
}
