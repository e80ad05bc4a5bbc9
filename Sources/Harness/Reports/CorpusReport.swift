internal import Digests

/// The corpus as a list.
public struct CorpusReport: Sendable {
    public struct Row: Codable, Sendable {
        public var name: String
        public var sets: [String]
        public var title: String
        public var policy: String
        /// The recipe's kind.
        public var kind: String
        /// The image that it is a layer of.
        public var image: String?
        public var expectedBytes: UInt64
        public var expectedEntries: Int?
        public var needsNetwork: Bool
        /// Whether the cache holds it, by the file's size and modification time.
        public var isFetched: Bool
        /// The pin, `sha256:…`.
        public var pinnedDigest: String?
        /// What was observed at the fetch: the file's size, its digest, the stream's digest, size and entries.
        public var bytes: UInt64?
        public var digest: String?
        public var diffID: String?
        public var streamBytes: UInt64?
        public var entries: Int?
        public var path: String?
        public var source: String
        public var licence: String

        /// What is known of the digest: `pinned` by the manifest, `observed` at the fetch, or nothing yet.
        var digestStatus: String {
            let known = digest ?? pinnedDigest
            let short = known.map { " " + $0.dropFirst("sha256:".count).prefix(8) } ?? ""
            return pinnedDigest != nil ? "pinned" + short : digest != nil ? "observed" + short : "–"
        }
    }

    public let rows: [Row]

    public init(_ corpus: Corpus) {
        rows = corpus.entries.map { entry in
            let layer = corpus.listed(entry)
            let image: String? =
                switch entry.recipe {
                case .imageLayer(let recipe): recipe.image
                case .pulledLayer(let recipe): recipe.image
                default: nil
                }
            return Row(
                name: entry.name, sets: entry.sets, title: entry.title, policy: entry.policy.rawValue,
                kind: entry.recipe.kind.rawValue, image: image, expectedBytes: entry.expectedBytes,
                expectedEntries: entry.expectedEntries, needsNetwork: entry.needsNetwork, isFetched: layer != nil,
                pinnedDigest: entry.pin?.description, bytes: layer?.bytes, digest: layer?.digest.description,
                diffID: layer?.diffID.description, streamBytes: layer?.streamBytes, entries: layer?.entries,
                path: layer?.path, source: entry.source, licence: entry.licence)
        }
    }

    public var text: String {
        var table = Table(columns: [
            .init("name"), .init("sets"), .init("what"), .init("policy"), .init("bytes", .right),
            .init("entries", .right), .init("digest"), .init("fetched"),
        ])
        for row in rows {
            let entries = row.entries ?? row.expectedEntries
            let about = row.isFetched ? "" : "~"
            table.append([
                row.name, row.sets.joined(separator: " "), row.title, row.policy,
                about + Figure.count(row.bytes ?? row.expectedBytes), entries.map { about + Figure.count($0) } ?? "–",
                row.digestStatus, row.isFetched ? "yes" : row.needsNetwork ? "no (network)" : "no",
            ])
        }
        return table.terminalText(width: 150)
    }
}

/// A layer that was obtained, or was there.
public struct FetchReport: Codable, Sendable {
    public var name: String
    public var path: String
    public var bytes: UInt64
    /// The file's digest, `sha256:…`.
    public var digest: String
    /// The tar stream's digest, `sha256:…`, size and entries.
    public var diffID: String
    public var streamBytes: UInt64
    public var entries: Int
    public var isFresh: Bool

    public init(_ layer: FetchedLayer) {
        name = layer.entry.name
        path = layer.path
        bytes = layer.bytes
        digest = layer.digest.description
        diffID = layer.diffID.description
        streamBytes = layer.streamBytes
        entries = layer.entries
        isFresh = layer.isFresh
    }

    public var text: String {
        "\(name)  \(Figure.count(bytes)) bytes  \(Figure.count(entries)) entries  \(digest)  \(isFresh ? "fetched" : "there")  \(path)"
    }
}
