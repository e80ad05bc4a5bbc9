import Digests
import LayerStore
import OSTree
import TestSupport
import Testing

/// Extended attributes that a repository cannot keep: none leaves an object that `ostree fsck` refuses.
@Suite struct AttributeTests {
    /// An access control list as the kernel takes it: owner, a user, group, mask and others.
    private static let accessList: [UInt8] = {
        let entries: [(tag: UInt8, permissions: UInt8, id: UInt32)] = [
            (0x01, 7, .max), (0x02, 6, 1000), (0x04, 5, .max), (0x10, 7, .max), (0x20, 4, .max),
        ]
        return [2, 0, 0, 0]
            + entries.flatMap { entry in
                [entry.tag, 0, entry.permissions, 0] + (0..<4).map { UInt8(truncatingIfNeeded: entry.id >> (8 * $0)) }
            }
    }()

    /// A capability in its third form, with owner 0: the kernel gives it back in the second.
    private static let capability: [UInt8] = [1, 0, 0, 3, 0, 4] + [UInt8](repeating: 0, count: 18)

    @Test(arguments: RepositoryMode.allCases, ObjectRoute.allCases)
    func whatTheKernelChangesIsNotKept(_ mode: RepositoryMode, _ route: ObjectRoute) throws {
        let stream = TarBuilder.stream { tar in
            for (number, permissions) in [0o644, 0o600, 0o777].enumerated() {
                tar.extendedAttribute("system.posix_acl_access", Self.accessList)
                tar.file("usr/acl\(number)", [1, UInt8(number)], mode: UInt32(permissions))
            }
            tar.extendedAttribute("system.posix_acl_default", Self.accessList)
            tar.directory("usr/d")
            tar.extendedAttribute("system.other", [1])
            tar.symbolicLink("usr/l", to: "d")
            tar.pax(
                records: TarBuilder.record("SCHILY.xattr.system.posix_acl_access", Self.accessList)
                    + TarBuilder.record("SCHILY.xattr.user.kept", [1]))
            tar.file("usr/both", [1])
            tar.extendedAttribute("security.capability", Self.capability)
            tar.file("usr/ping", [2], mode: 0o755)
        }
        let temporary = try TemporaryRepository(mode, isDurable: route == .portable)
        let layer = try temporary.importing(stream, proof: .full, route: route)
        #expect(try temporary.damage() == nil && temporary.leftovers() == [])
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == stream)

        let lines = try temporary.tree(layer.ref, "-X")
        func holds(_ path: String, _ name: String) -> Bool {
            lines.contains { $0.hasSuffix("/usr/" + path) && $0.contains(name) }
        }
        #expect(holds("acl0", "system.posix_acl_access") == (mode == .bareUser || mode == .archive))
        #expect(holds("both", "user.kept") == (mode != .bareUserOnly))
        let ofSystem = layer.refusals.filter { $0.contains("its extended attribute system.") }
        #expect(ofSystem.count == (mode == .bare ? 6 : 0), "\(layer.refusals)")
        #expect(ofSystem.allSatisfy { $0.hasSuffix("is not kept in a bare repository") })
        if mode == .bare {
            #expect(holds("ping", "security.capability") != layer.refusals.contains { $0.contains("'usr/ping'") })
        }
    }

    @Test(arguments: RepositoryMode.allCases)
    func namesWithANULAreNotKept(_ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream { tar in
            tar.extendedAttribute("user.a\0b", [1])
            tar.file("usr/file", [1])
            tar.extendedAttribute("user.a\0b", [1])
            tar.directory("usr/folder")
            tar.pax(
                records: TarBuilder.record("SCHILY.xattr.\0", [1]) + TarBuilder.record("SCHILY.xattr.\0\0", [1])
                    + TarBuilder.record("SCHILY.xattr.user.kept", [1]))
            tar.file("usr/both", [2])
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream, proof: .full)
        #expect(try temporary.damage() == nil)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(
            layer.refusals == [
                "file 'usr/file': its extended attribute user.a?b has a name that no repository keeps",
                "directory 'usr/folder': its extended attribute user.a?b has a name that no repository keeps",
                "file 'usr/both': its extended attribute ? has a name that no repository keeps, nor 1 like it",
            ])
        let lines = try temporary.tree(layer.ref, "-X")
        #expect(lines.contains { $0.contains("user.kept") } == (mode != .bareUserOnly))
    }

    @Test func objectsCanBeVerifiedInTheirTransaction() throws {
        let temporary = try TemporaryRepository(.bare)
        let transaction = try Transaction(in: temporary.repository)
        let attributes = FileAttributes(
            mode: 0o644, extendedAttributes: [.init(name: Array("user.a".utf8), value: [1])])
        let object = try transaction.writeFile([1], attributes)
        try temporary.repository.verify(.file, object)
        transaction.abort()
        let unknown = try #require(Digest(hex: String(repeating: "ab", count: 32)))
        let error = try #require(throws: OSTreeError.self) { try temporary.repository.verify(.file, unknown) }
        #expect(error.code == .notFound)
    }

    /// ext4 calls a full block "no space"; the disk is not full for that.
    @Test(arguments: RepositoryMode.allCases)
    func longAttributesCostAFindingAtMost(_ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream { tar in
            for count in [3000, 5000, 20_000, 60_000] {
                tar.extendedAttribute("user.long", [UInt8](repeating: 7, count: count))
                tar.file("usr/file\(count)", [1])
                tar.extendedAttribute("trusted.long", [UInt8](repeating: 7, count: count))
                tar.symbolicLink("usr/link\(count)", to: "target")
            }
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream, proof: .full)
        #expect(layer.refusals.allSatisfy { $0.contains("its extended attributes were refused") })
        #expect(try temporary.nodes(layer.ref).count == 2 + 8)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    @Test func onlyErrorsAboutAttributesAreTriedAgain() throws {
        let (short, long) = (ExtendedAttribute.sample(100), ExtendedAttribute.sample(5000))
        for code in OSTreeError.Code.allCases {
            let error = OSTreeError(operation: "write", subject: "a", reason: "fsync: of some sort", code: code)
            switch code {
            case .noSpace, .inputOutput, .tooManyFiles, .fileTooLarge, .readOnly, .cancelled:
                #expect(!error.mayConcern([short]) && !error.mayConcern([long]))
            case .notSupported, .permissionDenied, .invalid, .notFound, .other:
                #expect(error.mayConcern([short]) && !error.mayConcern([]))
            }
        }
        let full = OSTreeError(operation: "write", subject: "a", reason: "fsetxattr(user.a): No space", code: .noSpace)
        #expect(full.mayConcern([long]) && !full.mayConcern([short]))
    }

    @Test func errorsKeepTheirCode() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: OSTreeError.self) { _ = try Repository(opening: folder.path("none")) }
        #expect(error.code == .notFound && error.reason != "")
    }
}

extension ExtendedAttribute {
    fileprivate static func sample(_ byteCount: Int) -> ExtendedAttribute {
        ExtendedAttribute(name: Array("user.a".utf8), value: [UInt8](repeating: 1, count: byteCount))
    }
}
