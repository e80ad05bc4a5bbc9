import Blobs
import TestSupport
import Testing

extension BlobRecipe {
    /// The blob that the recipe makes of these bytes, which it gets in pieces of this size.
    func blob(of bytes: [UInt8], pieces: Int = .max) throws -> [UInt8] {
        let output = Output()
        let replayer = try BlobReplayer(self) { output.bytes += $0 }
        var rest = bytes[...]
        while !rest.isEmpty {
            try replayer.write(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        try replayer.finish()
        return output.bytes
    }

    /// What the search finds for a blob.
    static func search(_ blob: [UInt8]) throws -> BlobSearch {
        let folder = try TemporaryFolder()
        return try find(forBlobAt: try folder.write(blob, to: "blob.gz")) { _ in }
    }

    /// The recipe of a blob, which has one.
    static func found(for blob: [UInt8]) throws -> BlobRecipe {
        switch try search(blob) {
        case .recipe(let recipe): return recipe
        case .none(let reason): throw BlobError(.input, reason)
        }
    }

    /// Why a blob has no recipe.
    static func reason(for blob: [UInt8]) throws -> String? {
        if case .none(let reason) = try search(blob) { return reason }
        return nil
    }
}

final class Output {
    var bytes: [UInt8] = []
}
