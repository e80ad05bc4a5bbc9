internal import OSTree
internal import Strategies
internal import Digests
internal import Tar

/// Writes an object with its attributes, or without the extended ones where the repository's file system refuses them.
struct PayloadWriting: Sendable {
    private let requiredDigests: Set<PayloadDigest>

    init(_ requiredDigests: Set<PayloadDigest>) { self.requiredDigests = requiredDigests }

    func write(
        _ attributes: FileAttributes, _ origin: Finding?, by scribe: any ObjectScribe,
        _ body: (FileAttributes, any ObjectScribe) throws -> Digest,
        digests: (inout PayloadDigester) throws -> Void = { _ in }
    ) throws -> ObjectPool.Outcome {
        var outcome: ObjectPool.Outcome
        do {
            outcome = ObjectPool.Outcome(object: try body(attributes, scribe))
        } catch let error as OSTreeError where error.mayConcern(attributes.extendedAttributes) {
            var plain = attributes
            plain.extendedAttributes = []
            outcome = ObjectPool.Outcome(object: try body(plain, scribe), refusal: refusal(origin, error))
        }
        if !requiredDigests.isEmpty {
            var digester = PayloadDigester(requiredDigests)
            try digests(&digester)
            outcome.digests = digester.finish()
        }
        return outcome
    }

    private func refusal(_ origin: Finding?, _ error: OSTreeError) -> ObjectPool.Refusal {
        var finding = origin
        finding?.text += "its extended attributes were refused (\(error.reason))"
        return ObjectPool.Refusal(finding: finding)
    }
}
