import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// Layers as they are distributed: plain, gzip, zstd, and in ways that this program refuses.
@Suite struct LayerSourceTests {
    private static let stream = TarSample.rich.bytes

    @Test func gzipAndZstdAreUndone() throws {
        let temporary = try TemporaryRepository()
        for blob in [try gzip(Self.stream), try zstd(Self.stream), try zstd([]) + zstd(Self.stream)] {
            let layer = try temporary.importing(blob, proof: .full)
            #expect(layer.blob == SHA256Stream.digest(of: blob))
            #expect(layer.layer.diffID == SHA256Stream.digest(of: Self.stream))
            #expect(try temporary.rebuild(layer.blob.description) == Self.stream)
        }
    }

    @Test func membersAndFramesFollowEachOther() throws {
        let temporary = try TemporaryRepository()
        let (front, back) = (Array(Self.stream.prefix(700)), Array(Self.stream.dropFirst(700)))
        for blob in [
            try gzip(front) + gzip(back), try gzip([]) + gzip(Self.stream) + gzip([]), try zstd(front) + zstd(back),
        ] {
            #expect(try temporary.rebuild(temporary.importing(blob).ref) == Self.stream)
        }
    }

    @Test(arguments: ["gzip", "zstd"])
    func truncatedBlobsLeaveTheRepositoryAsItWas(_ name: String) throws {
        let blob = try name == "gzip" ? gzip(Self.stream) : zstd(Self.stream)
        let temporary = try TemporaryRepository(isDurable: true)
        try temporary.importing(TarSample.all[1].bytes)
        let before = try temporary.listing()
        for count in [11, 20, blob.count / 2, blob.count - 5, blob.count - 1] {
            let error = try #require(throws: LayerStoreError.self) {
                try temporary.importing(Array(blob.prefix(count)))
            }
            #expect(error.kind == .input && error.message.contains("the \(name) data ends too early, at byte \(count)"))
            #expect(try temporary.listing() == before)
        }
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: ["gzip", "zstd"])
    func corruptBlobsLeaveTheRepositoryAsItWas(_ name: String) throws {
        var generator = SeededGenerator(seed: 4)
        let stream = TarBuilder.stream { tar in
            for number in 0..<20 { tar.file("usr/\(number)", generator.bytes(5000)) }
        }
        let blob = try name == "gzip" ? gzip(stream) : zstd(stream)
        let temporary = try TemporaryRepository(isDurable: true)
        let before = try temporary.listing()
        // In the middle, in gzip's checksum, and after the end.
        var flipped = blob
        flipped[blob.count / 2] ^= 0xff
        flipped[blob.count / 2 + 1] ^= 0xff
        var checksum = blob
        checksum[blob.count - 6] ^= 1
        for damaged in [flipped, name == "gzip" ? checksum : flipped, blob + Array("garbage".utf8)] {
            do {
                let layer = try temporary.importing(damaged)
                // zstd frames need no checksum: a flip may give another layer, never this one.
                #expect(name == "zstd" && layer.layer.diffID != SHA256Stream.digest(of: stream))
                return
            } catch let error as LayerStoreError {
                #expect(error.kind == .input && error.message.contains("the \(name) data is corrupt"), "\(error)")
                #expect(!error.message.contains("\n"))
            }
            #expect(try temporary.listing() == before)
        }
    }

    @Test(
        arguments: [
            ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2]), ("bzip2", [0x42, 0x5a, 0x68, 0x39, 1, 2]),
        ] as [(String, [UInt8])])
    func otherCompressionsAreRefusedWithAHint(_ program: String, _ bytes: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(bytes, to: "layer")
        let error = try #require(throws: LayerStoreError.self) { _ = try LayerSource(file) }
        #expect(error.kind == .input)
        #expect(error.message.contains("compressed with \(program); try: \(program) -dc \(file) | layerlab import -"))
        #expect(try LayerSource(file, unsupported: .takeAsIs).compression == .none)
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TemporaryFolder()
        let directory = try #require(throws: LayerStoreError.self) { _ = try LayerSource(folder.path) }
        #expect(directory.message == "cannot read \(folder.path): it is a directory, not a layer")
        let missing = try #require(throws: LayerStoreError.self) { _ = try LayerSource(folder.path("none")) }
        #expect(missing.message == "cannot open \(folder.path("none")): No such file or directory")
    }

    @Test func sourceCountsAndHashesOnTheWay() throws {
        let folder = try TemporaryFolder()
        let blob = try gzip(Self.stream)
        let source = try LayerSource(folder.write(blob, to: "layer"))
        #expect(source.compression == .gzip && source.fileByteCount == UInt64(blob.count))
        var bytes: [UInt8] = []
        while let chunk = try source.next() { bytes += chunk }
        #expect(bytes == Self.stream && source.streamByteCount == UInt64(bytes.count))
        #expect(source.fileOffset == UInt64(blob.count) && source.blob == SHA256Stream.digest(of: blob))
        #expect(try source.next() == nil)
    }
}

/// The bytes as the real `gzip` packs them.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let result = try run("gzip", ["-nc"], input: bytes)
    guard result.exitCode == 0 else { throw ProgramError(description: "gzip: \(result.errors)") }
    return result.outputBytes
}

/// One zstd frame of the bytes.
func zstd(_ bytes: [UInt8]) throws -> [UInt8] {
    let wrapped = try Zstd(level: 3).wrap(bytes)
    guard let frame = wrapped.firstRange(of: [0x28, 0xb5, 0x2f, 0xfd]) else {
        throw ProgramError(description: "there is no frame")
    }
    return Array(wrapped[frame.lowerBound...])
}
