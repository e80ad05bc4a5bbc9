import Digests
import Foundation
import TestSupport
import Testing

@Suite struct FSVerityTests {
    /// Around the ends of blocks and of the tree's levels: 128 digests fill a block.
    private static let sizes =
        [
            0, 1, 4095, 4096, 4097, 2 * 4096, 127 * 4096, 128 * 4096 - 1, 128 * 4096, 128 * 4096 + 1, 129 * 4096,
            10 << 20,
        ] + (TestScale.isFull ? [128 * 128 * 4096, 128 * 128 * 4096 + 1] : [])
    private static let hasOracle = (try? run("fsverity", ["--version"]))?.exitCode == 0

    /// By `fsverity digest` of fsverity-utils 1.5; the empty file's is also in many a document.
    @Test(arguments: [
        (0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95"),
        (1, "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551"),
        (4097, "dd861c7c7dd0968fd429aeb27010ac33c25e71e8d9761654c60274d983eabace"),
        (128 * 4096 + 1, "161515f7b4ac083f824ea2fc535c19539a4736fc02732fff3831c0eb32930702"),
    ])
    func knownDigests(_ size: Int, _ hex: String) {
        #expect(Digest(FSVerityStream.digest(of: Self.bytes(size)))?.hex == hex)
    }

    @Test(.enabled(if: hasOracle), arguments: sizes)
    func digestsAreThoseOfTheRealProgram(_ size: Int) throws {
        let bytes = Self.bytes(size)
        let folder = try TemporaryFolder()
        let result = try run("fsverity", ["digest", "--compact", folder.write(bytes, to: "file")])
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            Digest(FSVerityStream.digest(of: bytes))?.hex == result.output.split(separator: "\n").first.map(String.init)
        )
    }

    @Test func theRealProgramIsThereInCI() {
        if ProcessInfo.processInfo.environment["CI"] == "true" { #expect(Self.hasOracle) }
    }

    @Test(arguments: [7, 4095, 4096, 4097, 70_000])
    func chunksMakeNoDifference(_ chunkSize: Int) {
        let bytes = Self.bytes(100_000)
        var stream = FSVerityStream()
        for start in stride(from: 0, to: bytes.count, by: chunkSize) {
            stream.update(bytes[start..<min(start + chunkSize, bytes.count)])
        }
        #expect(stream.finish() == FSVerityStream.digest(of: bytes) && stream.byteCount == 100_000)
    }

    @Test func aStreamMayBeAskedOnTheWay() {
        let bytes = Self.bytes(600_000)
        var stream = FSVerityStream()
        for start in stride(from: 0, to: bytes.count, by: 100_000) {
            #expect(stream.finish() == FSVerityStream.digest(of: Array(bytes[..<start])))
            stream.update(bytes[start..<start + 100_000])
        }
        #expect(stream.finish() == FSVerityStream.digest(of: bytes))
    }

    /// Equal in every run, and no block like another.
    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8 ^ $0 >> 16) }
    }
}
