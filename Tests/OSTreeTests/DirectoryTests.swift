import OSTree
import TestSupport
import Testing

@Suite struct DirectoryTests {
    @Test(arguments: ["a", "...", ".a", "..a", "ü", " ", "a\nb", "-", String(repeating: "n", count: 255)])
    func goodNamesAreAccepted(_ name: String) { #expect(DirectoryTree.accepts(name: Array(name.utf8)[...])) }

    @Test(arguments: ["", ".", "..", "a/b", "/", "a\0", "\0"])
    func badNamesAreRefused(_ name: String) { #expect(!DirectoryTree.accepts(name: Array(name.utf8)[...])) }

    @Test(
        arguments: [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func namesThatAreNotUTF8AreRefused(_ name: [UInt8]) { #expect(!DirectoryTree.accepts(name: name[...])) }

    @Test(arguments: RepositoryMode.allCases)
    func treeShowsInTheRealProgram(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        let transaction = try Transaction(in: temporary.repository)
        let attributes = try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o1755, userID: 4, groupID: 5))
        let plain = try transaction.writeDirectoryAttributes(FileAttributes(mode: 0o755))
        let file = try transaction.writeFile([1, 2, 3][...], FileAttributes(mode: 0o640, userID: 1, groupID: 2))
        let empty = DirectoryReference(contents: try transaction.write(DirectoryTree()), metadata: attributes)
        // Not in order: the lists need not be sorted.
        let inner = DirectoryTree(files: [(Array("b".utf8), file), (Array("a".utf8), file)])
        let tree = DirectoryTree(
            directories: [
                (Array("z".utf8), empty),
                (Array("d".utf8), DirectoryReference(contents: try transaction.write(inner), metadata: plain)),
            ])
        let root = DirectoryReference(contents: try transaction.write(tree), metadata: plain)
        try transaction.setRef("tree", to: transaction.write(CommitDraft(subject: "tree"), root: root))
        try transaction.commit()

        let kept = mode != .bareUserOnly
        let fileLine = kept ? "-00640 1 2 3" : "-00640 0 0 3"
        #expect(
            try temporary.tree("tree") == [
                "d00755 0 0 0 /", "d00755 0 0 0 /d", "\(fileLine) /d/a", "\(fileLine) /d/b",
                kept ? "d01755 4 5 0 /z" : "d00755 0 0 0 /z",
            ])
        #expect(try temporary.damage() == nil)

        let read = try temporary.repository.directoryTree(root.contents)
        #expect(read.files.isEmpty && read.directories.map(\.name) == [Array("d".utf8), Array("z".utf8)])
        #expect(read.directories[1].directory == empty)
        let readInner = try temporary.repository.directoryTree(read.directories[0].directory.contents)
        #expect(readInner.files.map(\.name) == [Array("a".utf8), Array("b".utf8)])
        #expect(readInner.files.allSatisfy { $0.object == file } && readInner.directories.isEmpty)
    }

    @Test func equalTreesInAnyOrderAreOneObject() throws {
        let temporary = try TemporaryRepository()
        let transaction = try Transaction(in: temporary.repository)
        let file = try transaction.writeFile([1][...], FileAttributes(mode: 0o644))
        let names = ["b", "a", "ü", "B"].map { Array($0.utf8) }
        let one = try transaction.write(DirectoryTree(files: names.map { ($0, file) }))
        let two = try transaction.write(DirectoryTree(files: names.reversed().map { ($0, file) }))
        #expect(one == two)
        try transaction.commit()
    }
}
