import Strategies
import Testing

/// The parameter `inline`, which every encoding takes without knowing of it.
@Suite struct InliningTests {
    /// Encodings whose format fixes no limit.
    static let bases = Catalogue.encodings.map { $0.name }.filter {
        (try? Strategy.encoding($0).inlineLimit) == 0
    }

    @Test(arguments: bases)
    func everyEncodingTakesIt(_ base: String) throws {
        for limit in [1, 64, 65_536] as [UInt64] {
            let encoding = try Strategy.encoding("\(base):inline=\(limit)")
            #expect(encoding.inlineLimit == limit && encoding.description == "\(base):inline=\(limit)")
            let wrapped = try Strategy.encoding("\(base):inline=\(limit)+zstd:3")
            #expect(wrapped.inlineLimit == limit && wrapped.description == "\(base):inline=\(limit)+zstd:3")
            #expect(try Strategy.encoding(wrapped.description).description == wrapped.description)
            #expect(try Strategy.encoding("\(base)+zstd:3", inlineLimit: limit).description == wrapped.description)
            let plain = try Strategy.encoding(base)
            #expect(encoding.usesTree == plain.usesTree && encoding.requiredDigests == plain.requiredDigests)
        }
    }

    @Test(arguments: bases)
    func itsBytesAreTheBases(_ base: String) throws {
        let plain = EncodingCase(encoding: try Strategy.encoding(base))
        let inlining = EncodingCase(encoding: try Strategy.encoding("\(base):inline=64"))
        for sample in RecipeSample.all {
            let (encoded, expected) = (try inlining.encode(sample), try plain.encode(sample))
            #expect(encoded?.bytes == expected?.bytes)
            guard let (bytes, layer) = encoded else { continue }
            #expect(expected?.layer.attachment == layer.attachment)
            #expect(try inlining.encoding.decode(bytes[...], against: layer) == sample.recipe)
            let streams = try inlining.encoding.streams(of: bytes[...], against: layer)
            #expect(try streams == plain.encoding.streams(of: bytes[...], against: layer))
        }
    }

    /// composefs-rs keeps payloads up to 64 bytes inline, and expects that of others.
    @Test func aFormatThatFixesItsLimitTakesNoOther() throws {
        for text in ["splitstream", "splitstream:inline=64", "splitstream:inline=064"] {
            let encoding = try Strategy.encoding(text)
            #expect(encoding.description == "splitstream" && encoding.inlineLimit == 64)
        }
        #expect(try Strategy.encoding("splitstream", inlineLimit: 64).description == "splitstream")
        for text in ["0", "1", "63", "65", "65536", "65537", "x"] {
            for text in ["splitstream:inline=\(text)", "splitstream:inline=\(text)+zstd:3"] {
                let error = #expect(throws: StrategyError.self) { try Strategy.encoding(text) }
                #expect(error?.kind == .unknown && error?.description.contains("\n") == false)
            }
        }
        let error = #expect(throws: StrategyError.self) { try Strategy.encoding("splitstream", inlineLimit: 0) }
        #expect(error?.reason.contains("up to 64 bytes") == true)
        #expect(!Self.bases.contains(Splitstream.name) && Self.bases.count == Catalogue.encodings.count - 1)
    }

    @Test func noneIsNoParameter() throws {
        for text in ["raw:inline=0", "raw:inline=00", "raw"] {
            #expect(try Strategy(parsing: text).description == "raw@commit-metadata")
        }
        #expect(try Strategy(parsing: "raw:inline=064").description == "raw:inline=64@commit-metadata")
        #expect(try Strategy.encoding("raw", inlineLimit: 0).description == "raw")
    }

    @Test(arguments: [
        "raw:inline", "raw:inline=", "raw:inline=65537", "raw:inline=-1", "raw:inline=+1", "raw:inline=1.5",
        "raw:inline=x",
        "raw:inline=99999999999999999999", "raw:inline=64,other=1", "raw:inlin=64", "raw+zstd:3,inline=64",
    ])
    func otherLimitsAreRefused(_ text: String) {
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: text) }
        #expect(error?.kind == .unknown && error?.description.contains("\n") == false)
    }
}
