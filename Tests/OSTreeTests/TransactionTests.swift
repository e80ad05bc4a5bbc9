import Dispatch
import Foundation
import Digests
import OSTree
import TestSupport
import Synchronization
import Testing

@Suite struct TransactionTests {
    @Test(arguments: RepositoryMode.allCases)
    func abortLeavesEverythingAsItWas(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode, isDurable: true)
        let kept = try temporary.commitFile([1], ref: "a/kept")
        let before = try temporary.listing()

        let transaction = try Transaction(in: temporary.repository)
        let root = try TemporaryRepository.root(of: [2, 3], in: transaction)
        let commit = try transaction.write(CommitDraft(subject: "lost"), root: root)
        try transaction.setRef("a/lost", to: commit)
        try transaction.setRef("a/kept", to: commit)
        #expect(try temporary.repository.resolve(ref: "a/lost") == commit)
        #expect(try temporary.repository.has(.commit, commit))
        transaction.abort()

        #expect(try temporary.repository.resolve(ref: "a/lost") == nil)
        #expect(try temporary.repository.resolve(ref: "a/kept") == kept)
        #expect(try !temporary.repository.has(.commit, commit))
        #expect(try temporary.listing() == before)
        #expect(try temporary.leftovers() == [])
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: RepositoryMode.allCases)
    func abortWithoutDurabilityLeavesNothingReachable(_ mode: RepositoryMode) throws {
        let temporary = try TemporaryRepository(mode)
        try temporary.commitFile([1], ref: "a/kept")
        let before = try temporary.listing()
        let transaction = try Transaction(in: temporary.repository)
        let root = try TemporaryRepository.root(of: [2, 3], in: transaction)
        try transaction.setRef("a/lost", to: transaction.write(CommitDraft(subject: "lost"), root: root))
        transaction.abort()

        #expect(try temporary.repository.resolve(ref: "a/lost") == nil)
        #expect(try temporary.leftovers() == [])
        #expect(try temporary.damage() == nil)
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        let files = try temporary.listing().filter { !$0.key.hasSuffix("/") }
        #expect(files == before.filter { !$0.key.hasSuffix("/") })
    }

    @Test func droppedTransactionIsAborted() throws {
        let temporary = try TemporaryRepository(isDurable: true)
        let before = try temporary.listing()
        do {
            let transaction = try Transaction(in: temporary.repository)
            let root = try TemporaryRepository.root(of: [2, 3], in: transaction)
            try transaction.setRef("lost", to: transaction.write(CommitDraft(subject: "lost"), root: root))
        }
        #expect(try temporary.repository.resolve(ref: "lost") == nil)
        #expect(try temporary.listing() == before)
        // And the next one can begin.
        try temporary.commitFile([9], ref: "next")
        #expect(try temporary.damage() == nil)
    }

    @Test func abortAfterCommitDoesNothing() throws {
        let temporary = try TemporaryRepository()
        let transaction = try Transaction(in: temporary.repository)
        let root = try TemporaryRepository.root(of: [1], in: transaction)
        let commit = try transaction.write(CommitDraft(subject: "kept"), root: root)
        try transaction.setRef("kept", to: commit)
        try transaction.commit()
        transaction.abort()
        #expect(try temporary.repository.resolve(ref: "kept") == commit)
        #expect(try Repository(opening: temporary.path).resolve(ref: "kept") == commit)
    }

    @Test func refsShowWhenTheTransactionIsCommitted() throws {
        let temporary = try TemporaryRepository()
        let old = try temporary.commitFile([1], ref: "moved")
        let transaction = try Transaction(in: temporary.repository)
        let root = try TemporaryRepository.root(of: [2], in: transaction)
        let new = try transaction.write(CommitDraft(subject: "new"), root: root)
        try transaction.setRef("moved", to: new)
        let other = try Repository(opening: temporary.path)
        #expect(try other.resolve(ref: "moved") == old)
        #expect(try temporary.repository.commit(new).tree == root)
        try transaction.commit()
        #expect(try temporary.repository.resolve(ref: "moved") == new)
    }

    @Test func onlyOneTransactionIsOpenAtATime() throws {
        let temporary = try TemporaryRepository()
        let first = try Transaction(in: temporary.repository)
        let refused = #expect(throws: OSTreeError.self) { try Transaction(in: temporary.repository) }
        #expect(refused?.reason == "another one is open")
        let root = try TemporaryRepository.root(of: [1], in: first)
        let commit = try first.write(CommitDraft(subject: "first"), root: root)
        try first.setRef("first", to: commit)
        try first.commit()
        #expect(try temporary.repository.resolve(ref: "first") == commit)
        let over = #expect(throws: OSTreeError.self) { try first.setRef("late", to: commit) }
        #expect(over?.reason == "the transaction is over")
        try Transaction(in: temporary.repository).abort()
    }

    @Test func commitSaysWhatItsDraftSaid() throws {
        let temporary = try TemporaryRepository()
        let transaction = try Transaction(in: temporary.repository)
        let root = try TemporaryRepository.root(of: [1], in: transaction)
        var draft = CommitDraft(subject: "words", metadata: [("a.bytes", .bytes([0, 255])), ("a.text", .text("ü"))])
        draft.metadata.append(("a.empty", .bytes([])))
        let checksum = try transaction.write(draft, root: root)
        try transaction.setRef("words", to: checksum)
        try transaction.commit()

        let commit = try temporary.repository.commit(checksum)
        #expect(commit.checksum == checksum && commit.tree == root)
        #expect(commit.metadataBytes("a.bytes") == [0, 255] && commit.metadataBytes("a.empty") == [])
        #expect(commit.metadataText("a.text") == "ü")
        #expect(commit.metadataBytes("a.text") == nil && commit.metadataText("none") == nil)
        #expect(try UInt64(commit.byteCount) == temporary.repository.storedByteCount(.commit, checksum))
        let log = try temporary.ostree("log", "words")
        #expect(log.output.contains("1970-01-01 00:00:00") && log.output.contains("words"))
    }

    @Test func equalDraftsGiveEqualCommits() throws {
        let (one, two) = (try TemporaryRepository(), try TemporaryRepository())
        #expect(try one.commitFile([1, 2], ref: "x") == two.commitFile([1, 2], ref: "y"))
    }

    /// libostree looks through the staging folders of all transactions when one begins.
    @Test func transactionsOfManyHandlesDoNotDisturbEachOther() throws {
        let temporary = try TemporaryRepository()
        let path = temporary.path
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            do {
                let own = try Repository(opening: path)
                for round in 0..<40 {
                    let transaction = try Transaction(in: own)
                    _ = try transaction.writeFile([UInt8(thread), UInt8(round)], FileAttributes(mode: 0o644))
                    if round % 2 == 0 { try transaction.commit() } else { transaction.abort() }
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
    }
}
