internal import OSTree
internal import Strategies

/// The rows of the stage `speed`, for one strategy of ours.
struct SpeedRows {
    let strategy: Strategy

    /// What the strategy's rows are compared with where their peer is we ourselves: the recipe in the same storage.
    var tree: Strategy { Strategy(encoding: Tree(), storage: strategy.storage) }
    var raw: Strategy { Strategy(encoding: Raw(), storage: strategy.storage) }

    /// How the records of our rebuilds and of tar-split's are called, by what becomes of the stream.
    func rebuild(_ sink: StreamSink) -> String { "\(strategy) rebuild, not verified, into a \(sink.rawValue)" }
    var coldRebuild: String { "\(strategy) rebuild, cold cache" }
    static func assembly(_ sink: StreamSink) -> String {
        switch sink {
        case .digest: "tar-split asm | openssl dgst -sha256"
        case .null: "tar-split asm into /dev/null"
        case .pipe, .file: "tar-split asm into a \(sink.rawValue)"
        }
    }

    var all: [SpeedRow] { rebuilds + firstImports(.fresh) + firstImports(.unsynced) + [again] + encodings + memory }

    private func process(
        _ name: String, _ operation: BenchOperation, _ mode: RepositoryMode? = .bareUser, _ cache: CacheState = .warm
    ) -> SpeedRow.Process {
        SpeedRow.Process(name: name, mode: mode?.rawValue, operation: operation, cache: cache)
    }

    private var rebuilds: [SpeedRow] {
        let ours = strategy.description
        let export = process(OSTreeExportSubject.name, .rebuild, .archive)
        return [RepositoryMode.bare, .bareUser].map { mode in
            SpeedRow(
                identifier: "rebuild-verified-\(mode.rawValue)",
                what: "rebuild, verified, \(mode.rawValue), to /dev/null",
                peer: SpeedRows.assembly(.digest), ours: process(ours, .rebuild, mode),
                theirs: process(SpeedRows.assembly(.digest), .rebuild, nil), target: .timesAsFast(7),
                layers: .smallFiles)
        }
            + [StreamSink.pipe, .file].map { sink in
                SpeedRow(
                    identifier: "rebuild-no-verify-\(sink.rawValue)",
                    what: "rebuild --no-verify, bare-user, into a \(sink == .pipe ? "pipe to cat" : "file")",
                    peer: "tar-split asm", ours: process(rebuild(sink), .rebuild),
                    theirs: process(SpeedRows.assembly(sink), .rebuild, nil), target: .timesAsFast(10))
            } + [
                SpeedRow(
                    identifier: "rebuild-verified-hash", what: "rebuild, verified, bare-user, big files, to /dev/null",
                    peer: "SHA-256 of the file (openssl)", ours: process(ours, .rebuild),
                    theirs: process(StreamFloorSubject.hashName, .rebuild, nil), target: .timesAsFast(0.9),
                    layers: .bigFiles),
                SpeedRow(
                    identifier: "rebuild-archive-export", what: "rebuild, verified, archive, to /dev/null",
                    peer: "ostree export", ours: process(ours, .rebuild, .archive), theirs: export,
                    target: .timesAsFast(4)),
                SpeedRow(
                    identifier: "rebuild-archive-asm", what: "rebuild, verified, archive, to /dev/null",
                    peer: "tar-split asm", ours: process(ours, .rebuild, .archive),
                    theirs: process(SpeedRows.assembly(.null), .rebuild, nil), target: .timesAsFast(2.5)),
                SpeedRow(
                    identifier: "rebuild-cold", what: "rebuild, verified, bare-user, cold cache",
                    peer: "one thread reading the objects, cold",
                    ours: process(coldRebuild, .rebuild, .bareUser, .cold),
                    theirs: process(StreamFloorSubject.objectsName, .rebuild, .bareUser, .cold), target: .timesAsFast(2)
                ),
            ]
    }

    private func firstImports(_ condition: ImportCondition) -> [SpeedRow] {
        let targets: [(RepositoryMode, Double)] =
            condition == .fresh
            ? [(.bare, 1.7), (.bareUser, 1.7), (.archive, 3)] : [(.bare, 3), (.bareUser, 3), (.archive, 4)]
        return targets.map { mode, target in
            SpeedRow(
                identifier: "import-\(condition == .fresh ? "durable" : "unsynced")-\(mode.rawValue)",
                what: "first import, \(condition == .fresh ? "durable" : "fsync off"), \(mode.rawValue)",
                peer: OSTreeCommitSubject.name, ours: process(condition.name(strategy.description), .import, mode),
                theirs: process(condition.name(OSTreeCommitSubject.name), .import, mode), target: .timesAsFast(target))
        }
    }

    private var again: SpeedRow {
        SpeedRow(
            identifier: "import-objects-there", what: "import, objects there and no ref, bare-user",
            peer: OSTreeCommitSubject.name + " again",
            ours: process(ImportCondition.again.name(strategy.description), .import),
            theirs: process(ImportCondition.again.name(OSTreeCommitSubject.name), .import), target: .timesAsFast(10))
    }

    private var encodings: [SpeedRow] {
        [(BenchOperation.import, 1.10), (.rebuild, 1.25)].map { operation, target in
            SpeedRow(
                identifier: "tree-\(operation.rawValue)", what: "\(operation.rawValue) by \(tree), bare-user",
                peer: raw.description, ours: process(tree.description, operation),
                theirs: process(raw.description, operation), target: .timesTheTime(target))
        }
    }

    private var memory: [SpeedRow] {
        BenchOperation.allCases.map { operation in
            SpeedRow(
                identifier: "memory-\(operation.rawValue)", what: "peak memory of \(operation.rawValue), bare-user",
                peer: "64 MiB + 512 B per entry", ours: process(strategy.description, operation), target: .memory)
        }
    }
}
