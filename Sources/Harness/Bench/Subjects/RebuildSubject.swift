internal import Digests
internal import Foundation
internal import OSTree

/// Rebuilds a stream from what is kept of it, into one sink: our own rebuild, or `tar-split asm`.
final class RebuildSubject: BenchSubject {
    /// Who writes the stream.
    enum Writer {
        /// `layerlab rebuild` from a repository that holds the layer by this strategy.
        case layerlab(path: String, strategy: String, options: [String], mode: RepositoryMode, verifies: Bool)
        case tarSplit
    }

    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let writer: Writer
    private let sink: StreamSink

    init(_ name: String, _ writer: Writer, into sink: StreamSink, _ prepared: PreparedLayer) {
        self.prepared = prepared
        self.writer = writer
        self.sink = sink
        switch writer {
        case .layerlab(_, _, _, let mode, _): records = [BenchRecord(.strategy, name, on: prepared, in: mode)]
        case .tarSplit:
            records = [
                BenchRecord(
                    .peer, name, on: prepared,
                    note: "reads files that GNU tar extracted, and checks a CRC-64 of each"
                        + (sink == .digest ? "; openssl hashes the stream in a process beside it" : ""))
            ]
        }
    }

    func measure(_ sample: Sample) throws {
        let (command, paths) = try command()
        let path = sample.place + ".tar"
        let isOneProcess = sink == .null || sink == .file
        // Files of the warm-up and of the samples go at once: they are single inodes, not a repository's.
        defer { if sink == .file { try? FileManager.default.removeItem(atPath: path) } }
        try sample.time(
            .rebuild, sink.process(command, path: path), reading: paths, isOneProcess: isOneProcess, into: &records[0])
        guard sink == .file, !sample.isRecorded else { return }
        records[0].exact = try FileDigest(path: path).digest == prepared.tar.diffID
    }

    /// The command, and what it reads.
    private func command() throws -> ([String], [String]) {
        switch writer {
        case .layerlab(let tool, let strategy, let importOptions, let mode, let verifies):
            let held = try prepared.held(in: mode, by: strategy, options: importOptions)
            let options = verifies ? [] : ["--no-verify"]
            return (
                [tool, "rebuild", held.report.ref, "--repo", held.repository, "-o", "-", "--quiet"] + options,
                [held.repository]
            )
        case .tarSplit:
            let metadata = try prepared.tarSplitMetadata()
            let files = try prepared.extractedFiles()
            return (TarSplitSubject.assembly(from: metadata, files), [metadata, files])
        }
    }
}
