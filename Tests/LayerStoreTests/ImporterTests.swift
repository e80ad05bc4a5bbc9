import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// What an import makes of a layer's entries, as the real `ostree` sees it.
@Suite struct ImporterTests {
    private static let layer = TarBuilder.stream { tar in
        tar.directory("./", mode: 0o711)
        tar.directory("etc/") { ($0.userID, $0.groupID) = (3, 4) }
        tar.file("etc/passwd", Array("root\n".utf8), mode: 0o640) { ($0.userID, $0.groupID) = (1000, 100) }
        tar.file("usr/bin/su", [1, 2], mode: 0o4755)
        tar.hardLink("usr/bin/su2", to: "./usr/bin/su")
        tar.symbolicLink("usr/bin/sh", to: "../../etc/passwd")
        tar.hardLink("usr/bin/sh2", to: "usr/bin/sh")
        tar.directory("var/tmp", mode: 0o1777)
        tar.file("var/lib/deep/x", [3])
        tar.file("opt/empty")
        tar.directory("run")
        tar.file("run/pid", [4])
        tar.file("dev/shm/y", [5])
        tar.directory("etc/", mode: 0o700)
    }

    @Test(arguments: RepositoryMode.allCases)
    func standardPolicyMovesAndDrops(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(Self.layer)
        let kept = mode != .bareUserOnly
        #expect(layer.refusals == [])
        #expect(
            try temporary.nodes(layer.ref) == [
                "/": "d00711 0 0 0", "/usr": "d00755 0 0 0", "/usr/etc": "d00700 0 0 0",
                "/usr/etc/passwd": kept ? "-00640 1000 100 5" : "-00640 0 0 5", "/usr/bin": "d00755 0 0 0",
                "/usr/bin/su": kept ? "-04755 0 0 2" : "-00755 0 0 2",
                "/usr/bin/su2": kept ? "-04755 0 0 2" : "-00755 0 0 2",
                "/usr/bin/sh -> ../../etc/passwd": "l00777 0 0 0",
                "/usr/bin/sh2 -> ../../etc/passwd": "l00777 0 0 0",
                "/usr/share": "d00755 0 0 0", "/usr/share/factory": "d00755 0 0 0",
                "/usr/share/factory/var": "d00755 0 0 0",
                "/usr/share/factory/var/tmp": kept ? "d01777 0 0 0" : "d00755 0 0 0",
                "/usr/share/factory/var/lib": "d00755 0 0 0", "/usr/share/factory/var/lib/deep": "d00755 0 0 0",
                "/usr/share/factory/var/lib/deep/x": "-00644 0 0 1",
                "/opt": "d00755 0 0 0", "/opt/empty": "-00644 0 0 0", "/run": "d00755 0 0 0",
            ])
        #expect(layer.orphanCount == 2 && layer.orphanBytes == 2 && layer.entryCount == 14)
    }

    @Test func strictPolicyDropsOtherToplevels() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.layer, policy: .ostreeExt)
        let paths = try temporary.nodes(layer.ref).keys
        #expect(!paths.contains { $0.hasPrefix("/opt") } && paths.contains("/usr/etc/passwd"))
        #expect(layer.policy == .ostreeExt)
        #expect(try temporary.rebuild(layer.ref) == Self.layer)
    }

    @Test func identityPolicyKeepsPaths() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.layer, policy: .identity)
        let nodes = try temporary.nodes(layer.ref)
        #expect(nodes["/etc/passwd"] == "-00640 1000 100 5" && nodes["/dev/shm/y"] == "-00644 0 0 1")
        #expect(nodes["/run/pid"] != nil && nodes["/var/lib/deep/x"] != nil && nodes["/usr/etc"] == nil)
        #expect(layer.orphanCount == 0)
    }

    @Test func checkoutHoldsTheFiles() throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.layer)
        let target = temporary.folder.path("checkout")
        #expect(try temporary.ostree("checkout", "-U", layer.ref, target).exitCode == 0)
        #expect(try temporary.folder.read("checkout/usr/etc/passwd") == Array("root\n".utf8))
        #expect(try temporary.folder.read("checkout/usr/bin/su2") == [1, 2])
        #expect(try temporary.folder.read("checkout/opt/empty") == [])
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: target + "/usr/bin/sh2")
        #expect(link == "../../etc/passwd")
    }

    @Test(arguments: RepositoryMode.allCases)
    func extendedAttributesComeAlong(_ mode: RepositoryMode) throws {
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let stream = TarBuilder.stream { tar in
            tar.pax(
                records: TarBuilder.record("SCHILY.xattr.user.z", [0, 255])
                    + TarBuilder.record("SCHILY.xattr.user.a", Array("text".utf8))
                    + TarBuilder.record("SCHILY.xattr.security.selinux", Array("label\0".utf8)))
            tar.file("usr/note", [1])
            tar.extendedAttribute("security.capability", capability)
            tar.file("usr/ping", [2], mode: 0o755)
            tar.extendedAttribute("user.dir", [9])
            tar.directory("usr/d")
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream)
        let lines = try temporary.tree(layer.ref, "-X")
        func line(_ path: String) throws -> String { try #require(lines.first { $0.hasSuffix(path) }) }
        let kept = mode != .bareUserOnly
        #expect(try line("/usr/note").contains("user.z") == kept && line("/usr/note").contains("user.a") == kept)
        #expect(try line("/usr/ping").contains("security.capability") == kept)
        #expect(try line("/usr/d").contains("user.dir") == kept)
        #expect(!lines.contains { $0.contains("selinux") })
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    /// Attributes that some file system refuses, or that libostree cannot read back, cost a finding at most.
    @Test(arguments: RepositoryMode.allCases)
    func oddAttributesLeaveASoundRepository(_ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream { tar in
            let odd: [(String, [UInt8])] = [
                ("user.empty", []), ("nonsense", [1]), ("user.", [1]),
                ("user.big", [UInt8](repeating: 7, count: 70_000)),
                ("security.capability", [1, 2, 3]), ("system.posix_acl_access", [9, 9]), ("trusted.x", [1]),
                (String(repeating: "n", count: 300), [1]),
            ]
            for (number, (name, value)) in odd.enumerated() {
                tar.extendedAttribute(name, value)
                tar.file("usr/file\(number)", [UInt8(number)])
                tar.extendedAttribute(name, value)
                tar.symbolicLink("usr/link\(number)", to: "target")
                tar.extendedAttribute(name, value)
                tar.directory("usr/folder\(number)")
            }
            tar.pax(
                records: TarBuilder.record("SCHILY.xattr.user.b", [1]) + TarBuilder.record("SCHILY.xattr.user.b", [2]))
            tar.file("usr/twice", [1])
            tar.pax(["uid": "4294967295", "gid": "4294967295"])
            tar.file("usr/owner", [1])
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream, proof: .full)
        #expect(try temporary.nodes(layer.ref).keys.filter { $0.hasPrefix("/usr/") }.count == 3 * 8 + 2)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    @Test func equalInputGivesEqualCommits() throws {
        for strategy in Catalogue.allStrategies {
            let (one, two) = (try TemporaryRepository(.archive), try TemporaryRepository(.archive))
            let first = try one.importingIfCarried(TarSample.rich.bytes, strategy: strategy)
            let second = try two.importingIfCarried(TarSample.rich.bytes, strategy: strategy)
            #expect(first?.layer == second?.layer, "\(strategy)")
            let (here, there) = try (one.repository.refs(below: "layerlab"), two.repository.refs(below: "layerlab"))
            #expect(here == there, "\(strategy)")
        }
    }

    @Test func openOrCreateKeepsAnExistingRepositorysMode() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a/b/repo")
        #expect(try Repository.openOrCreate(at: path, mode: .archive).mode == .archive)
        #expect(try Repository.openOrCreate(at: path, mode: .archive).mode == .archive)
        let error = try #require(throws: LayerStoreError.self) {
            _ = try Repository.openOrCreate(at: path, mode: .bareUser)
        }
        #expect(error.kind == .input && error.message.contains("archive"))
    }
}
