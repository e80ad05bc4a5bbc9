import Foundation
import LayerStore
import TestSupport
import Testing

@testable import Harness

@Suite struct InspectionReportTests {
    private func report(_ bytes: [UInt8]) throws -> InspectionReport {
        try withScratchDirectory { directory in
            let path = directory + "/layer.tar"
            try Data(bytes).write(to: URL(filePath: path))
            let source = try LayerSource(path, unsupported: .takeAsIs)
            return InspectionReport(try LayerInspection(of: source), layer: "layer.tar")
        }
    }

    @Test(arguments: TarSample.all)
    func sharesAddUp(_ sample: TarSample) throws {
        let report = try report(sample.bytes)
        #expect(report.layerBytes == UInt64(sample.bytes.count))
        #expect(report.bytes.map(\.bytes).reduce(0, +) == report.layerBytes)
        #expect(report.entriesByKind.values.reduce(0, +) == report.entries)
        #expect(report.entriesByDialect.values.reduce(0, +) == report.entries)
    }

    @Test func textHasEachShare() throws {
        let report = try report(
            TarBuilder.stream { tar in
                tar.directory("usr/")
                tar.file("usr/a", [UInt8](repeating: 1, count: 600))
                tar.pax(["mtime": "1.5"])
                tar.file("usr/b", [UInt8](repeating: 2, count: 1024))
            })
        let lines = report.text.split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
        // Three headers; a pax header with its block of records; 424 bytes pad the first file; two blocks at the end.
        // 5,632 = 1,624 + 1,536 + 1,024 + 424 + 1,024.
        #expect(lines.contains(["layer", "5,632", "bytes,", "3", "entries"]))
        #expect(lines.contains(["payloads", "1,624", "541.33", "28.8", "%"]))
        #expect(lines.contains(["headers", "1,536", "512.00", "27.3", "%"]))
        #expect(lines.contains(["extension", "headers", "1,024", "341.33", "18.2", "%"]))
        #expect(lines.contains(["padding", "424", "141.33", "7.5", "%"]))
        #expect(lines.contains(["end", "marker", "1,024", "341.33", "18.2", "%"]))
        #expect(lines.contains(["opaque", "0", "0.00", "0.0", "%"]))
        #expect(lines.contains(["entries", "file", "2,", "directory", "1"]))
        #expect(lines.contains(["dialect", "ustar", "3;", "with", "pax", "records", "1"]))
        #expect(lines.last == ["findings", "none"])
    }

    @Test func anEmptyStreamHasNoShares() throws {
        let report = try report([])
        #expect(report.layerBytes == 0)
        #expect(report.text.contains("payloads"))
        #expect(!report.text.contains("dialect") && !report.text.contains("entries   "))
        #expect(report.text.contains("–"))
        #expect(report.findingCount == 1)
    }

    @Test func findingsAreListed() throws {
        let report = try report(TarBuilder.stream { $0.file("a", [1]) } + Array("more".utf8))
        #expect(report.findingCount == 1)
        #expect(report.text.contains("findings  1\n  "))
        #expect(report.text.contains("at byte 2048: data after the end-of-archive marker"))
    }
}
