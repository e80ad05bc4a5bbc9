internal import Foundation

/// What a report says first: a sentence, and a few figures from the same data.
public struct Headline: Encodable, Sendable, Equatable {
    public struct Figure: Encodable, Sendable, Equatable {
        /// For scripts, such as `smallest-bytes-per-entry`.
        public var name: String
        /// The exact value; `text` rounds it.
        public var value: Double
        public var text: String
        /// What it is the figure of.
        public var caption: String
    }

    public private(set) var sentence = ""
    public private(set) var figures: [Figure] = []

    private typealias Format = Harness.Figure

    init(_ results: BenchResults) {
        var parts: [String] = []
        addSizes(results, &parts)
        addRatios(results, &parts)
        addSpeed(results, &parts)
        addImages(results, &parts)
        addSurvival(results, &parts)
        if parts.isEmpty {
            let count = results.layers.count
            parts = ["\(count) \(count == 1 ? "layer was" : "layers were") looked at"]
        }
        sentence = parts.joined(separator: "; ") + "."
        sentence = sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    private mutating func add(_ name: String, _ value: Double, _ text: String, _ caption: String) {
        guard value.isFinite else { return }
        figures.append(.init(name: name, value: value, text: text, caption: caption))
    }

    private mutating func addSizes(_ results: BenchResults, _ parts: inout [String]) {
        let totals = EncodingTotals(results.encodings)
        guard let smallest = totals.smallest, let perEntry = smallest.bytesPerEntry else { return }
        let size = Format.bytesPerEntry(bytes: smallest.bytes, entries: smallest.entries)
        let layers = totals.layers.count == 1 ? "one layer" : "\(totals.layers.count) layers"
        add("smallest-bytes-per-entry", perEntry, size, "bytes per entry by \(smallest.encoding), on \(layers)")
        var part = "the exact \(totals.layers.count == 1 ? "tar of one layer takes" : "tars of \(layers) take") "
        part += "\(Format.count(smallest.bytes)) bytes by \(smallest.encoding)"
        if smallest.encoding != "tarsplit", let times = totals.times("tarsplit", than: smallest.encoding) {
            let text = Format.fixed(times.ratio, decimals: times.ratio < 10 ? 1 : 0)
            add(
                "tar-split-over-smallest", times.ratio, "\(text) ×",
                "as many bytes by tar-split, on \(times.layerCount == 1 ? "one layer" : "\(times.layerCount) layers")")
            part += ", and \(text) times as many by tar-split"
        }
        parts.append(part)
    }

    /// How the first strategy compares with its peers, by the geometric mean over layers.
    private mutating func addRatios(_ results: BenchResults, _ parts: inout [String]) {
        guard let first = results.records.first(where: { $0.role == .strategy }) else { return }
        let cache = results.settings.caches.first ?? .warm
        for (operation, name, peer) in [
            (BenchOperation.import, "import", "ostree commit"), (.rebuild, "rebuild", "tar-split asm"),
        ] {
            let ratios = results.records.filter { $0.name == first.name && $0.mode == first.mode && $0.error == nil }
                .compactMap { record in
                    BenchReference.of(operation, for: record, among: results.records)
                        .flatMap { record.speed(comparedTo: $0, operation, cache) }?.median
                }
            guard !ratios.isEmpty else { continue }
            let mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
            let text = Format.fixed(mean, decimals: 1)
            add("\(name)-times-as-fast", mean, "\(text) ×", "as fast as \(peer) (\(name), \(first.name))")
            parts.append("\(name)s are \(text) times as fast as \(peer)")
        }
    }

    private mutating func addSpeed(_ results: BenchResults, _ parts: inout [String]) {
        let measured = results.speed.filter { $0.ratio != nil }
        guard !measured.isEmpty else { return }
        let rows = measured.map(\.row).distinct
        let met = rows.count { row in
            let those = measured.filter { $0.row == row }
            guard let first = those.first, let ratios = Samples(those.compactMap(\.ratio)) else { return false }
            return first.isCeiling ? ratios.median <= first.target : ratios.median >= first.target
        }
        add("targets-met", Double(met), "\(met) of \(rows.count)", "speed targets met by the median of the layers")
        parts.append(
            "\(met) of \(rows.count) speed targets are met in the median of \(measured.map(\.layer).distinct.count) layers"
        )
    }

    private mutating func addImages(_ results: BenchResults, _ parts: inout [String]) {
        guard let image = results.images.first else { return }
        let (blobs, kept) = (image.layers.reduce(0) { $0 + $1.blobBytes }, image.layers.reduce(0) { $0 + $1.keptBytes })
        let name = image.image.split(separator: "/").last.map(String.init) ?? image.image
        add(
            "image-kept-bytes", Double(kept), Format.count(kept),
            "bytes kept beside the layers for \(Format.count(blobs)) bytes of blobs, \(name)")
        if parts.isEmpty {
            parts.append(
                "\(Format.count(kept)) bytes are kept for \(Format.count(blobs)) bytes of blobs of the image \(name)")
        }
    }

    private mutating func addSurvival(_ results: BenchResults, _ parts: inout [String]) {
        guard !results.survivalRecords.isEmpty else { return }
        let wrong = results.survivalRecords.count { $0.outcome == .wrong }
        let all = results.survivalRecords.count
        add(
            "silently-wrong", Double(wrong), Format.count(wrong),
            "silently wrong of \(Format.count(all)) survival trials")
        parts.append(
            wrong == 0
                ? "none of \(Format.count(all)) survival trials gave a wrong stream"
                : "\(Format.count(wrong)) of \(Format.count(all)) survival trials gave a wrong stream")
    }
}
