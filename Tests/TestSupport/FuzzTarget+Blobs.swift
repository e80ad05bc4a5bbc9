import Blobs
import Digests

extension FuzzTarget {
    /// `Blobs`. An input's first byte picks what the rest is: a blob whose recipe is looked for, or a recipe and what it
    /// makes a blob of.
    public static let blobs = FuzzTarget(
        name: "blobs",
        check: { input in
            guard let pick = input.first else { return }
            let rest = Array(input.dropFirst())
            if pick % 2 == 0 { try check(blob: rest) } else { try check(recipeAndContent: rest) }
        },
        makeSeeds: {
            let seeds = try BlobSeed.all.flatMap { seed in
                [
                    FuzzSeed("blob-\(seed.name)", [0] + (try seed.blob()), isCompressed: true),
                    FuzzSeed(
                        "recipe-\(seed.name)", [1, 99] + length(seed.recipe) + seed.recipe + [0] + seed.content),
                ]
            }
            return seeds.filter { $0.bytes.count <= maximumSeedBytes }
        })

    private static let maximumContentBytes = 100_000
    /// A member makes at least one. More members are not taken: each costs as much as some thousand bytes.
    private static let maximumOutputPieces = 5000

    private static func length(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count & 0xff), UInt8(bytes.count >> 8)] }

    /// A blob has no recipe, or one that makes it again of the bytes that another inflater finds in it.
    private static func check(blob: [UInt8]) throws {
        let folder = try TemporaryFolder()
        guard case .recipe(let recipe) = try BlobRecipe.find(forBlobAt: folder.write(blob, to: "blob")) else { return }
        try checkCoding(of: recipe)
        guard let content = GzipReader.content(of: blob) else {
            throw BrokenLaw("a blob that cannot be inflated has the recipe '\(recipe)'")
        }
        let made = try replay(recipe, content, pieces: .max)
        try law(made == .success(Output(of: blob)), "'\(recipe)' makes another blob: \(made)")
    }

    /// A recipe is refused, or it is encoded as it was, and what it makes does not hang on how its bytes come in.
    ///
    /// An input is the size of pieces, the recipe behind its length in two bytes, how often the bytes to compress are
    /// repeated, which makes them as long as windows, and these.
    private static func check(recipeAndContent input: [UInt8]) throws {
        guard input.count >= 4 else { return }
        let length = min(Int(input[1]) | Int(input[2]) << 8, input.count - 4)
        let recipe: BlobRecipe
        do throws(BlobError) {
            recipe = try BlobRecipe(decoding: input[3..<3 + length])
        } catch {
            return try law(error.kind == .malformed, "a recipe is refused otherwise: \(error)")
        }
        try checkCoding(of: recipe)
        let part = input[(4 + length)...]
        let content = Array(repeatElement(part, count: 1 + Int(input[3 + length])).joined().prefix(maximumContentBytes))
        guard let whole = try? replay(recipe, content, pieces: .max, limit: maximumOutputPieces) else { return }
        let pieces = try replay(recipe, content, pieces: 1 + Int(input[0]))
        try law(whole == pieces, "'\(recipe)' makes \(whole) of the whole, and \(pieces) of pieces")
    }

    private static func checkCoding(of recipe: BlobRecipe) throws {
        try law(!recipe.description.isEmpty, "a recipe has no description")
        try law(
            try BlobRecipe(decoding: recipe.encoded[...]) == recipe, "'\(recipe)' is decoded as another recipe")
    }

    /// What came out, of which not all is kept: it may be a lot.
    private struct Output: Equatable {
        var byteCount = 0
        var digest: Digest

        init(of bytes: [UInt8]) { (byteCount, digest) = (bytes.count, SHA256Stream.digest(of: bytes)) }

        init(_ byteCount: Int, _ digest: Digest) { (self.byteCount, self.digest) = (byteCount, digest) }
    }

    /// What a recipe makes of bytes, or the kind of error; throws something else where it makes more pieces.
    private static func replay(
        _ recipe: BlobRecipe, _ content: [UInt8], pieces: Int, limit: Int = .max
    ) throws -> Result<Output, BlobFailure> {
        let hash = Hash()
        do {
            let replayer = try BlobReplayer(recipe) {
                hash.update($0)
                if hash.pieceCount > limit { throw TooMuch() }
            }
            var rest = content[...]
            while !rest.isEmpty {
                try replayer.write(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
            }
            try replayer.finish()
        } catch let error as BlobError {
            return .failure(BlobFailure(kind: error.kind))
        }
        return .success(Output(hash.byteCount, hash.stream.digest))
    }

    private final class Hash {
        var stream = SHA256Stream()
        var byteCount = 0
        var pieceCount = 0

        func update(_ bytes: ArraySlice<UInt8>) {
            pieceCount += 1
            stream.update(bytes)
            byteCount += bytes.count
        }
    }

    private struct TooMuch: Error {}

    private struct BlobFailure: Error, Equatable {
        var kind: BlobError.Kind
    }
}

/// A recipe, and bytes of which it makes a blob.
private struct BlobSeed {
    let name: String
    let recipe: [UInt8]
    let content: [UInt8]

    func blob() throws -> [UInt8] {
        let output = Collected()
        let replayer = try BlobReplayer(BlobRecipe(decoding: recipe[...])) { output.bytes += $0 }
        try replayer.write(content[...])
        try replayer.finish()
        return output.bytes
    }

    private final class Collected {
        var bytes: [UInt8] = []
    }

    /// Each compressor on two contents, in turn; and what else a blob has.
    static let all =
        compressors.enumerated().flatMap { number, compressor in
            [0, 1].map { shift in
                let content = contents[(2 * number + shift) % contents.count]
                return BlobSeed(
                    name: "\(compressor.name)-\(content.name)", recipe: recipe(compressor.parameters),
                    content: content.bytes)
            }
        } + forms

    private static func recipe(_ parameters: [UInt8]) -> [UInt8] { [1, 0, 0] + parameters + [10] + header }

    private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]
    private static let blockedHeader: [UInt8] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 0x42, 0x43, 2, 0, 0, 0]

    private static let compressors: [(name: String, parameters: [UInt8])] = [
        ("stored-1000", [0, 0, 0xe8, 7]), ("stored-65535", [0, 2, 0xff, 0xff, 3]), ("zlib-6", [1, 0x86, 0]),
        ("zlib-1-9", [1, 0x91, 0]), ("zlib-9-1-filtered", [1, 0x19, 1]), ("zlib-huffman", [1, 0x86, 2]),
        ("zlib-runs", [1, 0x46, 3]), ("zlib-fixed", [1, 0x85, 4]), ("gnu-1", [2, 1]), ("gnu-6", [2, 6]),
        ("gnu-9", [2, 9]), ("gnu-3-rsyncable", [2, 0x13]), ("gnu-6-rsyncable", [2, 0x16]),
        ("pigz-6", [3, 6, 0x80, 0x80, 2]), ("pigz-1-4096", [3, 1, 0x80, 0x20]), ("pigz-sync", [3, 0x16, 0x80, 0x20]),
        ("pigz-independent", [3, 0x24, 0x80, 0x20]), ("pigz-continuous", [3, 0x46, 0x80, 0x20]),
        ("pigz-rsyncable", [3, 0x86, 0x80, 0x80, 1]), ("pgzip-0", [4, 0, 0x81, 0x80, 1]),
        ("pgzip-1", [4, 1, 0x81, 0x80, 1]), ("pgzip-2", [4, 2, 0x81, 0x80, 1]), ("pgzip-3", [4, 3, 0x80, 0x80, 0x40]),
    ]

    private static let contents: [(name: String, bytes: [UInt8])] = [
        ("tar", TarSample.rich.bytes), ("zeros", [UInt8](repeating: 0, count: 40_000)), ("words", words(6000)),
        ("noise", noise(900)), ("nothing", []), ("period", noise(258).repeated(until: 34_000)),
        ("mixed", words(2000) + noise(1500) + [UInt8](repeating: 7, count: 2000) + words(1000)),
    ]

    /// Several members, heads that have the member's length, sums that are wrong, bytes behind.
    private static let forms = [
        BlobSeed(
            name: "blocked",
            recipe: [1, 0, 0, 0xb1, 0x86, 0, 3, 0xe8, 7, 18] + blockedHeader + [0xa1, 0x86, 0, 0, 18] + blockedHeader,
            content: words(3000)),
        BlobSeed(
            name: "members",
            recipe: [1, 4, 2, 7, 0, 0x32, 6, 3, 0xe8, 7, 10] + header + [0x62, 0x19, 0xe8, 7, 10] + header
                + [1, 2, 3, 4, 5, 6, 7, 8, 1, 0x86, 0, 10] + header,
            content: words(5000)),
        BlobSeed(
            name: "empty-members", recipe: [1, 0, 0, 0x32, 6, 40, 0, 10] + header + [2, 6, 10] + header,
            content: words(500)),
    ]

    private static func words(_ byteCount: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 11)
        let words = (0..<200).map { _ in
            (0..<Int.random(in: 2...9, using: &generator)).map { _ in UInt8.random(in: 97...122, using: &generator) }
                + [32]
        }
        var bytes: [UInt8] = []
        while bytes.count < byteCount {
            bytes += words[Int.random(in: 0...Int.random(in: 0..<200, using: &generator), using: &generator)]
        }
        return Array(bytes.prefix(byteCount))
    }

    private static func noise(_ byteCount: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 12)
        return generator.bytes(byteCount)
    }
}

extension [UInt8] {
    fileprivate func repeated(until byteCount: Int) -> [UInt8] { (0..<byteCount).map { self[$0 % count] } }
}
