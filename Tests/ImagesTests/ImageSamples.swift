import Digests
import Foundation
import TestSupport
import Testing

@testable import Images

/// Images of a few small layers.
enum ImageSample {
    /// Layers with enough text for compressors to differ.
    static let streams: [[UInt8]] = (0..<5).map { number in
        var random = SeededGenerator(seed: UInt64(number + 1))
        let words = ["layer", "tree", "object", "commit", "whiteout", "of", "the", "\n"]
        return TarBuilder.stream { tar in
            tar.directory("usr/")
            tar.directory("usr/share/")
            for file in 0..<4 {
                let text = (0..<600).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
                tar.file("usr/share/\(number)-\(file)", Array(text.utf8))
            }
            tar.file("usr/share/\(number)-random", random.bytes(3000))
            if number > 0 { tar.file("usr/share/.wh.\(number - 1)-0") }
            if number > 1 { tar.hardLink("usr/share/\(number)-link", to: "usr/share/\(number - 1)-1") }
        }
    }

    /// One layer by each compressor; those of Docker's media types know no zstd.
    static func image(_ family: ImageBuilder.Family) throws -> ImageBuilder {
        var image = ImageBuilder(family)
        let compressions = ImageBuilder.Compression.allCases.filter { family == .oci || $0 != .zstd }
        for (stream, compression) in zip(streams, compressions) { try image.add(stream, compression) }
        return image
    }

    /// A script that builds a small image with a program of its own, into the image layout `$1/layout`.
    static func build(_ script: String, in folder: TemporaryFolder) throws -> String {
        let storage = """
            [storage]
            driver = "vfs"
            graphroot = "\(folder.path("graph"))"
            runroot = "\(folder.path("run"))"
            """
        let environment = [
            "CONTAINERS_STORAGE_CONF": try folder.write(Array(storage.utf8), to: "storage.conf"),
            "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", "TMPDIR": folder.path, "HOME": folder.path,
        ]
        let result = try run("bash", ["-euc", script, "bash", folder.path], environment: environment)
        guard result.exitCode == 0 else { throw ProgramError(description: "\(script): \(result.errors)") }
        return folder.path("layout") + ":latest"
    }
}

/// Expects an image in a folder to be one that was written, byte for byte.
func expectSame(
    _ written: ImageBuilder.Written, _ form: ImageBuilder.Form, _ folder: String,
    at location: SourceLocation = #_sourceLocation
) throws {
    func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
    func path(_ digest: Digest) -> String {
        form == .layout ? "\(folder)/blobs/sha256/\(digest.hex)" : "\(folder)/\(digest.hex)"
    }
    let manifest = try bytes(form == .layout ? path(written.manifestDigest) : folder + "/manifest.json")
    #expect(manifest == written.manifest, sourceLocation: location)
    let configuration = try bytes(path(SHA256Stream.digest(of: written.configuration)))
    #expect(configuration == written.configuration, sourceLocation: location)
    for file in written.blobs {
        let isSame = try bytes(file) == bytes(path(#require(Digest(hex: URL(filePath: file).lastPathComponent))))
        #expect(isSame, "\(file)", sourceLocation: location)
    }
}
