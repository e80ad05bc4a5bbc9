internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// Measures the baseline's figures, on generated layers that are the same on every machine: no corpus, and no time.
public struct BaselineMeasurement {
    /// Counts come from threads that meet differently, and from libraries of other versions.
    private static let countTolerance = Measured.Tolerance(share: 0.15, least: 0.25)
    /// Libraries that sizes depend on; counts depend on the compiler and on valgrind as well.
    private static let libraries = ["libostree", "libzstd"]

    private let tool: String
    private let countsCosts: Bool
    private let folder: URL
    private let status: (String) -> Void

    /// - Parameters:
    ///   - tool: the path of the layerlab program, whose costs are counted.
    ///   - countsCosts: whether to count system calls, allocations and instructions, which takes strace, valgrind and strip.
    ///   - workFolder: where temporary repositories are made, in a folder of their own.
    public init(tool: String, countsCosts: Bool, workFolder: String, status: @escaping (String) -> Void) {
        self.tool = tool
        self.countsCosts = countsCosts
        folder = URL(filePath: workFolder).appending(component: "layerlab-baseline-\(UUID().uuidString)")
        self.status = status
    }

    public func run() throws -> Baseline {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            status("")
            try? FileManager.default.removeItem(at: folder)
        }
        let layers = [GeneratedLayer(.oneOfEach), GeneratedLayer(.smallFiles(500))]
        var figures = try layers.flatMap { try sizes(of: $0) }
        figures += try footprints(of: GeneratedLayer(.oneOfEach))
        if countsCosts {
            let costs = try EntryCostMeasurement(tool: tool, workFolder: folder.path, status: status).run()
            figures += costs.perEntry.sorted { $0.key < $1.key }.map { name, value in
                // A larger layer that costs less than a smaller one does so by chance.
                .init(
                    metric: Metric(name, by: Strategy.standard.description),
                    value: (max(value, 0) * 100).rounded() / 100,
                    unit: "per entry", tolerance: BaselineMeasurement.countTolerance)
            }
        }
        let machine = MachineDescription.current(directory: folder.path)
        var versions = machine.versions.filter { BaselineMeasurement.libraries.contains($0.key) }
        if countsCosts {
            versions["swift"] = machine.swiftVersion
            versions["valgrind"] = MachineDescription.version(of: "valgrind")
        }
        return Baseline(versions: versions, figures: figures)
    }

    /// Every encoding's bytes.
    private func sizes(of layer: GeneratedLayer) throws -> [Baseline.Figure] {
        status("encoding \(layer.name)")
        let tar = try write(layer)
        let path = folder.appending(component: "held-\(layer.entries)").path
        let report = try LayerImport(
            tool: tool, strategy: "raw@sidecar", policy: .standard, isDurable: false
        ).run(tar, into: path, mode: .bareUser) { try $0.runChecked() }
        let measurement = try EncodingMeasurement(
            report.ref, in: Repository(opening: path), layer: layer.name, entries: report.entries)
        return try measurement.run(Catalogue.allEncodings, sampleCount: 1).compactMap { record in
            if let error = record.error, record.outcome != .cannot {
                throw LocatedError(error, in: "\(record.encoding) of \(layer.name)")
            }
            // What an encoding cannot do has no size: one that could before is missing then, which a gate does not let pass.
            return record.recipeBytes.map { bytes in
                .init(
                    metric: Metric("recipe", by: record.encoding, on: layer.name), value: Double(bytes), unit: "B",
                    tolerance: nil)
            }
        }
    }

    /// What every storage takes in every mode.
    private func footprints(of layer: GeneratedLayer) throws -> [Baseline.Figure] {
        let place = folder.appending(component: "footprints")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let records = try FootprintMeasurement(
            layer: layer.name, path: write(layer), policy: .standard, tool: tool, workFolder: place.path
        ).run(progress: { status($0.trimmingCharacters(in: .whitespaces)) })
        var metrics = MetricSet("")
        for record in records {
            if let error = record.error { throw LocatedError(error, in: "\(record.strategy) in \(record.mode)") }
            metrics.add(record)
        }
        return metrics.metrics.compactMap { metric in
            guard case .exact(let value, let unit) = metrics[metric] else { return nil }
            return .init(metric: metric, value: value, unit: unit, tolerance: nil)
        }
    }

    private func write(_ layer: GeneratedLayer) throws -> String {
        let path = folder.appending(component: "layer-\(layer.entries).tar").path
        try layer.write(to: path)
        return path
    }
}
