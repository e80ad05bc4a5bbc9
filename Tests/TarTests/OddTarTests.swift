import Foundation
import Tar
import TestSupport
import Testing

/// The odd tars of a folder that `LAYERLAB_ODD_TARS` names, such as another project's test data.
@Suite struct OddTarTests {
    private static let folder = ProcessInfo.processInfo.environment["LAYERLAB_ODD_TARS"]

    @Test(.enabled(if: folder != nil, "LAYERLAB_ODD_TARS names no folder"))
    func everyOddTarIsExactInEveryChunking() throws {
        let folder = URL(filePath: try #require(Self.folder))
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "tar" }
        #expect(!files.isEmpty)
        for file in files {
            let stream = Array(try Data(contentsOf: file))
            let whole = try RecordingSink(splitting: stream)
            #expect(whole.bytes == stream, "\(file.lastPathComponent)")
            for size in [1, 511, 4096] where stream.count < 1 << 20 || size > 1 {
                #expect(try RecordingSink(splitting: stream, chunkSize: size) == whole, "\(file.lastPathComponent)")
            }
        }
        print("\(files.count) odd tars are exact, or reported above")
    }
}
