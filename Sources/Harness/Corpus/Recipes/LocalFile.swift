public import Digests
import Foundation
import Processes

/// A file of the user's own. It is used where it is, and pinned by its digest.
public struct LocalFile: Equatable, Sendable {
    /// Absolute.
    public var path: String
    /// The digest of the tar stream, where it is a layer of an image, which says so.
    public var diffID: Digest?
}

extension LocalFile: FileRecipe {
    var fileExtension: String { "tar" }

    func cost(ofBytes bytes: UInt64) -> FetchCost { FetchCost(downloadBytes: 0, workBytes: 0) }

    func run(_ context: RecipeContext) throws(LocatedError) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw LocatedError(
                "the file \(path) is not there any more", in: context.entryName,
                remedy: "bring it back, or take the entry away with `layerlab corpus remove \(context.entryName)`")
        }
        return path
    }
}

extension LocalFile: Codable {
    private enum CodingKeys: String, CodingKey {
        case path, diffID
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "path", "diffID"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        path = try values.decode(String.self, forKey: .path)
        guard path.hasPrefix("/") else {
            throw DecodingError.dataCorruptedError(
                forKey: .path, in: values, debugDescription: "`\(path)` is no absolute path")
        }
        diffID = try values.decodeIfPresent(String.self, forKey: .diffID).map { hex in
            try StrictKeys.digest(hex, forKey: .diffID, in: values)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(path, forKey: .path)
        try values.encodeIfPresent(diffID?.hex, forKey: .diffID)
    }
}
