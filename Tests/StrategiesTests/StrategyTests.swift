import Strategies
import Testing

@Suite struct StrategyTests {
    @Test(arguments: [
        ("raw@sidecar", "raw@sidecar"), ("raw", "raw@commit-metadata"),
        ("zstd:19", "raw+zstd:19@commit-metadata"), ("zstd:1@discard", "raw+zstd:1@discard"),
        ("raw+zstd:22@separate-ref", "raw+zstd:22@separate-ref"),
        ("raw+zstd:007@sidecar", "raw+zstd:7@sidecar"),
        ("raw+zstd:3+zstd:19", "raw+zstd:3+zstd:19@commit-metadata"),
        ("tarsplit", "tarsplit@commit-metadata"), ("tarsplit:level=06@sidecar", "tarsplit@sidecar"),
        ("tarsplit:level=9+base64", "tarsplit:level=9+base64@commit-metadata"),
    ])
    func namesHaveACanonicalForm(_ text: String, _ canonical: String) throws {
        #expect(try Strategy(parsing: text).description == canonical)
        #expect(try Strategy(parsing: canonical).description == canonical)
    }

    @Test func everyStrategyOfTheCatalogueIsParsedFromItsName() throws {
        for strategy in Catalogue.allStrategies {
            #expect(try Strategy(parsing: strategy.description).description == strategy.description)
        }
        #expect(try Strategy(parsing: Strategy.standard.description).description == Strategy.standard.description)
    }

    @Test(arguments: [
        ("rw", "raw"), ("rax@sidecar", "raw"), ("zst:19", "zstd"), ("raw@sidcar", "sidecar"),
        ("raw@commit-metdata", "commit-metadata"), ("raw+zst:3", "zstd"), ("raw@separateref", "separate-ref"),
    ])
    func unknownNamesSuggestTheNearest(_ text: String, _ nearest: String) {
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: text) }
        #expect(error?.kind == .unknown)
        #expect(error?.reason.contains("did you mean '\(nearest)'?") == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: ["", "@", "@sidecar", "raw@", "raw@sidecar@sidecar", "+zstd:3", "nonsense", "raw@nowhere-at-all"])
    func unknownNamesListWhatIsKnown(_ text: String) {
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: text) }
        #expect(error?.kind == .unknown && error?.reason.contains("known: ") == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test(arguments: [
        "zstd", "zstd:", "zstd:x", "zstd:0", "zstd:23", "zstd:-1", "zstd:99999999999999999999", "raw+zstd", "raw+",
        "raw+zstd:3:4", "zstd:3.5", "zstd: 3", "tarsplit+base64:1", "tarsplit+base64:", "tarsplit:level=10",
    ])
    func badLevelsAreRefused(_ text: String) {
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: text) }
        #expect(error?.kind == .unknown)
    }

    @Test(arguments: ["raw:", "raw:x", "raw:level=3", "raw:=", "raw:a=b,c", "raw:a=b,c=d", "raw:,", "tarsplit:size=1"])
    func badParametersAreRefused(_ text: String) {
        let error = #expect(throws: StrategyError.self) { try Strategy(parsing: text) }
        #expect(error?.kind == .unknown)
    }

    @Test func nearestTakesTheFewestEdits() {
        #expect(nearest(to: "kitten", among: ["sitting", "kitchen", "mitten"]) == "mitten")
        #expect(nearest(to: "same", among: ["other", "same"]) == "same")
        #expect(nearest(to: "", among: ["raw"]) == nil)
        #expect(nearest(to: "completely-else", among: ["raw", "zstd"]) == nil)
        #expect(nearest(to: "raw", among: []) == nil)
    }
}
