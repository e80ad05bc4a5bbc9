import Blobs
import TestSupport
import Testing

/// What gzip files have besides one plain member.
@Suite struct GzipFormTests {
    private static let sample = BlobSample(kind: .text, byteCount: 50_000).bytes

    /// A member by Python's zlib: the bytes, deflated, between a head and what stands behind.
    private static func member(_ bytes: [UInt8] = sample, header: [UInt8]? = nil) throws -> [UInt8] {
        let whole = try BlobWriter("gzip", script: "gzip -n < $in > $out", "").blobs(of: [bytes])[0]
        return header.map { $0 + whole.dropFirst(10) } ?? whole
    }

    private func expectExact(_ blob: [UInt8], of bytes: [UInt8], byteLimit: Int) throws {
        let recipe = try BlobRecipe.found(for: blob)
        #expect(recipe.encoded.count <= byteLimit)
        let isExact = try recipe.blob(of: bytes, pieces: 777) == blob
        #expect(isExact)
        #expect(try BlobRecipe(decoding: recipe.encoded[...]) == recipe)
    }

    @Test func membersOfOneKindTakeOneRun() throws {
        let member = try Self.member()
        let blob = [[UInt8]](repeating: member, count: 20).flatMap(\.self)
        let bytes = [[UInt8]](repeating: Self.sample, count: 20).flatMap(\.self)
        try expectExact(blob, of: bytes, byteLimit: 24)
        let recipe = try BlobRecipe.found(for: blob)
        #expect(recipe.description.hasPrefix("20 members by "))
    }

    @Test func membersOfSeveralKinds() throws {
        let other = BlobSample(kind: .tar, byteCount: 200_000).bytes
        let pigz = BlobWriter("pigz -9", "")
        let blob =
            try Self.member() + Self.member([]) + (pigz.isThere ? pigz.blobs(of: [other])[0] : Self.member(other))
        try expectExact(blob, of: Self.sample + other, byteLimit: 80)
    }

    /// bgzip's blobs: members of one length whose heads say how long they became, and an empty one.
    @Test func blockedGzip() throws {
        let bytes = BlobSample(kind: .tar, byteCount: 400_000).bytes
        let script = """
            python3 -c 'import struct, sys, zlib
            data = open(sys.argv[1], "rb").read()
            with open(sys.argv[2], "wb") as out:
                for start in list(range(0, len(data), 65280)) + [len(data)]:
                    part = data[start:start + 65280]
                    stream = zlib.compressobj(6, 8, -15)
                    body = stream.compress(part) + stream.flush()
                    out.write(bytes([31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0]))
                    out.write(struct.pack("<H", len(body) + 25) + body + struct.pack("<II", zlib.crc32(part), len(part)))' $in $out
            """
        let blob = try BlobWriter("python3", script: script, "").blobs(of: [bytes])[0]
        try expectExact(blob, of: bytes, byteLimit: 80)
    }

    @Test func headsStayAsTheyAre() throws {
        let start: [UInt8] = [0x1f, 0x8b, 8]
        let rest: [UInt8] = [1, 2, 3, 4, 2, 7]
        let (name, comment) = (Array("name.tar\0".utf8), Array("comment\0".utf8))
        let extra: [UInt8] = [5, 0, 0x41, 0x70, 1, 0, 9]
        for header in [
            start + [0] + rest, start + [1] + rest, start + [8] + rest + name, start + [16] + rest + comment,
            start + [4] + rest + extra, start + [0x1f] + rest + extra + name + comment + [0xaa, 0xbb],
        ] {
            try expectExact(try Self.member(header: header), of: Self.sample, byteLimit: header.count + 7)
        }
    }

    @Test func bytesBehindStayAsTheyAre() throws {
        let member = try Self.member()
        try expectExact(member + [UInt8](repeating: 0, count: 4096), of: Self.sample, byteLimit: 20)
        try expectExact(member + [0, 0, 1, 2, 3], of: Self.sample, byteLimit: 20)
        try expectExact(member + [0x1f], of: Self.sample, byteLimit: 20)
        let most = [UInt8](repeating: 1, count: 65_536)
        try expectExact(member + most, of: Self.sample, byteLimit: 65_600)
        #expect(try BlobRecipe.reason(for: member + most + [1])?.contains("65537 bytes follow") == true)
    }

    @Test func wrongSumsStayAsTheyAre() throws {
        var member = try Self.member()
        member[member.count - 1] ^= 0x80
        member[member.count - 7] ^= 1
        try expectExact(member, of: Self.sample, byteLimit: 26)
    }

    @Test func storedBlocks() throws {
        func stored(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> [UInt8] {
            let (low, high) = (UInt8(bytes.count & 0xff), UInt8(bytes.count >> 8))
            return [isLast ? 1 : 0, low, high, ~low, ~high] + bytes
        }
        let parts = stride(from: 0, to: 50_000, by: 12_500).map { Self.sample[$0..<$0 + 12_500] }
        let member = try Self.member()
        let (header, trailer) = (member.prefix(10), member.suffix(8))
        let marked = parts.enumerated().flatMap { stored($1, isLast: $0 == 3) }
        let open = parts.flatMap { stored($0, isLast: false) }
        for body in [marked, open + stored([], isLast: true), open + [3, 0]] {
            try expectExact(header + body + trailer, of: Self.sample, byteLimit: 20)
        }
    }

    // MARK: What has no recipe

    @Test func damagedBlobsHaveNone() throws {
        let bytes = BlobSample(kind: .tar, byteCount: 400_000).bytes
        let member = try Self.member(bytes)
        for count in [1, 9, 10, 11, 5000, member.count / 2, member.count - 9, member.count - 8, member.count - 1] {
            #expect(try BlobRecipe.reason(for: Array(member.prefix(count))) != nil)
        }
        #expect(try BlobRecipe.reason(for: Array(member.prefix(50_000)))?.contains("damaged: it is cut off") == true)
        var changed = member
        changed[member.count / 2] ^= 0x10
        #expect(try BlobRecipe.reason(for: changed) != nil)
        #expect(try BlobRecipe.reason(for: []) == "it is empty")
        #expect(try BlobRecipe.reason(for: bytes) == "it is no gzip data")
        // A block of the type that there is not.
        #expect(
            try BlobRecipe.reason(for: member.prefix(10) + [7, 1, 2, 3, 4, 5, 6, 7, 8])?.contains("damaged") == true)
    }

    @Test func accidentsHaveNoneOrAnExactOne() throws {
        var generator = SeededGenerator(seed: 31)
        let bytes = BlobSample(kind: .text, byteCount: 3000).bytes
        let member = try Self.member(bytes)
        for _ in 0..<60 {
            let blob = generator.mutation(of: member + member)
            guard case .recipe(let recipe) = try BlobRecipe.search(blob) else { continue }
            let inflated = try BlobWriter.inflated(blob)
            // gzip stops where something else follows, or a CRC is wrong; the search goes on.
            if let again = try? recipe.blob(of: inflated) { #expect(again.count == blob.count) }
        }
    }

    /// Blocks that Go's programs end in, which nobody else writes.
    @Test func parallelGoIsNamed() throws {
        let script = """
            python3 -c 'import sys, zlib
            data = open(sys.argv[1], "rb").read()
            out = bytes([31, 139, 8, 0, 0, 9, 110, 136, 0, 255])
            for start in range(0, len(data), 1 << 18):
                stream = zlib.compressobj(6, 8, -15, 7)
                out += stream.compress(data[start:start + (1 << 18)]) + stream.flush(zlib.Z_SYNC_FLUSH)
            open(sys.argv[2], "wb").write(out + bytes([1, 0, 0, 255, 255]) + bytes(8))' $in $out
            """
        let bytes = BlobSample(kind: .tar, byteCount: 600_000).bytes
        let blob = try BlobWriter("python3", script: script, "").blobs(of: [bytes])[0]
        #expect(
            try BlobRecipe.reason(for: blob)
                == "no compressor that this program knows writes these bytes (an empty stored block every 262,144 bytes: a parallel gzip by Go)"
        )
    }

    // MARK: The search

    @Test func progressCanStopIt() throws {
        struct Stop: Error {}
        let folder = try TemporaryFolder()
        let path = try folder.write(try Self.member(), to: "blob.gz")
        #expect(throws: Stop.self) { try BlobRecipe.find(forBlobAt: path) { _ in throw Stop() } }
    }

    @Test func progressReachesTheEnd() throws {
        let folder = try TemporaryFolder()
        let member = try Self.member()
        let path = try folder.write(member, to: "blob.gz")
        let most = Output()
        _ = try BlobRecipe.find(forBlobAt: path) { count in
            most.bytes = [count > member.count ? 1 : 0]
        }
        #expect(most.bytes == [0])
    }

    @Test func filesThatCannotBeReadAreErrors() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path("nothing"), folder.path] {
            let error = #expect(throws: BlobError.self) { try BlobRecipe.find(forBlobAt: path) { _ in } }
            #expect(error?.kind == .input)
        }
    }
}
