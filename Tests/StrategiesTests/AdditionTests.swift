import Digests
import ExampleStrategies
import OSTree
import Strategies
import Tar
import Testing

/// What a program adds to the catalogue's own lists.
@Suite struct AdditionTests {
    @Test func whatWasAddedIsParsedAndListedOnce() throws {
        for _ in 0..<2 {
            try Catalogue.add(Once.self)
            try Catalogue.add(TextMetadata.self)
        }
        #expect(try Strategy(parsing: "once+zstd:03@text-metadata").description == "once+zstd:3@text-metadata")
        #expect(Catalogue.knownEncodings.count { $0.name == Once.name } == 1)
        #expect(Catalogue.knownStorages.count { $0.name == TextMetadata.name } == 1)
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: "onze") }
        #expect(error?.reason.contains("did you mean 'once'?") == true)
    }

    @Test func theOwnListsStayAsTheyAre() throws {
        try Catalogue.add(Once.self)
        try Catalogue.add(TextMetadata.self)
        #expect(!Catalogue.encodings.contains { $0 == Once.self })
        #expect(!Catalogue.storages.contains { $0 == TextMetadata.self })
        #expect(!Catalogue.allStrategies.contains { $0.description.contains(Once.name) })
    }

    @Test func whatIsThereAlreadyIsNoAddition() throws {
        let before = (Catalogue.knownEncodings.count, Catalogue.knownWrappers.count, Catalogue.knownStorages.count)
        try Catalogue.add(Raw.self)
        try Catalogue.add(Zstd.self)
        try Catalogue.add(Sidecar.self)
        // Other tests may add theirs meanwhile, and no more than the two examples.
        #expect(Catalogue.knownEncodings.count - before.0 <= 1)
        #expect(Catalogue.knownWrappers.count == before.1 && Catalogue.knownStorages.count - before.2 <= 1)
    }

    @Test(
        arguments: [TakenByAnEncoding.self, TakenByAWrapper.self, Punctuated.self, Nameless.self] as [any Named.Type])
    func takenAndUnreadableNamesAreRefused(_ type: any Named.Type) {
        let error = #expect(throws: StrategyError.self) { try Catalogue.add(type) }
        #expect(error?.kind == .unknown && error?.part == "encoding '\(type.name)'")
    }

    @Test func aTakenNameOfAStorageIsRefused() {
        let error = #expect(throws: StrategyError.self) { try Catalogue.add(TakenStorage.self) }
        #expect(error?.kind == .unknown && error?.part == "storage 'sidecar'")
    }
}

/// An encoding that is nothing but a name.
protocol Named: Encoding {}

extension Named {
    static var summary: String { "a name" }
    init(parameters: [String: String]) throws(StrategyError) { throw StrategyError(.unknown, Self.name, "a name only") }
    var description: String { Self.name }
    var usesTree: Bool { false }
    func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] { [] }
    func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe { Recipe() }
}

private struct TakenByAnEncoding: Named { static let name = "raw" }
private struct TakenByAWrapper: Named { static let name = "zstd" }
private struct Punctuated: Named { static let name = "raw@sidecar" }
private struct Nameless: Named { static let name = "" }

private struct TakenStorage: Storage {
    static let name = "sidecar"
    static let summary = "a name"
    static let isFloor = true

    func attach(
        _ stored: Envelope, orphans: [Digest], to draft: inout CommitDraft, in transaction: Transaction
    ) throws {}
    func finish(_ stored: Envelope, commit: Digest, in repository: Repository) throws {}
    func load(_ layer: StoredLayer, in repository: Repository) throws -> Envelope {
        throw StrategyError(.absent, Self.name, "a name only")
    }
    func erase(_ layer: StoredLayer, in repository: Repository) throws {}
    func footprint(_ layer: StoredLayer, in repository: Repository) throws -> Footprint {
        Footprint(bytes: 0, files: 0, refs: 0)
    }
}
