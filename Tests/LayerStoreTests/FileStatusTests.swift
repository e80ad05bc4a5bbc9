import Foundation
import LayerStore
import TestSupport
import Testing

@Suite struct FileStatusTests {
    @Test func kindsAndSizes() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write([UInt8](repeating: 1, count: 5_000), to: "file")
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "absent/file")
        let status = try FileStatus(of: file)
        #expect(status.kind == .regular && status.byteCount == 5_000)
        #expect(status.allocatedByteCount % 512 == 0)
        let link = try FileStatus(of: folder.path("link"))
        #expect(link.kind == .symbolicLink && link.byteCount == 11)
        #expect(try FileStatus(of: folder.path).kind == .directory)
        #expect(try FileStatus(of: "/dev/null").kind == .special)
    }

    @Test func namesOfOneFileHaveItsNumbers() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write([1], to: "file")
        try FileManager.default.linkItem(atPath: file, toPath: folder.path("twin"))
        #expect(try FileStatus(of: file) == FileStatus(of: folder.path("twin")))
        let other = try folder.write([1], to: "other")
        #expect(try FileStatus(of: file) != FileStatus(of: other))
    }

    @Test func whatIsNotThereIsAnError() {
        #expect {
            try FileStatus(of: "/nonexistent/file")
        } throws: { "\($0)" == "cannot look at /nonexistent/file: No such file or directory" }
    }
}
