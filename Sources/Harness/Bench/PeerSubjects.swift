internal import Digests
internal import Foundation
internal import LayerStore

/// tar-split: `disasm` of the layer into a metadata file, and `asm` from that and the layer's files.
final class TarSplitSubject: BenchSubject {
    static let name = "tar-split"

    private let layer: BenchPlan.Layer
    private let tar: PlainTar
    private var files: String?

    init(layer: BenchPlan.Layer, tar: PlainTar) {
        self.layer = layer
        self.tar = tar
    }

    var blank: BenchRecord {
        BenchRecord(
            layer: layer.name, role: .peer, name: TarSplitSubject.name, layerBytes: tar.bytes,
            note:
                "disasm writes no objects; asm reads extracted files and checks a CRC-64 of each, not a SHA-256 of the stream"
        )
    }

    func measure(in place: String, into record: inout BenchRecord) throws {
        let metadata = place + ".json.gz"
        // disasm copies the stream to its standard output; nobody wants it here.
        var disassembly = ChildProcess(
            "tar-split", ["disasm", "--output", metadata, "--no-stdout", tar.path], timeoutSeconds: 600)
        disassembly.output = .discarded
        record.importSeconds.append(try disassembly.runChecked().wallSeconds)
        let attributes = try? FileManager.default.attributesOfItem(atPath: metadata)
        record.recipeBytes = (attributes?[.size] as? NSNumber)?.intValue

        var assembly = ChildProcess(
            "tar-split", ["asm", "--input", metadata, "--path", try extractedFiles(beside: place), "--output", "-"],
            timeoutSeconds: 600)
        assembly.output = .discarded
        record.rebuildSeconds.append(try assembly.runChecked().wallSeconds)
        if record.exact == nil { record.exact = try isExact(assembly, place + ".tar") }
    }

    /// The layer's files, extracted once by GNU tar.
    private func extractedFiles(beside place: String) throws -> String {
        if let files { return files }
        let folder = place + "-files"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try ChildProcess("tar", ["-xf", tar.path, "-C", folder, "--numeric-owner"], timeoutSeconds: 600).runChecked()
        files = folder
        return folder
    }

    /// Whether asm gives the same stream; outside the measurement.
    private func isExact(_ assembly: ChildProcess, _ path: String) throws -> Bool {
        var check = assembly
        check.output = .file(path: path)
        try check.runChecked()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try FileDigest(path: path).digest == tar.diffID
    }
}

/// ostree itself: `commit --tree=tar`, which keeps no recipe and rebuilds nothing.
struct OSTreeSubject: BenchSubject {
    static let name = "ostree commit --tree=tar"

    let layer: BenchPlan.Layer
    let tar: PlainTar
    let mode: String

    var blank: BenchRecord {
        BenchRecord(
            layer: layer.name, role: .peer, name: OSTreeSubject.name, mode: mode, layerBytes: tar.bytes,
            note: "keeps no recipe and applies no path policy")
    }

    func measure(in place: String, into record: inout BenchRecord) throws {
        try ChildProcess("ostree", ["init", "--repo=\(place)", "--mode=\(mode)"]).runChecked()
        let arguments = [
            "commit", "--repo=\(place)", "--branch=layer", "--tree=tar=\(tar.path)", "--tar-autocreate-parents",
        ]
        // ostree 2022.7 can loop for ever on a broken tar: the time limit and the cap on what it prints are needed.
        var commit = ChildProcess("ostree", arguments, timeoutSeconds: 600)
        commit.environment = ["LC_ALL": "C.UTF-8"]
        record.importSeconds.append(try commit.runChecked().wallSeconds)
    }
}
