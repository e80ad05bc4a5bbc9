internal import Digests
public import OSTree
public import Strategies
public import Tar

extension StoredRecipe {
    /// The recipe as an encoding with this limit gets it, with payloads up to so many bytes read from the repository and made
    /// literals, and what is then left to know of the layer.
    public func inlining(upTo limit: UInt64, in repository: Repository) throws -> (Recipe, LayerContext) {
        var inlined = Recipe()
        var known: [Digest: [UInt8]] = [:]
        var literals = recipe.literalReader()
        for segment in recipe.segments {
            switch segment {
            case .literal(let count):
                literals.read(count) { inlined.append(literal: $0) }
            case .payload(let payload) where payload.byteCount <= limit:
                var bytes = known[payload.object]
                if bytes == nil {
                    bytes = try PayloadStream(payload.object, in: repository).readAll(limit: Int(limit))
                    known[payload.object] = bytes
                }
                guard let bytes, UInt64(bytes.count) == payload.byteCount else {
                    throw LayerStoreError(.check, "object \(payload.object.hex) has not the bytes that the recipe says")
                }
                inlined.append(literal: bytes[...])
            case .payload(let payload):
                inlined.append(payload)
            }
        }
        var context = self.context
        let left = Set(inlined.payloads.map(\.object))
        context.orphans = context.orphans.filter(left.contains)
        return (inlined, context)
    }
}
