internal import Digests
internal import Foundation
internal import OSTree
internal import Processes

/// tar-split: `disasm` of the layer into a metadata file, and `asm` from that and the layer's files.
final class TarSplitSubject: BenchSubject {
    static let name = "tar-split"

    var records: [BenchRecord]
    private let prepared: PreparedLayer

    init(_ prepared: PreparedLayer) {
        self.prepared = prepared
        records = [
            BenchRecord(
                .peer, TarSplitSubject.name, on: prepared,
                note:
                    "disasm writes a metadata file and no objects, unsynced; asm reads files that GNU tar extracted and checks a "
                    + "CRC-64 of each, not a SHA-256 of the stream")
        ]
    }

    func measure(_ sample: Sample) throws {
        let metadata = sample.place + ".json.gz"
        let disassembly = TarSplitSubject.disassembly(of: prepared.tar.path, to: metadata)
        try sample.time(.import, disassembly, reading: [prepared.tar.path], into: &records[0])
        let attributes = try? FileManager.default.attributesOfItem(atPath: metadata)
        records[0].recipeBytes = (attributes?[.size] as? NSNumber)?.intValue

        let files = try prepared.extractedFiles()
        let assembly = StreamSink.null.process(TarSplitSubject.assembly(from: metadata, files))
        try sample.time(.rebuild, assembly, reading: [metadata, files], into: &records[0])
        if records[0].exact == nil { records[0].exact = try isExact(assembly, sample.place + ".tar") }
    }

    static func disassembly(of tar: String, to metadata: String) -> ChildProcess {
        // disasm copies the stream to its standard output; nobody wants it here.
        var disassembly = ChildProcess(
            "tar-split", ["disasm", "--output", metadata, "--no-stdout", tar], timeoutSeconds: 1_800)
        disassembly.output = .discarded
        return disassembly
    }

    /// The command, which writes to standard output.
    static func assembly(from metadata: String, _ files: String) -> [String] {
        ["tar-split", "asm", "--input", metadata, "--path", files, "--output", "-"]
    }

    /// Whether asm gives the same stream; outside the measurement.
    private func isExact(_ assembly: ChildProcess, _ path: String) throws -> Bool {
        var check = assembly
        check.output = .file(path: path)
        try check.runChecked()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FileDigest(path: path).digest == prepared.tar.diffID
    }
}

/// `ostree commit --tree=tar`, which keeps no recipe.
final class OSTreeCommitSubject: BenchSubject {
    static let name = "ostree commit --tree=tar"

    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let mode: RepositoryMode
    private let condition: ImportCondition
    /// The repository that holds the layer already, where that is the condition.
    private var holder: String?

    init(_ prepared: PreparedLayer, mode: RepositoryMode, condition: ImportCondition = .fresh) {
        self.prepared = prepared
        self.mode = mode
        self.condition = condition
        records = [
            BenchRecord(
                .peer, condition.name(OSTreeCommitSubject.name), on: prepared, in: mode,
                note: "as durable as ours; keeps no recipe, proves nothing, applies no path policy")
        ]
    }

    func measure(_ sample: Sample) throws {
        if condition == .again {
            let repository = holder ?? sample.place
            if holder == nil {
                try initialize(repository)
                try commit(into: repository).runChecked()
                holder = repository
            }
            try sample.time(.import, commit(into: repository), reading: [prepared.tar.path], into: &records[0])
        } else {
            try initialize(sample.place)
            try sample.time(.import, commit(into: sample.place), reading: [prepared.tar.path], into: &records[0])
        }
    }

    private func initialize(_ repository: String) throws {
        try ChildProcess("ostree", ["init", "--repo=\(repository)", "--mode=\(mode.rawValue)"]).runChecked()
        if condition == .unsynced { try RepositoryConfiguration.turnSyncOff(in: repository) }
    }

    private func commit(into repository: String) -> ChildProcess {
        // ostree 2022.7 can loop for ever on a broken tar: the time limit and the cap on what it prints are needed.
        var commit = ChildProcess(
            "ostree",
            [
                "commit", "--repo=\(repository)", "--branch=layer", "--tree=tar=\(prepared.tar.path)",
                "--tar-autocreate-parents",
            ], timeoutSeconds: 1_800)
        commit.environment = ["LC_ALL": "C.UTF-8"]
        return commit
    }
}

/// `ostree export` of the commit that our own import made.
final class OSTreeExportSubject: BenchSubject {
    static let name = "ostree export"

    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let mode: RepositoryMode

    init(_ prepared: PreparedLayer, mode: RepositoryMode) {
        self.prepared = prepared
        self.mode = mode
        records = [
            BenchRecord(
                .peer, OSTreeExportSubject.name, on: prepared, in: mode,
                note:
                    "another tar: its own order and headers, no times, hard links as copies, without what the path policy drops; "
                    + "verifies nothing")
        ]
    }

    func measure(_ sample: Sample) throws {
        let held = try prepared.held(in: mode)
        var export = ChildProcess(
            "ostree", ["export", "--repo=\(held.repository)", held.report.ref], timeoutSeconds: 1_800)
        export.environment = ["LC_ALL": "C.UTF-8"]
        export.output = .discarded
        try sample.time(.rebuild, export, reading: [held.repository], into: &records[0])
    }
}

/// `tar -c` of the layer's files.
final class TarSubject: BenchSubject {
    static let name = "tar -c"

    var records: [BenchRecord]
    private let prepared: PreparedLayer

    init(_ prepared: PreparedLayer) {
        self.prepared = prepared
        records = [
            BenchRecord(
                .peer, TarSubject.name, on: prepared,
                note:
                    "another tar, of files that GNU tar extracted; verifies nothing; written into a pipe to cat, since GNU tar reads "
                    + "no files when its archive is /dev/null")
        ]
    }

    func measure(_ sample: Sample) throws {
        let files = try prepared.extractedFiles()
        var archiving = ChildProcess(
            "sh", ["-c", "tar -C \"$1\" -cf - . | cat >/dev/null", "sh", files], timeoutSeconds: 1_800)
        archiving.environment = ["TAR_OPTIONS": "", "LC_ALL": "C.UTF-8"]
        try sample.time(
            .rebuild, archiving, reading: [files], starting: ["tar", "cat"], isOneProcess: false, into: &records[0])
    }
}
