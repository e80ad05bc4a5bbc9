internal import Digests
internal import Strategies
internal import Tar

/// Payloads that the commit's tree does not hold: of dropped, replaced or unrepresentable entries.
struct Orphans {
    /// Each object once, in stream order.
    private(set) var objects: [Digest] = []
    /// Bytes of those objects.
    private(set) var byteCount: UInt64 = 0

    init(of recipe: Recipe, besides tree: LayerTree) {
        let kept = tree.objects()
        for payload in recipe.distinctPayloads where !kept.contains(payload.object) {
            objects.append(payload.object)
            byteCount += payload.byteCount
        }
    }
}
