internal import Processes

extension BenchReport {
    /// The results as tables for programs; those without rows are left out. `Documentation/reading-reports.md` explains
    /// every column.
    public var csvTables: [CSVTable] {
        [
            headlineTable, layersTable, encodingsTable, partsTable, processesTable, samplesTable, speedTable,
            survivalTable, footprintTable, imageBlobsTable, imageSamplesTable, machineTable,
        ].filter { !$0.rows.isEmpty }
    }

    private var headlineTable: CSVTable {
        var table = CSVTable(
            "headline", "a figure of the report's head",
            [("name", "what it is"), ("value", "its value"), ("caption", "what it is the figure of")])
        for figure in headline.figures {
            table.append([.text(figure.name), .number(figure.value), .text(figure.caption)])
        }
        return table
    }

    private var layersTable: CSVTable {
        var table = CSVTable(
            "layers", "a layer",
            [
                ("layer", "its name"), ("policy", "how its paths map"), ("diff_id", "the digest of its stream"),
                ("bytes", "of its stream"), ("entries", "tar entries"), ("title", "what it is, as the corpus says"),
                ("source", "who wrote it, as the corpus says"),
            ])
        for layer in results.layers {
            table.append([
                .text(layer.name), .text(layer.policy), .text(layer.diffID), .number(layer.bytes),
                .number(layer.entries), .text(layer.title), .text(layer.source),
            ])
        }
        return table
    }

    private var encodingsTable: CSVTable {
        var table = CSVTable(
            "encodings", "an encoding on a layer, in memory",
            [
                ("layer", "its name"), ("encoding", "as a strategy writes it"),
                ("outcome", "exact, cannot, inexact or error"), ("entries", "tar entries of the layer"),
                ("layer_bytes", "of the layer's stream"), ("recipe_bytes", "the encoding's bytes"),
                ("encode_median_s", "median seconds of an encoding"),
                ("decode_median_s", "median seconds of a decoding"),
                ("samples", "how many of each"), ("error", "why there is nothing more"),
            ])
        for record in results.encodings {
            table.append([
                .text(record.layer), .text(record.encoding), .text(record.outcome.rawValue), .number(record.entries),
                .number(record.layerBytes), .number(record.recipeBytes),
                .number(Samples(record.encodeSeconds)?.median), .number(Samples(record.decodeSeconds)?.median),
                .number(record.decodeSeconds.count), .text(record.error),
            ])
        }
        return table
    }

    private var partsTable: CSVTable {
        var table = CSVTable(
            "parts", "a part of a recipe",
            [
                ("layer", "its name"), ("encoding", "as a strategy writes it"), ("part", "as the encoding names it"),
                ("bytes", "of the recipe"),
            ])
        for record in results.encodings {
            for stream in record.streams ?? [] {
                table.append([
                    .text(record.layer), .text(record.encoding), .text(stream.stream), .number(stream.bytes),
                ])
            }
        }
        return table
    }

    private var timed: [(stage: String, record: BenchRecord)] {
        results.records.map { (BenchSettings.Stage.endToEnd.rawValue, $0) }
            + results.speedRecords.map { (BenchSettings.Stage.speed.rawValue, $0) }
    }

    private var processesTable: CSVTable {
        var table = CSVTable(
            "processes", "a strategy, peer or floor on a layer, with one operation and cache",
            [
                ("stage", "end-to-end or speed"), ("layer", "its name"), ("role", "strategy, peer or floor"),
                ("name", "the strategy, or the peer's command"), ("mode", "the repository's mode"),
                ("operation", "import or rebuild"), ("cache", "warm or cold"), ("layer_bytes", "of the layer's stream"),
                ("recipe_bytes", "the encoding's bytes, or the peer's metadata file"),
                ("stored_bytes", "the recipe with its envelope"), ("exact", "whether the rebuilt stream is the layer"),
                ("samples", "how many runs"), ("median_s", "median seconds"),
                ("low_s", "lower end of its 95 % interval"),
                ("high_s", "upper end of its 95 % interval"), ("peak_bytes", "the largest resident set"),
                ("error", "why there is nothing more"),
            ])
        for (stage, record) in timed {
            for measurement in record.measurements {
                let samples = Samples(measurement.seconds)
                let interval = samples?.medianInterval
                table.append([
                    .text(stage), .text(record.layer), .text(record.role.rawValue), .text(record.name),
                    .text(record.mode), .text(measurement.operation.rawValue), .text(measurement.cache.rawValue),
                    .number(record.layerBytes), .number(record.recipeBytes), .number(record.storedBytes),
                    .flag(record.exact), .number(measurement.seconds.count), .number(samples?.median),
                    .number(interval?.lowerBound), .number(interval?.upperBound),
                    .number(measurement.peakMemory?.bytes), .text(record.error),
                ])
            }
        }
        return table
    }

    private var samplesTable: CSVTable {
        var table = CSVTable(
            "samples", "one run of a process",
            [
                ("stage", "end-to-end or speed"), ("layer", "its name"),
                ("name", "the strategy, or the peer's command"),
                ("mode", "the repository's mode"), ("operation", "import or rebuild"), ("cache", "warm or cold"),
                ("round", "runs of the same layer and round are pairs"), ("seconds", "wall-clock time"),
                ("processor_s", "processor time, all threads"), ("disk_read_bytes", "that came from a disk"),
            ])
        for (stage, record) in timed {
            for measurement in record.measurements {
                for (round, seconds) in measurement.seconds.enumerated() {
                    func other(_ list: [Double]) -> CSVTable.Value { list.count > round ? .number(list[round]) : .none }
                    table.append([
                        .text(stage), .text(record.layer), .text(record.name), .text(record.mode),
                        .text(measurement.operation.rawValue), .text(measurement.cache.rawValue), .number(round),
                        .number(seconds), other(measurement.processorSeconds),
                        other(measurement.diskReadBytes.map(Double.init)),
                    ])
                }
            }
        }
        return table
    }
}
