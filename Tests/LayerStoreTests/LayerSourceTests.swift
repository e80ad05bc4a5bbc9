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

    /// A tar's first bytes are a name, which may look like a compression's magic.
    @Test(arguments: ["BZh9", "\u{1f}x\u{8}", "(zstd"])
    func aTarIsPlainWhateverItsFirstNameIs(_ name: String) throws {
        let magics: [String: [UInt8]] = ["\u{1f}x\u{8}": [0x1f, 0x8b, 8], "(zstd": [0x28, 0xb5, 0x2f, 0xfd]]
        let start = magics[name] ?? Array(name.utf8)
        var stream = TarBuilder.stream { $0.file(name, [1, 2, 3]) }
        // The checksum is a sum: what one byte gains, another one loses.
        let old = stream.prefix(start.count).reduce(0) { $0 + Int($1) }
        let change = start.reduce(0) { $0 + Int($1) } - old
        stream.replaceSubrange(0..<start.count, with: start)
        let sum = stream[148..<154].reduce(0) { $0 * 8 + Int($1 - 0x30) } + change
        let digits = String(sum, radix: 8)
        stream.replaceSubrange(148..<154, with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8))
        let folder = try TemporaryFolder()
        let source = try LayerSource(folder.write(stream, to: "layer.tar"))
        #expect(source.compression == .none)
        #expect(try bytes(of: source) == stream)
    }

    @Test(arguments: [0x50, 0x5f] as [UInt8])
    func skippableFramesAreZstd(_ magic: UInt8) throws {
        let skippable: [UInt8] = [magic, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7]
        let folder = try TemporaryFolder()
        for (blob, stream) in [
            (skippable, []), (try skippable + zstd(Self.stream), Self.stream),
            (try skippable + skippable + zstd(Self.stream) + skippable, Self.stream),
        ] {
            let source = try LayerSource(folder.write(blob, to: "layer.tar.zst"))
            #expect(source.compression == .zstd)
            #expect(try bytes(of: source) == stream)
            #expect(source.blob == SHA256Stream.digest(of: blob))
        }
        let source = try LayerSource(folder.write(Array(skippable.dropLast()), to: "layer.tar.zst"))
        #expect(throws: LayerStoreError.self) { try bytes(of: source) }
    }

    @Test(arguments: [1, 512, 300_000])
    func gzipMayBePaddedWithZeros(_ count: Int) throws {
        let folder = try TemporaryFolder()
        let padded = try gzip(Self.stream) + [UInt8](repeating: 0, count: count)
        let source = try LayerSource(folder.write(padded, to: "padded.gz"))
        #expect(try bytes(of: source) == Self.stream)
        #expect(source.blob == SHA256Stream.digest(of: padded) && !source.isDamaged)
        for more in [[1], try gzip(Self.stream)] {
            let garbage = try LayerSource(folder.write(padded + more, to: "garbage.gz"))
            let error = try #require(throws: LayerStoreError.self) { try bytes(of: garbage) }
            #expect(error.message.contains("the gzip data is corrupt: more than zeros"), "\(error)")
            #expect(garbage.isDamaged)
        }
    }

    @Test func anyFileCanBeTakenAsPlainBytes() throws {
        let folder = try TemporaryFolder()
        for blob in [try gzip(Self.stream), try zstd(Self.stream)] {
            let broken = Array(blob.dropLast(3))
            let source = try LayerSource(folder.write(broken, to: "layer"), unsupported: .takeAsIs)
            #expect(throws: LayerStoreError.self) { try bytes(of: source) }
            #expect(source.isDamaged)
            let plain = try LayerSource(folder.path("layer"), unsupported: .plain)
            #expect(try bytes(of: plain) == broken)
            #expect(plain.compression == .none && plain.blob == plain.diffID)
        }
    }

    private func bytes(of source: LayerSource) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try source.next() { bytes += chunk }
        return bytes
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
