import Digests
import Foundation
import OSTree
import Strategies
import TestSupport
import Testing

/// Objects whose bytes are not what their names say, as a damaged disk or a hostile server leaves them.
@Suite struct HostileObjectTests {
    /// Found by `fuzz-decoders`: libostree hands out what is stored as if it were sound, so that GLib compared a key
    /// that lay nowhere.
    @Test func commitWhoseMetadataKeysLieNowhereIsRefused() throws {
        let bytes = try #require(Data(base64Encoded: Self.keysThatLieNowhere, options: .ignoreUnknownCharacters))
        try withObject(of: Array(bytes), as: "commit") { layer, repository in
            for type in Catalogue.storages where !type.isFloor {
                #expect(throws: (any Error).self) {
                    _ = try type.init().load(layer, in: repository)
                }
            }
        }
    }

    @Test func directoriesThatAreNoneAreRefused() throws {
        for bytes in [[], [1], [UInt8](repeating: 0xff, count: 40)] as [[UInt8]] {
            try withObject(of: bytes, as: "dirtree") { layer, repository in
                #expect(throws: OSTreeError.self, "\(bytes)") { try repository.directoryTree(layer.commit) }
            }
            try withObject(of: bytes, as: "dirmeta") { layer, repository in
                #expect(throws: OSTreeError.self, "\(bytes)") { try repository.directoryAttributes(layer.commit) }
            }
        }
    }

    private func withObject(
        of bytes: [UInt8], as kind: String, _ body: (StoredLayer, Repository) throws -> Void
    ) throws {
        let owner = try TemporaryRepository(.archive)
        defer { withExtendedLifetime(owner) {} }
        let repository = owner.repository
        let digest = RecipeSample.counting
        let folder = URL(filePath: "\(repository.path)/objects/\(digest.hex.prefix(2))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: folder.appending(path: "\(digest.hex.dropFirst(2)).\(kind)"))
        try body(StoredLayer(diffID: digest, commit: digest), repository)
    }

    private static let keysThatLieNowhere = """
        bGF5ZXJsYWIuZGlmZi1pZAAAADZlMDA1YzQxODNiMzc0MGQwYTQwZjE0YWQxNDUyOTEAAHMRAAAAAABsYXllcmxhYi5zdHJhdGVn \
        eQAAAAAAAAByYXdAc2VwYXJhdGUtcmVmAAhzEgAAAABsYXllcmxhYi5yZWNpcGUtY29tbWl0AABkNGIwZmU2MjMyZTc0YjAwOTk5 \
        Yzk4YTYwYjQxMjc2M2NpcGUtY29tbWl0AABkNGIwZmU2MjMyZTc0YjAwOTk5Yzk4YTYwYjQxMjc2MzQyMTJhMTIzZDY1ZGYyYjFj \
        N2Q5ZTRlOGZiYzdhMmU0AABzF2OU9GxheWVyIHNoYTI1NjoyNzZhZmY2MDczMjU0ODQxNGE1NjFmNWRlNmRkAHJhdyt6c3RkOjE5 \
        K3pzdGQ6MUBzZXBhcmF0ZS1yZWY1MjkxAAAAAAAAAAAAAAAAcmNE3QM41IgsQRPomgu38kxqcok7Fgnu6yCEwRfC0MVEag7xG3zB \
        Z/O2A+WFx+7utnX6pBLV7HP2KYjrC2xUiHABRgFFAfcA9wD3AA==
        """
}
