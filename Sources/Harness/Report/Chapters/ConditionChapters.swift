/// What was measured and on what: the layers, the machine, what a reader should know, and how to do it again.
struct ConditionChapters {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    /// Nil without layers.
    var corpus: ReportChapter? {
        guard !results.layers.isEmpty else { return nil }
        let isDescribed = results.layers.contains { $0.title != nil }
        var table = Table(
            columns: [.init("layer"), .init("entries", .right), .init("bytes", .right), .init("policy")]
                + (isDescribed ? [.init("what")] : []) + [.init("diff ID")])
        for layer in results.layers {
            table.append(
                cells: [.init(layer.name), .count(layer.entries), .count(layer.bytes), .init(layer.policy)]
                    + (isDescribed ? [.init(layer.title ?? "–")] : []) + [.init(layer.diffID)])
        }
        if results.layers.count > 1 {
            let (entries, bytes) = (
                results.layers.reduce(0) { $0 + $1.entries }, results.layers.reduce(0) { $0 + $1.bytes }
            )
            table.endsWithTotal = true
            table.append(cells: ["all", .count(entries), .count(bytes), ""])
        }
        let notes = results.layers.compactMap { layer in layer.source.map { "\(layer.name): \($0)" } }
        return ReportChapter(
            identifier: "corpus", title: "Corpus", lead: "The layers that were measured, and where they are from.",
            sections: [.init(title: "Layers", table: table, notes: notes)])
    }

    var machine: ReportChapter {
        let (machine, conditions) = (results.machine, results.conditions)
        var table = Table(columns: [.init("what"), .init("value")])
        func add(_ name: String, _ value: String?) { if let value { table.append([name, value]) } }
        add("processor", machine.processor)
        table.append(cells: ["cores", .count(machine.cores)])
        table.append(cells: [
            "memory",
            .init("\(Figure.count(machine.memoryBytes / 1_000_000)) MB", value: Double(machine.memoryBytes)),
        ])
        add("operating system", machine.operatingSystem)
        add("kernel", machine.kernel)
        add("file system", machine.fileSystem)
        add("governor", machine.governor ?? "not visible")
        add("build", machine.buildConfiguration)
        add("compiler", machine.swiftVersion)
        add("commits", results.settings.isDurable ? "durable (fsync)" : "not synced")
        add("load before the start", conditions.loadAverageAtStart.map { Figure.fixed($0, decimals: 2) })
        add("processor time stolen", conditions.stolenShare.map(Figure.percent))
        add("cold caches", conditions.cacheDropping)
        for (name, version) in machine.versions.sorted(by: { $0.key < $1.key }) { add(name, version) }
        return ReportChapter(
            identifier: "machine", title: "Machine", lead: "What explains the times. Sizes do not depend on it.",
            sections: [.init(title: "Machine and programs", table: table)])
    }

    /// Nil where there is nothing to be wary of.
    var warnings: ReportChapter? {
        guard !results.warnings.isEmpty else { return nil }
        return ReportChapter(
            identifier: "warnings", title: "Warnings", lead: "What a reader should know before trusting a time.",
            sections: [.init(title: "Warnings", notes: results.warnings)])
    }
}
