internal import Strategies

extension MetricSet {
    /// What of a benchmark a second one can be compared with: sizes, outcomes and times.
    ///
    /// Times need a floor of the same rounds: for rebuilds reading the same objects, or the SHA-256 of the stream; for imports
    /// the SHA-256; for processes of the stage `speed` their peer; for encodings the SHA-256 of some megabytes in the
    /// same process; for images `skopeo copy`. Peak memory is not among the figures: one sample of it says little.
    public init(_ results: BenchResults, named name: String) {
        self.init(name, machine: results.machine)
        for layer in results.layers {
            layers[layer.name] = layer.diffID
            self[Metric("layer", by: "import", on: layer.name)] = .outcome(.exact)
        }
        for failure in results.failures {
            let layer = String(failure.prefix { $0 != ":" })
            self[Metric("layer", by: "import", on: layer)] = .outcome(.error)
        }
        for record in results.encodings { add(record) }
        for record in results.records { add(record, among: results.records) }
        addSpeed(results)
        for record in results.footprints { add(record) }
        for record in results.survivalRecords { add(record) }
        for image in results.images { add(image) }
        warnings = MetricSet.warnings(results)
    }

    private static func warnings(_ results: BenchResults) -> [String] {
        var warnings: [String] = []
        switch results.ending {
        case .complete: break
        case .budget: warnings.append("time or disk was used up before all was measured")
        case .interrupted: warnings.append("it was stopped before its end")
        }
        if !results.leftOut.isEmpty { warnings.append("left out: \(results.leftOut.joined(separator: "; "))") }
        if results.machine.buildConfiguration == "debug" { warnings.append("a debug build, whose times mean nothing") }
        return warnings
    }

    private mutating func add(_ record: EncodingRecord) {
        func metric(_ quantity: String) -> Metric { Metric(quantity, by: record.encoding, on: record.layer) }
        self[metric("encoding's outcome")] = .outcome(record.outcome)
        if let bytes = record.recipeBytes { self[metric("recipe")] = .exact(Double(bytes), unit: "B") }
        let floors = record.hashSeconds.map { [Measured.Floor("SHA-256 in memory", seconds: $0)] } ?? []
        for (quantity, seconds) in [("encode", record.encodeSeconds), ("decode", record.decodeSeconds)]
        where !seconds.isEmpty {
            self[metric(quantity)] = .timed(seconds: seconds, floors: floors)
        }
    }

    private mutating func add(_ record: BenchRecord, among records: [BenchRecord]) {
        guard record.role == .strategy else { return }
        func metric(_ quantity: String) -> Metric {
            Metric(quantity, by: record.name, on: record.layer, in: record.mode)
        }
        if let outcome = record.outcome { self[metric("outcome")] = .outcome(outcome) }
        let sizes: [(String, UInt64?)] = [
            ("recipe", record.recipeBytes.map { UInt64(max($0, 0)) }),
            ("stored recipe", record.storedBytes.map { UInt64(max($0, 0)) }), ("orphans", record.orphanBytes),
        ]
        for (quantity, bytes) in sizes {
            if let bytes { self[metric(quantity)] = .exact(Double(bytes), unit: "B") }
        }
        guard record.error == nil else { return }
        for measurement in record.measurements where !measurement.seconds.isEmpty {
            let cache = measurement.cache == .cold ? ", cold" : ""
            self[metric(measurement.operation.rawValue + cache)] = .timed(
                seconds: measurement.seconds, floors: MetricSet.floors(of: measurement, for: record, among: records))
        }
    }

    /// The floors that were measured on the layer, the one that does the most of the same work first.
    private static func floors(
        of measurement: Measurement, for record: BenchRecord, among records: [BenchRecord]
    ) -> [Measured.Floor] {
        let objects = [ObjectReadingSubject.name, StreamFloorSubject.objectsName]
        let hashes = [MemorySubject.hashName, StreamFloorSubject.hashName]
        return ((measurement.operation == .rebuild ? objects : []) + hashes).compactMap { name in
            let found = records.first {
                $0.layer == record.layer && $0.name == name && $0.error == nil
                    && ($0.mode == nil || $0.mode == record.mode)
            }
            // What no cache matters to has its samples under the first cache that was measured.
            let floor =
                found?.measurement(.rebuild, measurement.cache)
                ?? (hashes.contains(name) ? found?.measurements.first { $0.operation == .rebuild } : nil)
            return floor.map { .init(name, seconds: $0.seconds) }
        }
    }

    private mutating func addSpeed(_ results: BenchResults) {
        let strategyName = results.speedRecords.first { $0.role == .strategy }?.name.prefix { $0 != " " && $0 != "," }
        guard let strategyName, let strategy = try? Strategy(parsing: String(strategyName)) else { return }
        var floors: [Metric: [Measured.Floor]] = [:]
        var times: [(metric: Metric, seconds: [Double])] = []
        for row in SpeedRows(strategy: strategy).all {
            guard let peer = row.theirs else { continue }
            for layer in results.layers {
                let records = results.speedRecords.filter { $0.layer == layer.name && $0.error == nil }
                guard
                    let ours = records.first(where: row.ours.isOf)?.measurement(row.ours.operation, row.ours.cache),
                    let theirs = records.first(where: peer.isOf)?.measurement(peer.operation, peer.cache),
                    !ours.seconds.isEmpty
                else { continue }
                // Two rows may say how one of our processes is beside two peers: then both are its floors.
                let metric = Metric("speed: \(row.what)", by: strategy.description, on: layer.name)
                floors[metric, default: []].append(.init(row.peer, seconds: theirs.seconds))
                times.append((metric, ours.seconds))
            }
        }
        for (metric, seconds) in times { self[metric] = .timed(seconds: seconds, floors: floors[metric] ?? []) }
    }

    mutating func add(_ record: FootprintRecord) {
        func metric(_ quantity: String) -> Metric {
            Metric(quantity, by: record.strategy, on: record.layer, in: record.mode)
        }
        self[metric("footprint's outcome")] = .outcome(record.error == nil ? .exact : .error)
        // The floor's is the whole repository, and without it nothing is known of what others take more.
        let what = record.isFloor ? "repository" : "footprint"
        var figures: [(String, Int?, String)] = []
        if let cost = record.isFloor ? record.repository : record.overFloor {
            figures += [
                (what, cost.bytes, "B"), ("\(what)'s files", cost.files, "files"),
                ("\(what)'s refs", cost.refs, "refs"),
            ]
        }
        figures.append(("commit object", record.commitObjectBytes, "B"))
        for (quantity, value, unit) in figures {
            if let value { self[metric(quantity)] = .exact(Double(value), unit: unit) }
        }
    }

    /// What a layer lives through; what ostree refuses says nothing about us.
    private mutating func add(_ record: SurvivalRecord) {
        let outcome: LayerResult.Outcome
        switch record.outcome {
        case .exact: outcome = .exact
        case .refuses, .cannot: outcome = .cannot
        case .wrong: outcome = .inexact
        case .error: outcome = .error
        case .ostreeRefuses, .notApplicable, .notMeasured: return
        }
        self[Metric("after \(record.operation)", by: record.strategy, on: record.layer, in: record.mode)] = .outcome(
            outcome)
    }

    private mutating func add(_ image: ImageRecord) {
        for layer in image.layers {
            self[Metric("blob as kept", by: layer.blob, on: layer.layer)] = .exact(
                Double(layer.keptBytes), unit: "B")
        }
        let copying = image.processes.first { $0.name.hasPrefix("skopeo") && $0.error == nil }
        for process in image.processes where process.name.hasPrefix("layerlab") {
            let metric = Metric("image", by: process.name, on: image.image)
            self[Metric("image's outcome", by: process.name, on: image.image)] = .outcome(
                process.error == nil ? .exact : .error)
            guard !process.seconds.isEmpty else { continue }
            self[metric] = .timed(
                seconds: process.seconds, floors: copying.map { [.init($0.name, seconds: $0.seconds)] } ?? [])
        }
    }
}
