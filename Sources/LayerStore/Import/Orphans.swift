internal import Digests
internal import Tar

/// Payloads that the commit's tree does not hold: of dropped, replaced or unrepresentable entries.
struct Orphans {
    /// Each object once, in stream order.
    private(set) var objects: [Digest] = []
    /// Bytes of those objects.
    private(set) var byteCount: UInt64 = 0

    init(of recipe: Recipe, besides tree: Set<Digest>) {
        var seen: Set<Digest> = []
        for payload in recipe.payloads where !tree.contains(payload.object) && seen.insert(payload.object).inserted {
            objects.append(payload.object)
            byteCount += payload.byteCount
        }
    }
}
