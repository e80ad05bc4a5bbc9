import Digests
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

@testable import LayerStore

@Suite struct LayerTreeTests {
    private static let file = LayerTree.Node(
        content: .regular(byteCount: 1, object: RecipeSample.counting), attributes: FileAttributes(mode: 0o644))
    private static let link = LayerTree.Node(
        content: .symbolicLink(target: [0x61], object: RecipeSample.counting), attributes: FileAttributes(mode: 0o777))
    private static let directory = LayerTree.Node(content: .directory, attributes: FileAttributes(mode: 0o700))

    private func path(_ text: String) -> [[UInt8]] { text.split(separator: "/").map { Array($0.utf8) } }

    @Test func missingParentsAreImplied() throws {
        var tree = LayerTree()
        #expect(tree[[]] == LayerTree.impliedDirectory)
        try tree.place(Self.file, at: path("a/b/c"))
        #expect(tree[path("a")] == LayerTree.impliedDirectory && tree[path("a/b")] == LayerTree.impliedDirectory)
        #expect(tree[path("a/b/c")] == Self.file && tree[path("a/c")] == nil && tree[path("a/b/c/d")] == nil)
        try tree.place(Self.directory, at: path("a/b"))
        #expect(tree[path("a/b")] == Self.directory && tree[path("a/b/c")] == Self.file)
    }

    @Test func rootTakesADirectorysAttributesOnly() throws {
        var tree = LayerTree()
        try tree.place(Self.directory, at: [])
        #expect(tree[[]] == Self.directory)
        for node in [Self.file, Self.link] {
            #expect(throws: LayerTree.Refusal.directoryInTheWay) { try tree.place(node, at: []) }
        }
    }

    @Test func filesAndLinksAreNoParents() throws {
        for node in [Self.file, Self.link] {
            var tree = LayerTree()
            try tree.place(node, at: path("a"))
            let before = tree
            #expect(throws: LayerTree.Refusal.parentIsNoDirectory) { try tree.place(Self.file, at: path("a/b")) }
            #expect(throws: LayerTree.Refusal.parentIsNoDirectory) { try tree.place(Self.directory, at: path("a/b/c")) }
            #expect(tree == before)
        }
    }

    @Test func onlyEmptyDirectoriesGiveWay() throws {
        var tree = LayerTree()
        try tree.place(Self.file, at: path("d/f"))
        let before = tree
        #expect(throws: LayerTree.Refusal.directoryInTheWay) { try tree.place(Self.file, at: path("d")) }
        #expect(tree == before)
        try tree.place(Self.directory, at: path("e"))
        try tree.place(Self.file, at: path("e"))
        #expect(tree[path("e")] == Self.file)
        // And a directory may take a file's place.
        try tree.place(Self.directory, at: path("e"))
        try tree.place(Self.link, at: path("e/l"))
        #expect(tree[path("e/l")] == Self.link)
    }

    @Test func equalityIsBlindToOrderOnly() throws {
        let nodes = [("a/x", Self.file), ("a/y", Self.link), ("b", Self.directory), ("a", Self.directory)]
        func tree(_ nodes: [(String, LayerTree.Node)]) throws -> LayerTree {
            var tree = LayerTree()
            for (text, node) in nodes { try tree.place(node, at: path(text)) }
            return tree
        }
        let whole = try tree(nodes)
        #expect(try whole == tree(nodes.reversed()))
        for index in nodes.indices {
            var fewer = nodes
            fewer.remove(at: index)
            #expect(try whole != tree(fewer) && tree(fewer) != whole)
        }
        #expect(try whole != tree(nodes + [("b", LayerTree.impliedDirectory)]))
        #expect(try whole != tree(nodes + [("c", Self.file)]))
        #expect(try tree([("a", Self.file)]) != tree([("b", Self.file)]))
    }

    @Test func foldVisitsChildrenFirstInBytewiseOrder() throws {
        var tree = LayerTree()
        for text in ["b/z", "b/a", "B", "ü", "a"] { try tree.place(Self.file, at: path(text)) }
        let text = tree.fold { (node, children: [(name: [UInt8], result: String)]) -> String in
            guard node.content == .directory else { return "" }
            return "(" + children.map { String(decoding: $0.name, as: UTF8.self) + $0.result }.joined(separator: " ")
                + ")"
        }
        #expect(text == "(B a b(a z) ü)")
    }

    @Test func labelsAreNoPartOfATree() {
        let note = OSTree.ExtendedAttribute(name: Array("user.note".utf8), value: [1])
        let label = OSTree.ExtendedAttribute(name: Array("security.selinux".utf8), value: [2])
        let attributes = FileAttributes(mode: 0o644, extendedAttributes: [label, note])
        #expect(attributes.withoutLabel == FileAttributes(mode: 0o644, extendedAttributes: [note]))
    }

    /// What an encoding sees while importing is what it will see in the commit later.
    @Test(arguments: RepositoryMode.allCases, PathPolicy.allCases)
    func treeOfTheCommitIsTheTreeOfTheImport(_ mode: RepositoryMode, _ policy: PathPolicy) throws {
        let attributes = TarBuilder.stream { tar in
            tar.pax(
                records: TarBuilder.record("SCHILY.xattr.user.z", [1]) + TarBuilder.record("SCHILY.xattr.user.a", [2])
                    + TarBuilder.record("SCHILY.xattr.user.z", [3])
                    + TarBuilder.record("SCHILY.xattr.security.selinux", [4]))
            tar.file("usr/attributes", [1], mode: 0o6666)
            tar.pax(
                records: TarBuilder.record("SCHILY.xattr.user.z", []) + TarBuilder.record("SCHILY.xattr.user.a", [2]))
            tar.directory("usr/d", mode: 0o3777) { $0.userID = 9 }
            tar.symbolicLink("usr/l", to: "ü") { ($0.mode, $0.userID) = (0o600, 9) }
        }
        let temporary = try TemporaryRepository(mode)
        for stream in TarSample.all.map(\.bytes) + [attributes] {
            let transaction = try Transaction(in: temporary.repository)
            let stage = try transaction.stage(by: .direct)
            let objects = try ObjectPool(stage, of: temporary.repository)
            var writer = LayerWriter(policy: policy, objects: objects)
            var splitter = Splitter()
            objects.begin(try objects.takeBuffer())
            try splitter.consume(stream[...], into: &writer)
            try splitter.finish(into: &writer)
            try writer.finish()
            let root = try TreeWriter(objects: objects).write(writer.tree)
            try stage.publish()
            let checksum = try transaction.write(CommitDraft(subject: "tree"), root: root.reference)
            try transaction.setRef("tree", to: checksum)
            try transaction.commit()
            let commit = try temporary.repository.commit(checksum)
            #expect(try LayerTree(of: commit, in: temporary.repository) == writer.tree)
        }
    }
}
