import Foundation
import Tar
import TestSupport
import Testing

/// The splitter against streams that the system's GNU tar wrote.
@Suite struct GNUTarTests {
    private struct Sample {
        var path: String
        var kind: Entry.Kind
        var size: UInt64 = 0
        var target = ""
    }

    @Test(arguments: ["v7", "oldgnu", "gnu", "ustar", "posix"])
    func entriesAreWhatWasPutIn(_ format: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "layerlab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }

        let samples = try makeTree(in: folder, format: format)
        let stream = try tar(samples.map(\.path), format: format, in: folder)
        let sink = try RecordingSink(splitting: stream, chunkSize: 65536)
        #expect(sink.bytes == stream)
        #expect(sink.findings.isEmpty)
        #expect(sink.paths == samples.map(\.path))
        #expect(sink.entries.map(\.kind) == samples.map(\.kind))
        #expect(sink.entries.map(\.size) == samples.map(\.size))
        #expect(sink.entries.map { String(decoding: $0.linkTarget, as: UTF8.self) } == samples.map(\.target))
        #expect(sink.entries.allSatisfy { $0.modificationTime == 1_234_567_890 && $0.userID == 12 && $0.groupID == 34 })
        let dialects: [String: Dialect] = ["v7": .v7, "ustar": .ustar, "posix": .ustar]
        #expect(sink.entries.allSatisfy { $0.dialect == dialects[format, default: .gnu] })
    }

    /// A small tree with what the format can hold.
    private func makeTree(in folder: URL, format: String) throws -> [Sample] {
        let deep = "d/" + String(repeating: "n", count: 90)
        var files = [Sample(path: "empty", kind: .regular), Sample(path: "big", kind: .regular, size: 3 << 20)]
        if format != "v7" { files.append(Sample(path: deep + "/" + "name", kind: .regular, size: 5)) }
        if format != "v7", format != "ustar" {
            let deeper = deep + "/" + String(repeating: "m", count: 150) + "/" + String(repeating: "o", count: 140)
            files.append(Sample(path: deeper, kind: .regular, size: 513))
            files.append(Sample(path: deep + "/link", kind: .symbolicLink, target: deeper))
        }
        files += [
            Sample(path: "soft", kind: .symbolicLink, target: "big"),
            Sample(path: "twin", kind: .hardLink, target: "big"),
        ]
        for file in files {
            let url = folder.appending(path: file.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            switch file.kind {
            case .symbolicLink:
                try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: file.target)
            case .hardLink:
                try FileManager.default.linkItem(at: folder.appending(path: file.target), to: url)
            default:
                try Data(repeating: 65, count: Int(file.size)).write(to: url)
            }
        }
        return files
    }

    private func tar(_ paths: [String], format: String, in folder: URL) throws -> [UInt8] {
        let output = folder.appending(path: "out.tar")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "tar", "--create", "--format=\(format)", "--file=\(output.path)", "--directory=\(folder.path)",
                "--mtime=@1234567890", "--owner=user:12", "--group=group:34", "--",
            ] + paths
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(try Data(contentsOf: output))
    }
}
