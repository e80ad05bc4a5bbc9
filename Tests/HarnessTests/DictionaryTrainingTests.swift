import Foundation
import LayerStore
import Strategies
import Tar
import TestSupport
import Testing

@testable import Harness

@Suite struct DictionaryTrainingTests {
    /// Forty files, so many directories after them that one literal run is longer than a piece.
    private static let stream = TarBuilder.stream {
        for index in 0..<40 { $0.file("usr/share/file-\(index)", [UInt8](repeating: UInt8(index), count: 700)) }
        for index in 0..<40 { $0.directory("usr/share/folder-\(index)/") }
    }

    private func recipe(_ stream: [UInt8]) throws -> Recipe {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream)
        return try StoredRecipe(layer.ref, in: temporary.repository).recipe
    }

    @Test func piecesAreTheRecipe() throws {
        let recipe = try recipe(Self.stream)
        let pieces = RecipePieces.cut(recipe)
        #expect(pieces.count > 5)
        #expect(pieces.flatMap(\.literals) == recipe.literals)
        #expect(pieces.flatMap { Array($0.payloads) } == Array(recipe.payloads))
        #expect(pieces.reduce(0) { $0 + $1.streamLength } == recipe.streamLength)
        for piece in pieces.dropLast() {
            #expect(piece.literals.count >= RecipePieces.literalBytes)
            #expect(piece.literals.count < RecipePieces.literalBytes + 1024)
            #expect(piece.streamLength % 512 == 0, "a header stays whole")
        }
        #expect(RecipePieces.cut(Recipe()).isEmpty)
    }

    @Test func aShareHasTheFirstAndTheLastPiece() throws {
        let pieces = RecipePieces(of: try recipe(Self.stream), as: [], Raw(), against: .empty)
        let total = pieces.encoded.reduce(0) { $0 + $1.count }
        #expect(pieces.share(ofBytes: total) == pieces.encoded)
        let share = pieces.share(ofBytes: total / 3)
        #expect(share.count >= 2 && share.count < pieces.encoded.count)
        #expect(share.first == pieces.encoded.first && share.last == pieces.encoded.last)
    }

    @Test func relativesAreOfOneImageAndItsBase() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Corpus/manifest.yaml")
        let entries = try ManifestMerge([path.path]).entries
        let stack = DictionaryTraining.relatives(of: "stack-copy", in: entries)
        #expect(stack.isSuperset(of: ["stack-copy", "stack-npm", "minbase"]) && !stack.contains("tomli"))
        #expect(!stack.contains("umoci-insert"))
        let base = DictionaryTraining.relatives(of: "minbase", in: entries)
        #expect(base.isSuperset(of: ["stack-copy", "umoci-base"]))
        #expect(DictionaryTraining.relatives(of: "layer.tar", in: entries).isEmpty)
    }
}
