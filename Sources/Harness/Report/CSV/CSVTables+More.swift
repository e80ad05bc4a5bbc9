extension BenchReport {
    var speedTable: CSVTable {
        var table = CSVTable(
            "speed", "a comparison with a target, on a layer",
            [
                ("layer", "its name"), ("row", "the comparison's name for scripts"), ("what", "ours"),
                ("peer", "what it is beside"), ("ours", "our median, in the unit"), ("theirs", "theirs, or the limit"),
                ("unit", "s or B"), ("ratio", "theirs over ours; for a ceiling ours over theirs"),
                ("low", "lower end of its 95 % interval"), ("high", "upper end of its 95 % interval"),
                ("samples", "how many pairs"), ("target", "what the ratio ought to reach, or stay below"),
                ("is_ceiling", "whether it ought to stay below"),
                ("verdict", "met, missed, open, fails or not measured"),
            ])
        for row in results.speed {
            table.append([
                .text(row.layer), .text(row.row), .text(row.what), .text(row.peer), .number(row.ours),
                .number(row.theirs), .text(row.unit), .number(row.ratio), .number(row.low), .number(row.high),
                .number(row.samples), .number(row.target), .flag(row.isCeiling), .text(row.verdict.rawValue),
            ])
        }
        return table
    }

    var survivalTable: CSVTable {
        var table = CSVTable(
            "survival", "an operation that a strategy's repository lived through",
            [
                ("layer", "its name"), ("mode", "the repository's mode"), ("strategy", "encoding and storage"),
                ("encoding", "the first of the two"), ("storage", "the second"), ("operation", "what was done"),
                ("outcome", "exact, refuses, ostree refuses, silently wrong …"), ("moved_bytes", "by the operation"),
                ("removed_bytes", "by the operation"), ("reason", "why it is not exact"),
            ])
        for record in results.survivalRecords {
            table.append([
                .text(record.layer), .text(record.mode), .text(record.strategy), .text(record.encoding),
                .text(record.storage), .text(record.operation), .text(record.outcome.rawValue),
                .number(record.movedBytes), .number(record.removedBytes), .text(record.reason),
            ])
        }
        return table
    }

    var footprintTable: CSVTable {
        var table = CSVTable(
            "footprint", "a layer kept by a strategy, in a repository of its own",
            [
                ("layer", "its name"), ("mode", "the repository's mode"), ("strategy", "encoding and storage"),
                ("storage", "the second of the two"), ("is_floor", "whether it keeps nothing"),
                ("recipe_bytes", "the encoding's bytes"), ("stored_bytes", "the recipe with its envelope"),
                ("commit_object_bytes", "the layer's commit object"),
                ("over_floor_files", "files more than the floor's"),
                ("over_floor_refs", "refs among them"), ("over_floor_bytes", "bytes of those files"),
                ("over_floor_disk_bytes", "bytes of their blocks"), ("orphans", "payloads outside the tree"),
                ("orphan_cost_bytes", "what keeps them"), ("pull_requests", "of a pull over HTTP"),
                ("pull_bytes", "of the files that it moved"), ("error", "why the row is not complete"),
            ])
        for record in results.footprints {
            let over = record.overFloor
            table.append([
                .text(record.layer), .text(record.mode), .text(record.strategy), .text(record.storage),
                .flag(record.isFloor), .number(record.recipeBytes), .number(record.storedBytes),
                .number(record.commitObjectBytes), .number(over?.files), .number(over?.refs), .number(over?.bytes),
                .number(over?.diskBytes), .number(record.orphans?.count), .number(record.orphans?.cost.bytes),
                .number(record.pull?.requests), .number(record.pull?.bytes), .text(record.error),
            ])
        }
        return table
    }

    var imageBlobsTable: CSVTable {
        var table = CSVTable(
            "image-blobs", "a layer of an image, as it is distributed",
            [
                ("image", "as it was named"), ("layer", "its name"), ("blob", "its digest"),
                ("blob_bytes", "as distributed"), ("compressor", "who writes it again"),
                ("blob_recipe_bytes", "what that takes"), ("kept_bytes", "what the policy keep stores"),
                ("rewritten_bytes", "the blob that the policy rewrite pushes"), ("search_s", "seconds to find out"),
            ])
        for image in results.images {
            for layer in image.layers {
                table.append([
                    .text(image.image), .text(layer.layer), .text(layer.blob), .number(layer.blobBytes),
                    .text(layer.compressor), .number(layer.blobRecipeBytes), .number(layer.keptBytes),
                    .number(layer.rewrittenBytes), .number(layer.searchSeconds),
                ])
            }
        }
        return table
    }

    var imageSamplesTable: CSVTable {
        var table = CSVTable(
            "image-samples", "one run of a process on a whole image",
            [
                ("image", "as it was named"), ("process", "what ran"), ("round", "runs of the same round are pairs"),
                ("seconds", "wall-clock time"),
            ])
        for image in results.images {
            for process in image.processes {
                for (round, seconds) in process.seconds.enumerated() {
                    table.append([.text(image.image), .text(process.name), .number(round), .number(seconds)])
                }
            }
        }
        return table
    }

    var machineTable: CSVTable {
        var table = CSVTable(
            "machine", "a property of the machine, or a program's version",
            [("name", "of the property or program"), ("value", "as results.json has it")])
        let machine = results.machine
        let properties: [(String, String?)] = [
            ("date", results.date), ("command", results.command), ("processor", machine.processor),
            ("cores", String(machine.cores)), ("memory_bytes", String(machine.memoryBytes)),
            ("kernel", machine.kernel), ("operating_system", machine.operatingSystem),
            ("file_system", machine.fileSystem), ("governor", machine.governor),
            ("build", machine.buildConfiguration), ("compiler", machine.swiftVersion),
        ]
        for case (let name, let value?) in properties { table.append([.text(name), .text(value)]) }
        for (name, version) in machine.versions.sorted(by: { $0.key < $1.key }) {
            table.append([.text(name), .text(version)])
        }
        return table
    }
}
