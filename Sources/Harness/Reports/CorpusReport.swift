internal import Digests

/// The corpus as a list.
public struct CorpusReport: Sendable {
    public struct Row: Codable, Sendable {
        public var name: String
        public var sets: [String]
        public var title: String
        public var policy: String
        public var expectedBytes: UInt64
        public var needsNetwork: Bool
        /// Whether the cache holds it unchanged.
        public var isFetched: Bool
        public var source: String
        public var licence: String
    }

    public let rows: [Row]

    public init(_ corpus: Corpus) {
        rows = corpus.entries.map { entry in
            Row(
                name: entry.name, sets: entry.sets, title: entry.title, policy: entry.policy.rawValue,
                expectedBytes: entry.expectedBytes, needsNetwork: entry.needsNetwork,
                isFetched: corpus.cached(entry) != nil, source: entry.source, licence: entry.licence)
        }
    }

    public var text: String {
        var table = Table(columns: [
            .init("name"), .init("sets"), .init("what"), .init("policy"), .init("about bytes", .right),
            .init("fetched"),
        ])
        for row in rows {
            table.append([
                row.name, row.sets.joined(separator: " "), row.title, row.policy, Figure.count(row.expectedBytes),
                row.isFetched ? "yes" : row.needsNetwork ? "no (network)" : "no",
            ])
        }
        return table.terminalText(width: 130)
    }
}

/// A layer that was obtained, or was there.
public struct FetchReport: Codable, Sendable {
    public var name: String
    public var path: String
    public var bytes: UInt64
    /// The file's digest, `sha256:…`.
    public var digest: String
    public var isFresh: Bool

    public init(_ layer: FetchedLayer) {
        name = layer.entry.name
        path = layer.path
        bytes = layer.bytes
        digest = layer.digest.description
        isFresh = layer.isFresh
    }

    public var text: String {
        "\(name)  \(Figure.count(bytes)) bytes  \(digest)  \(isFresh ? "fetched" : "there")  \(path)"
    }
}
