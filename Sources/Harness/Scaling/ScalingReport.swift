import Processes

/// `measure scaling` as tables, verdicts and a plot.
public struct ScalingReport: Sendable {
    private let results: ScalingResults

    public init(_ results: ScalingResults) { self.results = results }

    /// For a terminal.
    public var text: String {
        [samples.terminalText(width: 140), fits.terminalText(width: 140)].joined(separator: "\n") + "\n"
            + verdicts.map { "\($0)\n" }.joined()
    }

    public var markdown: String {
        let machine = results.machine
        let load = results.loadAverageAtStart.map { "; load \(Figure.fixed($0, decimals: 2)) before the start" } ?? ""
        return """
            # layerlab measure scaling, \(results.date)

            \(machine.processor), \(machine.cores) cores, \(machine.fileSystem), kernel \(machine.kernel), \
            \(machine.buildConfiguration) build\(load)\\
            \(results.settings.strategy), \(results.settings.mode), repositories that do not sync; whole processes, \
            \(results.settings.samples) rounds over all layers after a warm-up

            ![Time and memory over size](scaling.svg)

            \(samples.markdown)
            \(fits.markdown)
            \(verdicts.map { "- \($0)\n" }.joined())
            Again: \(Markdown.code(results.command))

            """
    }

    /// Median, lowest and highest; the curves are of the lowest.
    private var samples: Table {
        var table = Table(columns: [
            .init("layer"), .init("entries", .right), .init("bytes", .right), .init("import s", .right),
            .init("rebuild s", .right), .init("import MiB", .right), .init("rebuild MiB", .right),
        ])
        for record in results.records {
            let operations = BenchOperation.allCases.map(record.measurement)
            let times = operations.map { measurement in
                guard let samples = Samples(measurement.seconds) else { return "–" }
                return
                    "\(Figure.seconds(samples.median)) (\(Figure.seconds(samples.minimum))–\(Figure.seconds(samples.maximum)))"
            }
            let peaks = operations.map { measurement in
                measurement.peakMemory.map {
                    ($0.isUpperBound ? "≤" : "") + Figure.fixed(Double($0.bytes) / Double(1 << 20), decimals: 1)
                } ?? "–"
            }
            table.append([record.name, Figure.count(record.entries), Figure.count(record.bytes)] + times + peaks)
        }
        return table
    }

    private var fits: Table {
        var table = Table(columns: [
            .init("curve"), .init("power", .right), .init("from step to step", .right), .init("memory", .right),
        ])
        for curve in results.curves {
            let power = curve.seconds.fit.map(ScalingReport.withError) ?? "–"
            let steps = curve.seconds.steps.map { Figure.fixed($0.power, decimals: 2) }.joined(separator: ", ")
            let memory =
                curve.memory.map {
                    "\(Figure.fixed($0.slope, decimals: curve.over == "entries" ? 0 : 4)) ± "
                        + "\(Figure.fixed($0.standardError, decimals: curve.over == "entries" ? 0 : 4)) B per "
                        + (curve.over == "entries" ? "entry" : "byte")
                } ?? "–"
            table.append(["\(curve.operation.rawValue) over \(curve.over)", power, steps, memory])
        }
        return table
    }

    private static func withError(_ fit: LinearFit) -> String {
        "\(Figure.fixed(fit.slope, decimals: 2)) ± \(Figure.fixed(fit.standardError, decimals: 2))"
    }

    private var verdicts: [String] {
        let complaints = results.curves.flatMap { curve in
            (curve.seconds.complaints + curve.complaints).map {
                "\(curve.operation.rawValue) over \(curve.over): \($0)"
            }
        }
        return complaints.isEmpty
            ? ["nothing grows faster than n log n, there is no cliff, and memory stays below 64 MiB + 512 B per entry"]
            : complaints
    }

    /// Time and memory over entries, and over bytes.
    var plot: String {
        let panels = [("entries", "tar entries (files of 0–4 KiB)"), ("bytes", "bytes of the stream (one file)")]
            .flatMap { over, label -> [LogLogPlot] in
                let curves = results.curves.filter { $0.over == over }
                let records = results.records.filter { ($0.files != nil) == (over == "entries") }
                guard !curves.isEmpty else { return [] }
                let times = curves.map { curve in
                    LogLogPlot.Series(
                        curve.operation.rawValue, curve.seconds.points.map { (x: $0.x, y: $0.y) })
                }
                let peaks = BenchOperation.allCases.map { operation in
                    LogLogPlot.Series(
                        operation.rawValue,
                        records.compactMap { record in
                            record.measurement(operation).peakMemory.map {
                                (
                                    x: Double(over == "entries" ? UInt64(record.entries) : record.bytes),
                                    y: Double($0.bytes) / Double(1 << 20)
                                )
                            }
                        })
                }
                return [
                    LogLogPlot(title: "time over \(over)", x: label, y: "seconds, lowest", times),
                    LogLogPlot(title: "peak memory over \(over)", x: label, y: "MiB", peaks),
                ]
            }
        return LogLogPlot.page(panels)
    }
}
