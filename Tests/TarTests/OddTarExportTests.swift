import Foundation
import TestSupport
import Testing

/// Writes the samples to the folder that `LAYERLAB_EXPORT_TARS` names, so that other programs can try them.
@Suite struct OddTarExportTests {
    private static let folder = ProcessInfo.processInfo.environment["LAYERLAB_EXPORT_TARS"]

    @Test(.enabled(if: folder != nil, "LAYERLAB_EXPORT_TARS names no folder"))
    func everySampleIsWritten() throws {
        let folder = URL(filePath: try #require(Self.folder))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for sample in TarSample.all {
            let name = sample.name.replacingOccurrences(of: "/", with: "-")
            try Data(sample.bytes).write(to: folder.appending(path: name + ".tar"))
        }
        let written = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".tar") }
        #expect(written.count >= TarSample.all.count)
    }
}
