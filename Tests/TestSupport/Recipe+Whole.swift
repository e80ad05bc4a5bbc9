public import Tar

extension Recipe {
    /// The bytes of all literal segments, one after the other.
    public var literals: [UInt8] {
        var (reader, bytes) = (literalReader(), [UInt8]())
        reader.append(literalByteCount, to: &bytes)
        return bytes
    }

    /// Where this recipe and another first part: the segment's number and its offset in the stream; nil where they are
    /// equal.
    public func firstDifference(from other: Recipe) -> (segment: Int, offset: UInt64)? {
        var comparison = RecipeComparison(with: self)
        other.append(to: &comparison)
        return comparison.finish()
    }
}
