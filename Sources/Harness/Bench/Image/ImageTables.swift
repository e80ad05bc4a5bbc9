/// Whole images: what each strategy costs next to the image's own size, what its blobs cost, and how long it takes.
struct ImageTables {
    private let results: BenchResults

    init(_ results: BenchResults) { self.results = results }

    var sections: [BenchReport.Section] {
        results.images.flatMap { image in
            [blobs(of: image)] + (strategies(of: image).map { [$0] } ?? []) + [processes(of: image)]
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
            table.append([
                layer.layer, described.map { Figure.count($0.entries) } ?? "–",
                described.map { Figure.count($0.bytes) } ?? "–", Figure.count(layer.blobBytes),
                layer.blobRecipeBytes.map(Figure.count) ?? "refused", Figure.count(layer.keptBytes),
                layer.rewrittenBytes.map { "lost, \(Figure.count($0))" } ?? Figure.count(layer.keptBytes),
                layer.compressor ?? (layer.blobRecipeBytes == 0 ? "not compressed" : "unknown"),
            ])
        }
        let kept = image.layers.reduce(0) { $0 + $1.keptBytes }
        table.append([
            "all", "", "", Figure.count(blobBytes(image)),
            image.layers.allSatisfy { $0.blobRecipeBytes != nil } ? Figure.count(kept) : "refused", Figure.count(kept),
            image.layers.contains { $0.rewrittenBytes != nil } ? "lost" : Figure.count(kept), "",
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
            table.append(
                [
                    encoding, isWhole ? Figure.count(sum) : "–",
                    isWhole ? Figure.fixed(100 * Double(sum) / Double(max(blobs, 1)), decimals: 4) : "–",
                ] + sizes.map { $0.map(Figure.count) ?? "cannot" })
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
            table.append([
                process.name, samples.map { Figure.seconds($0.median) } ?? "fails",
                samples.map { "\(Figure.seconds($0.minimum))–\(Figure.seconds($0.maximum))" } ?? "",
                samples.map { Figure.megabytesPerSecond(bytes: blobBytes(image), seconds: $0.median) } ?? "",
                String(process.seconds.count), process.note,
            ])
        }
        return BenchReport.Section(
            title: "\(image.image): whole processes", table: table,
            notes: ["interleaved, files in memory, start included"]
                + image.processes.compactMap { process in process.error.map { "\(process.name): \($0)" } })
    }
}
