import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Harness

/// Whose files are whose, in real repositories.
@Suite struct RepositoryAccountsTests {
    /// Two orphans: the first of a duplicate path, and a dropped path.
    private static let stream = TarBuilder.stream {
        $0.directory("usr/")
        $0.file("usr/a", [1])
        $0.file("usr/a", [2, 2])
        $0.file("usr/b", [3, 3, 3])
        $0.file("dev/c", [4, 4, 4, 4])
    }

    private func accounts(_ storage: any Storage, _ mode: RepositoryMode) throws -> (RepositoryAccounts, ImportedLayer)
    {
        let temporary = try TemporaryRepository(mode)
        let strategy = Strategy(encoding: Strategy.standard.encoding, storage: storage)
        let layer = try temporary.importing(RepositoryAccountsTests.stream, strategy: strategy)
        return (try RepositoryAccounts(of: temporary.repository, layer: layer.layer.commit), layer)
    }

    @Test(arguments: RepositoryMode.allCases)
    func orphansHaveACommitAndARefOfTheirOwn(_ mode: RepositoryMode) throws {
        let (accounts, layer) = try accounts(Sidecar(), mode)
        let orphans = accounts[.orphans]
        #expect(layer.orphanCount == 2)
        #expect(orphans[.content].files == 2 && orphans[.directoryTree].files == 1 && orphans[.commit].files == 1)
        // The layer's folders have 0755 and root too, and need the object anyway.
        #expect(orphans[.directoryMetadata].files == 0 && orphans[.ref].files == 1)
        if mode != .archive { #expect(orphans[.content].bytes == 5) }
        #expect(accounts[.recipe].files.files == 1)
        #expect(accounts[.recipe][.extension].bytes == layer.storedBytes)
        #expect(accounts[.unreachable].files == .zero)
    }

    @Test(arguments: RepositoryMode.allCases)
    func separateRefHasThemInItsOwnCommit(_ mode: RepositoryMode) throws {
        let (accounts, layer) = try accounts(SeparateRef(), mode)
        let (orphans, recipe) = (accounts[.orphans], accounts[.recipe])
        #expect(orphans[.content].files == 2 && orphans[.directoryTree].files == 1)
        #expect(orphans[.commit].files == 0 && orphans[.ref].files == 0)
        #expect(recipe[.content].files == 1 && recipe[.commit].files == 1 && recipe[.ref].files == 1)
        if mode != .archive { #expect(recipe[.content].bytes == layer.storedBytes) }
        #expect(accounts[.unreachable].files == .zero)
    }

    @Test func nothingIsKeptByTheFloor() throws {
        let (accounts, _) = try accounts(Discard(), .bareUser)
        #expect(accounts[.recipe] == RepositoryCensus() && accounts[.orphans] == RepositoryCensus())
        // No prune yet: the orphans are still there, and so is nothing else.
        #expect(accounts[.unreachable].files.files == 2 && accounts[.unreachable][.content].bytes == 5)
    }

    @Test func everyFileHasOneOwner() throws {
        for storage in Catalogue.storages {
            let temporary = try TemporaryRepository(.archive)
            let strategy = Strategy(encoding: Strategy.standard.encoding, storage: storage.init())
            let layer = try temporary.importing(RepositoryAccountsTests.stream, strategy: strategy)
            let accounts = try RepositoryAccounts(of: temporary.repository, layer: layer.layer.commit)
            let census = try RepositoryCensus(of: temporary.path)
            #expect(accounts.files + accounts.folders == census, "\(storage.name)")
            #expect(accounts.commit.files.bytes == layer.commitBytes)
            #expect(accounts[.layer][.ref].files == 1)
        }
    }
}
