import OSTree
import Tar
import TestSupport
import Testing

@testable import LayerStore

/// What is too long for memory or for a recipe.
@Suite struct LargePayloadTests {
    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) } }

    @Test(arguments: RepositoryMode.allCases)
    func spooledPayloadsAreWhole(_ mode: RepositoryMode) throws {
        let limit = LayerWriter.maximumCollectedBytes
        let stream = TarBuilder.stream { tar in
            tar.file("usr/limit", Self.bytes(limit))
            tar.file("usr/beyond", Self.bytes(limit + 1), mode: 0o4755) { $0.userID = 5 }
            tar.file("dev/orphan", Self.bytes(limit + 2))
        }
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream, proof: .full)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(layer.orphanCount == 1 && layer.orphanBytes == UInt64(limit + 2))
        let node = try temporary.nodes(layer.ref)["/usr/beyond"]
        #expect(node == (mode == .bareUserOnly ? "-00755 0 0 \(limit + 1)" : "-04755 5 0 \(limit + 1)"))
        #expect(try temporary.leftovers() == [])
        #expect(try temporary.damage() == nil)
    }

    @Test(arguments: [0, 1, 1000, LayerWriter.maximumCollectedBytes + 1])
    func truncatedPayloadIsAnOrphan(_ count: Int) throws {
        var tar = TarBuilder()
        tar.file("usr/a", Self.bytes(LayerWriter.maximumCollectedBytes + 500))
        tar.truncate(to: 512 + count)
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(tar.bytes, proof: .full)
        #expect(try temporary.rebuild(layer.ref) == tar.bytes)
        #expect(layer.orphanCount == (count == 0 ? 0 : 1) && layer.orphanBytes == UInt64(count))
        #expect(layer.findings.first.map(\.kind) == [.truncated])
        #expect(try temporary.nodes(layer.ref).keys.sorted() == ["/"])
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == tar.bytes)
    }

    /// In an archive the header of a long file, which is written first, tells its size.
    @Test(arguments: RepositoryMode.allCases, [0, 3, (5 << 20) + 1])
    func truncatedStreamsAreExactInEveryMode(_ mode: RepositoryMode, _ count: Int) throws {
        var tar = TarBuilder()
        tar.file("usr/a", Self.bytes(6 << 20))
        tar.truncate(to: 512 + count)
        let temporary = try TemporaryRepository(mode)
        for limit in [0, 64] {
            let layer = try temporary.importing(
                tar.bytes, strategy: strategy("raw:inline=\(limit)@sidecar"), proof: .full)
            #expect(layer.orphanBytes == UInt64(count <= limit ? 0 : count))
            #expect(try temporary.rebuild(layer.ref) == tar.bytes)
        }
        #expect(try temporary.damage() == nil && temporary.leftovers() == [])
    }

    /// Payloads lie across the import's buffers, of one megabyte each, in every way.
    @Test func payloadsAcrossBuffersAreWhole() throws {
        let sizes = [1 << 20, (1 << 20) - 512, 2 << 20, 3, (3 << 20) + 7, 600_000, 600_000, 4 << 20, 9 << 20, 511]
        let stream = TarBuilder.stream { tar in
            for (number, size) in (sizes + sizes.reversed()).enumerated() {
                tar.file("usr/\(number)", [UInt8(number)] + Self.bytes(size))
            }
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, proof: .full)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    /// What cannot be compressed comes out of an inflater in small pieces: payloads lie in more buffers than there are.
    @Test(arguments: ["gzip -1", "zstd -1"])
    func payloadsInManySmallBuffersAreWhole(_ compressor: String) throws {
        var generator = SeededGenerator(seed: 11)
        let stream = TarBuilder.stream { tar in
            for number in 0..<3 {
                let bytes = (0..<LayerWriter.maximumCollectedBytes / 8).flatMap { _ in
                    let word: UInt64 = generator.next()
                    return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
                }
                tar.file("usr/\(number)", bytes)
            }
        }
        let temporary = try TemporaryRepository()
        let plain = try temporary.folder.write(stream, to: "plain")
        let packed = try run("sh", ["-c", "\(compressor) -c \"$1\" > \"$1.packed\"", "sh", plain])
        #expect(packed.exitCode == 0)
        let layer = try Importer(into: temporary.repository, proof: .full)
            .importLayer(from: LayerSource(plain + ".packed"))
        #expect(try temporary.rebuild(layer.ref) == stream)
    }

    @Test(arguments: [1, 64 << 10, (64 << 10) + 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 5])
    func opaqueTailIsExact(_ count: Int) throws {
        let stream = TarBuilder.stream { $0.file("usr/a", [1]) } + [UInt8](repeating: 0xee, count: count)
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, strategy: strategy("raw@sidecar"), proof: .full)
        #expect(try temporary.rebuild(layer.ref) == stream)
        if count <= LayerWriter.maximumLiteralRun {
            #expect(layer.orphanCount == 0 && layer.recipeBytes > count)
        } else {
            #expect(layer.orphanBytes > 0 && layer.recipeBytes < (64 << 10) + 4096)
        }
        #expect(try temporary.ostree("prune", "--refs-only").exitCode == 0)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }
}
