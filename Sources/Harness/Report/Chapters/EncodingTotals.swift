/// What encodings make of all layers together.
struct EncodingTotals {
    struct Total {
        var encoding: String
        /// Layers that it carries.
        var layerCount: Int
        var bytes: Int
        /// Entries of those layers.
        var entries: Int
        /// Sums of the layers' median seconds; nil where some were not timed.
        var encodeSeconds: Double?
        var decodeSeconds: Double?

        var bytesPerEntry: Double? { entries > 0 ? Double(bytes) / Double(entries) : nil }
        /// Entries a second.
        var decodeRate: Double? { decodeSeconds.flatMap { $0 > 0 ? Double(entries) / $0 : nil } }
        var encodeRate: Double? { encodeSeconds.flatMap { $0 > 0 ? Double(entries) / $0 : nil } }
    }

    let layers: [String]
    /// In the order of first appearance, those that carry nothing too.
    let all: [Total]
    private let records: [EncodingRecord]

    init(_ records: [EncodingRecord]) {
        self.records = records
        layers = records.map(\.layer).distinct
        all = records.map(\.encoding).distinct.map { name in
            EncodingTotals.total(name, of: records.filter { $0.encoding == name && $0.outcome == .exact })
        }
    }

    private static func total(_ name: String, of records: [EncodingRecord]) -> Total {
        func sum(_ seconds: (EncodingRecord) -> [Double]) -> Double? {
            let medians = records.compactMap { Samples(seconds($0))?.median }
            return medians.isEmpty || medians.count < records.count ? nil : medians.reduce(0, +)
        }
        return Total(
            encoding: name, layerCount: records.count, bytes: records.reduce(0) { $0 + ($1.recipeBytes ?? 0) },
            entries: records.reduce(0) { $0 + $1.entries }, encodeSeconds: sum(\.encodeSeconds),
            decodeSeconds: sum(\.decodeSeconds))
    }

    /// Those that carry every layer: only they can be compared by their totals.
    var complete: [Total] { all.filter { $0.layerCount == layers.count && $0.entries > 0 } }

    /// The smallest of those that carry every layer.
    var smallest: Total? { complete.min { $0.bytes < $1.bytes } }

    /// How many times the bytes of one encoding another takes, on the layers that both carry, and how many those are.
    func times(_ larger: String, than smaller: String) -> (ratio: Double, layerCount: Int)? {
        func sizes(_ name: String) -> [String: Int] {
            records.reduce(into: [:]) { sizes, record in
                if record.encoding == name, record.outcome == .exact { sizes[record.layer] = record.recipeBytes }
            }
        }
        let (ours, theirs) = (sizes(smaller), sizes(larger))
        let both = ours.keys.filter { theirs[$0] != nil }
        let sums = [theirs, ours].map { sizes in both.reduce(0) { $0 + (sizes[$1] ?? 0) } }
        return sums[1] > 0 ? (Double(sums[0]) / Double(sums[1]), both.count) : nil
    }
}
