/// One encoding on one layer, in memory: no repository, no process's start.
public struct EncodingRecord: Codable, Sendable, Equatable {
    public var layer: String
    /// As a strategy writes it: `raw+zstd:19`.
    public var encoding: String
    public var entries: Int
    public var layerBytes: UInt64
    /// The encoding's bytes; nil where there are none.
    public var recipeBytes: Int?
    /// Where these bytes go, in their order: all together are `recipeBytes`. Nil where nobody has looked.
    public var streams: [Stream]?
    /// Seconds of each encoding.
    public var encodeSeconds: [Double] = []
    /// Seconds of each decoding.
    public var decodeSeconds: [Double] = []
    /// Seconds of the SHA-256 of `EncodingMeasurement.floorBytes` in memory, one in each round: what a second run of another day
    /// is compared by. Nil in results of older versions.
    public var hashSeconds: [Double]?
    /// `exact`, where the decoded recipe equals the one that was encoded.
    public var outcome: LayerResult.Outcome
    /// Why it cannot, or failed.
    public var error: String?

    /// A part of a recipe, as the encoding names it: a field of headers, checksums, numbers.
    public struct Stream: Codable, Sendable, Equatable {
        public var stream: String
        public var bytes: Int

        public init(_ stream: String, bytes: Int) { (self.stream, self.bytes) = (stream, bytes) }
    }

    public init(
        layer: String, encoding: String, entries: Int, layerBytes: UInt64, outcome: LayerResult.Outcome,
        error: String? = nil
    ) {
        (self.layer, self.encoding, self.entries, self.layerBytes) = (layer, encoding, entries, layerBytes)
        (self.outcome, self.error) = (outcome, error)
    }
}

/// Which encodings are worth a whole benchmark: those that no other one beats.
enum ParetoSet {
    /// The encodings for which there is no other that is at least as small and as fast to encode and to decode, in sum over
    /// all layers, and better in one of the three. An encoding that did not do every layer is not among them, unless it
    /// is the only one that is left.
    static func encodings(of records: [EncodingRecord]) -> [String] {
        let layers = Set(records.map(\.layer))
        var names: [String] = []
        for record in records where !names.contains(record.encoding) { names.append(record.encoding) }
        let totals = names.compactMap { name -> (name: String, costs: [Double])? in
            let done = records.filter { $0.encoding == name && $0.outcome == .exact }
            guard done.count == layers.count else { return nil }
            let costs = done.compactMap { record -> [Double]? in
                guard let bytes = record.recipeBytes, let encode = Samples(record.encodeSeconds),
                    let decode = Samples(record.decodeSeconds)
                else { return nil }
                return [Double(bytes), encode.median, decode.median]
            }
            guard costs.count == layers.count else { return nil }
            return (name, (0..<3).map { axis in costs.reduce(0) { $0 + $1[axis] } })
        }
        return totals.filter { candidate in
            !totals.contains { other in
                other.name != candidate.name && zip(other.costs, candidate.costs).allSatisfy { $0 <= $1 }
                    && zip(other.costs, candidate.costs).contains { $0 < $1 }
            }
        }.map(\.name)
    }
}

extension EncodingRecord {
    /// For a person.
    public var text: String {
        let bytes = recipeBytes.map { "\(Figure.count($0)) bytes" } ?? "no bytes"
        let times = [Samples(encodeSeconds), Samples(decodeSeconds)].map { samples in
            samples.map { Figure.fixed($0.median * 1e3, decimals: 1) } ?? "–"
        }
        return "\(encoding)  \(bytes)  encode \(times[0]) ms  decode \(times[1]) ms"
            + (error.map { "  \(outcome.rawValue): \($0)" } ?? "")
    }
}
