/// What `ostree pull` over HTTP moves into an empty repository.
public struct PullRecord: Codable, Sendable, Equatable {
    /// One pull, and whether the layer rebuilds after it.
    public struct Step: Codable, Sendable, Equatable {
        /// Refs that were asked for.
        public var refs: Int
        /// Requests, those for files that are not there too: ostree asks for summaries, deltas and detached metadata.
        public var requests: Int
        /// Requests that were answered with a file.
        public var filesMoved: Int
        /// Bytes of those files; neither headers nor the server's words about files that are not there.
        public var bytes: Int
        /// Commits, dirtrees and dirmetas among the files.
        public var metadataObjects: Int
        /// Content objects among the files.
        public var contentObjects: Int
        /// Whether the layer rebuilds bit for bit from what has been pulled so far.
        public var isExact: Bool
        /// Why it does not.
        public var failure: String?
    }

    /// The layer's ref alone, into an empty repository.
    public var layer: Step
    /// Then the refs of its companions, into the same repository: what they move besides. nil where there are none.
    public var companions: Step?

    /// Requests of both steps.
    public var requests: Int { layer.requests + (companions?.requests ?? 0) }
    /// Bytes of both steps.
    public var bytes: Int { layer.bytes + (companions?.bytes ?? 0) }
}
