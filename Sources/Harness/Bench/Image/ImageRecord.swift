/// A whole image: what its blobs cost by each policy, and what importing and pushing it take beside other programs.
public struct ImageRecord: Codable, Sendable, Equatable {
    /// As it was named.
    public var image: String
    public var manifestDigest: String
    /// Its layers, each once, the lowest first.
    public var layers: [Layer]
    public var processes: [Process] = []

    /// What one layer's blob costs.
    public struct Layer: Codable, Sendable, Equatable {
        /// The layer of this benchmark.
        public var layer: String
        public var blob: String
        public var mediaType: String
        /// Bytes of the blob, as it is distributed: what `keep` stores, where no compressor is known.
        public var blobBytes: UInt64
        /// Who writes the blob again; nil where nobody does, or where it is not compressed.
        public var compressor: String?
        /// Bytes of the blob recipe; 0 where the blob is the layer's stream; nil where there is none.
        public var blobRecipeBytes: Int?
        /// Why there is none.
        public var reason: String?
        /// Seconds to find that out, recompression included; a single sample.
        public var searchSeconds: Double
        /// Bytes of the blob that `rewrite` pushes in its place; nil where it is not rewritten.
        public var rewrittenBytes: UInt64?

        /// Bytes that `keep`, the default, stores so that the blob can be made again.
        public var keptBytes: UInt64 { blobRecipeBytes.map(UInt64.init) ?? blobBytes }
    }

    /// A program that does something with the whole image.
    public struct Process: Codable, Sendable, Equatable {
        /// What it does: `import`, `push`, `skopeo copy` …
        public var name: String
        /// Wall-clock seconds of whole processes, in the order of the rounds.
        public var seconds: [Double] = []
        /// What differs from the others' work.
        public var note: String
        /// Why there are no more samples.
        public var error: String?
    }
}
