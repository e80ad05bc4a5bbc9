internal import LayerStore
public import OSTree
internal import Strategies
internal import Tar

/// Reads the objects of a stored layer as a naive rebuild would: one after the other, each opened, read and closed.
public struct ObjectReading: Codable, Sendable, Equatable {
    public var objects = 0
    public var bytes: UInt64 = 0

    /// Reads the payloads of a layer that a user names, in the order of the stream.
    public init(_ ref: String, in repository: Repository) throws {
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        let entry = try StoredLayers(in: repository).find(ref)
        // Not with the commit's tree, unless the encoding needs it: a rebuild does not read that either.
        let recipe = try StoredRecipe.recipe(of: entry.layer, keptBy: entry.strategy.storage, in: repository)
        for payload in recipe.payloads {
            try Interruption.check()
            let stream = try PayloadStream(payload.object, in: repository)
            while case let count = try stream.read(into: &chunk, at: 0, upTo: chunk.count), count > 0 {
                bytes += UInt64(count)
            }
            objects += 1
        }
    }

    /// For a person.
    public var text: String { "\(Figure.count(objects)) objects, \(Figure.count(bytes)) bytes" }
}
