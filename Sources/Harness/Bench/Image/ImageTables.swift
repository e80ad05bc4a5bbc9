/// Whole images: what each strategy costs next to the image's own size, what its blobs cost, and how long it takes.
struct ImageTables {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    var sections: [BenchReport.Section] {
        results.images.flatMap(sections)
    }

    /// What is to say about one image; its processes come last.
    func sections(of image: ImageRecord) -> [BenchReport.Section] {
        let all = [blobs(of: image)] + (strategies(of: image).map { [$0] } ?? []) + [processes(of: image)]
        return all.map { section in
            var section = section
            section.option = image.image
            return section
        }
    }

    /// A row for each layer: what each policy stores, or gives up, for the blob.
    private func blobs(of image: ImageRecord) -> BenchReport.Section {
        var table = Table(columns: [
            .init("layer"), .init("entries", .right), .init("layer bytes", .right), .init("blob bytes", .right),
            .init("replay", .right), .init("keep", .right), .init("rewrite", .right), .init("compressor"),
        ])
        for layer in image.layers {
            let described = results.layers.first { $0.name == layer.layer }
            table.append(cells: [
                .init(layer.layer), .count(described?.entries), .count(described?.bytes), .count(layer.blobBytes),
                layer.blobRecipeBytes.map { .count($0) } ?? .init("refused", tone: .fair), .count(layer.keptBytes),
                layer.rewrittenBytes.map { .init("lost, \(Figure.count($0))", tone: .bad) } ?? .count(layer.keptBytes),
                .init(layer.compressor ?? (layer.blobRecipeBytes == 0 ? "not compressed" : "unknown")),
            ])
        }
        let kept = image.layers.reduce(0) { $0 + $1.keptBytes }
        let isReplayed = image.layers.allSatisfy { $0.blobRecipeBytes != nil }
        let isRewritten = image.layers.contains { $0.rewrittenBytes != nil }
        table.endsWithTotal = true
        table.append(cells: [
            "all", "", "", .count(blobBytes(image)), isReplayed ? .count(kept) : "refused", .count(kept),
            isRewritten ? "lost" : .count(kept), "",
        ])
        var notes = [
            "replay, keep, rewrite: bytes stored, besides the layer, so that the blob can be made again, by the policy; "
                + "lost: rewrite stores nothing and pushes another blob of so many bytes, so that the manifest's digest is another one",
            "a commit and a ref for each such blob, some 600 bytes, are not counted",
        ]
        for layer in image.layers {
            if let reason = layer.reason { notes.append("\(layer.layer): \(reason)") }
        }
        return BenchReport.Section(title: "\(image.image): the blobs, by policy", table: table, notes: notes)
    }

    private func blobBytes(_ image: ImageRecord) -> UInt64 { image.layers.reduce(0) { $0 + $1.blobBytes } }

    /// A row for each encoding: the recipes of all layers; nil where none was measured.
    private func strategies(of image: ImageRecord) -> BenchReport.Section? {
        let names = Set(image.layers.map(\.layer))
        let records = results.encodings.filter { names.contains($0.layer) }
        guard !records.isEmpty else { return nil }
        var encodings: [String] = []
        for record in records where !encodings.contains(record.encoding) { encodings.append(record.encoding) }
        var table = Table(
            columns: [.init("encoding"), .init("recipes", .right), .init("% of the image", .right)]
                + image.layers.map { Table.Column($0.layer, .right) })
        let blobs = blobBytes(image)
        for encoding in encodings {
            let sizes = image.layers.map { layer in
                records.first { $0.layer == layer.layer && $0.encoding == encoding && $0.outcome == .exact }?
                    .recipeBytes
            }
            let isWhole = sizes.allSatisfy { $0 != nil }
            let sum = sizes.reduce(0) { $0 + ($1 ?? 0) }
            let share: Double? = isWhole ? 100 * Double(sum) / Double(max(blobs, 1)) : nil
            let cells: [Table.Cell] = sizes.map { size in size.map { .count($0) } ?? .init("cannot", tone: .mute) }
            table.append(cells: [.init(encoding), .count(isWhole ? sum : nil), .fixed(share, decimals: 4)] + cells)
        }
        return BenchReport.Section(
            title: "\(image.image): the recipes", table: table,
            notes: [
                "% of the image: the recipes of all layers over the \(Figure.count(blobs)) bytes of its blobs as they are distributed"
            ])
    }

    /// A row for each process.
    private func processes(of image: ImageRecord) -> BenchReport.Section {
        var table = Table(columns: [
            .init("process"), .init("median s", .right), .init("fastest–slowest", .right),
            .init("MB/s of blobs", .right),
            .init("samples", .right), .init("what differs"),
        ])
        for process in image.processes {
            let samples = Samples(process.seconds)
            let bytes = blobBytes(image)
            table.append(cells: [
                .init(process.name),
                samples.map { .init(Figure.seconds($0.median), value: $0.median) } ?? .init("fails", tone: .bad),
                samples.map {
                    .init("\(Figure.seconds($0.minimum))–\(Figure.seconds($0.maximum))", value: $0.minimum)
                } ?? "",
                samples.map {
                    .init(
                        Figure.megabytesPerSecond(bytes: bytes, seconds: $0.median),
                        value: Double(bytes) / 1e6 / $0.median)
                } ?? "",
                .count(process.seconds.count), .init(process.note),
            ])
        }
        return BenchReport.Section(
            title: "\(image.image): whole processes", table: table,
            notes: ["interleaved, files in memory, start included"]
                + image.processes.compactMap { process in process.error.map { "\(process.name): \($0)" } })
    }
}
