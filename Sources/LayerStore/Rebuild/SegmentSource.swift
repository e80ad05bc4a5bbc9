internal import Strategies
internal import Tar

/// Where a rebuild has a recipe's segments from: a recipe in memory, or the stored bytes of one, which are decoded meanwhile.
protocol SegmentSource: Sendable {
    /// Bytes of the stream that the segments rebuild, as they say.
    var streamLength: UInt64 { get }

    /// Hands all segments on, in order. A literal may come in several pieces.
    func hand(to sink: inout some RecipeSink) throws
}

extension Recipe: SegmentSource {
    func hand(to sink: inout some RecipeSink) { append(to: &sink) }
}
