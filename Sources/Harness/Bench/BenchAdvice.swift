/// What a reader should know before trusting a benchmark's times, and what could be done about it.
struct BenchAdvice {
    /// A median absolute deviation beyond this share of the median is noise worth a word.
    private static let noisyShare = 0.08
    /// Processes shorter than this are mostly start-up.
    private static let shortSeconds = 0.1
    /// The modified z-score beyond which a sample is an outlier (Iglewicz and Hoaglin, 1993).
    private static let outlierScore = 3.5

    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// What the machine did, and then one line for each kind of doubt over all layers.
    var warnings: [String] {
        machine + [noise, outliers, starts, precision, warmth].compactMap(\.self)
    }

    private var machine: [String] {
        let conditions = results.conditions
        var warnings = conditions.warnings(on: results.machine)
        if results.settings.minimumSamples < 5,
            !results.settings.stages.filter({ $0 == .endToEnd || $0 == .speed }).isEmpty
        {
            warnings.append(
                "fewer than 5 samples were asked for: intervals from so few say little; use --samples 5 or more")
        }
        if conditions.removesAfterEachLayer {
            warnings.append(
                "repositories were removed between layers, which slows the next layer's imports down on ext4: name a larger "
                    + "file system with --work-dir")
        }
        return warnings
    }

    private typealias Timed = (record: BenchRecord, measurement: Measurement)

    /// All measurements of rows that did not fail, with at least two samples.
    private var timed: [Timed] {
        (results.records + results.speedRecords).filter { $0.error == nil }.flatMap { record in
            record.measurements.map { (record: record, measurement: $0) }
        }.filter { $0.measurement.seconds.count > 1 }
    }

    private func name(_ timed: Timed) -> String {
        let mode = timed.record.mode.map { " in \($0)" } ?? ""
        return "\(timed.measurement.operation.rawValue) of \(timed.record.layer) by \(timed.record.name)\(mode)"
    }

    private var noise: String? {
        let noisy = timed.compactMap { timed -> (what: Timed, share: Double)? in
            guard let samples = Samples(timed.measurement.seconds) else { return nil }
            let share = samples.medianAbsoluteDeviation / samples.median
            return share > BenchAdvice.noisyShare ? (timed, share) : nil
        }
        guard let worst = noisy.max(by: { $0.share < $1.share }) else { return nil }
        return
            "\(noisy.count) of \(timed.count) measurements are noisy (the worst is the \(name(worst.what)), where half of the "
            + "samples lie more than \(Figure.percent(worst.share)) from the median): trust ratios more than rates, or repeat on a "
            + "quiet machine"
    }

    private var outliers: String? {
        var (count, sampleCount) = (0, 0)
        var worst: (what: Timed, score: Double, seconds: Double)?
        for what in timed {
            sampleCount += what.measurement.seconds.count
            guard let samples = Samples(what.measurement.seconds), samples.medianAbsoluteDeviation > 0 else { continue }
            for seconds in samples.values {
                let score = 0.6745 * abs(seconds - samples.median) / samples.medianAbsoluteDeviation
                // Where all samples lie close together, even a far one may not matter.
                guard score > BenchAdvice.outlierScore, abs(seconds - samples.median) > 0.1 * samples.median else {
                    continue
                }
                count += 1
                if score > worst?.score ?? 0 { worst = (what, score, seconds) }
            }
        }
        guard let worst, let median = Samples(worst.what.measurement.seconds)?.median else { return nil }
        return
            "\(count) of \(sampleCount) samples are outliers, such as \(Figure.seconds(worst.seconds)) s for the "
            + "\(name(worst.what)), with a median of \(Figure.seconds(median)) s; medians leave them out, and more rounds "
            + "(--samples) would make the intervals do so too"
    }

    private var starts: String? {
        let short = timed.filter { timed in
            !timed.measurement.processorSeconds.isEmpty
                && (Samples(timed.measurement.seconds)?.median ?? 1) < BenchAdvice.shortSeconds
        }
        guard let first = short.first(where: { $0.record.role == .strategy }) ?? short.first,
            let median = Samples(first.measurement.seconds)?.median
        else { return nil }
        let layers = Set(short.map(\.record.layer)).sorted()
        return
            "\(short.count) of \(timed.count) measurements are shorter than \(Figure.seconds(BenchAdvice.shortSeconds)) s (the "
            + "\(name(first)) takes \(Figure.seconds(median)) s): much of that is the start of a process; compare sizes on "
            + "\(layers.joined(separator: ", ")), and speed on larger layers"
    }

    private var precision: String? {
        let precision = Precision(of: results.records)
        var (count, wide) = (0, 0)
        var worst: (name: String, width: Double)?
        for record in results.records where record.role == .strategy && record.error == nil {
            for measurement in record.measurements {
                guard let width = precision.width(of: record, measurement.operation, measurement.cache) else {
                    continue
                }
                count += 1
                guard width > results.settings.precision else { continue }
                wide += 1
                if width > worst?.width ?? 0 { worst = (name((record, measurement)), width) }
            }
        }
        guard let worst else { return nil }
        return
            "\(wide) of \(count) intervals are wider than the ±\(Figure.percent(results.settings.precision)) asked for (the widest "
            + "is ±\(Figure.percent(worst.width)), the \(worst.name)): give more rounds (--max-samples) or a quieter machine"
    }

    /// Whether what should have been cold came from memory all the same.
    private var warmth: String? {
        let warm = timed.filter { timed in
            guard timed.measurement.cache == .cold else { return false }
            let read = Samples(timed.measurement.diskReadBytes.map { Double($0) })?.median ?? 0
            return read < Double(timed.record.layerBytes) / 4
        }
        guard let first = warm.first else { return nil }
        return
            "\(warm.count) measurements that should be cold read less than a quarter of the layer from the disk, such as the "
            + "\(name(first)): look at how the cache was dropped, and at compression"
    }
}
