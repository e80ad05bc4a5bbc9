import TestSupport
import Testing

/// The fuzzer's laws on mutations that are the same in every run; `make fuzz` looks for more.
@Suite struct DecoderFuzzTests {
    @Test func mutationsOfTheSeedsBreakNoLaw() throws { try FuzzTarget.decoders.checkMutations(count: 1500) }

    /// Of what another libzstd may compress otherwise, the names are compared.
    @Test(arguments: FuzzTarget.all.map(\.name))
    func theCommittedSeedsAreTheGenerators(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        if FuzzTarget.writesSeeds { try target.writeSeeds() }
        let committed = try target.committedSeeds()
        let made = try target.makeSeeds().sorted { $0.name < $1.name }
        #expect(committed.map(\.name).sorted() == made.map(\.name), "make fuzz-seeds writes them anew")
        for seed in made where !seed.isCompressed {
            let isSame = committed.contains { $0.name == seed.name && $0.bytes == seed.bytes }
            #expect(isSame, "\(seed.name)")
        }
        // Each encoding brings its own.
        #expect(committed.reduce(0) { $0 + $1.bytes.count } < max(400_000, committed.count * 1_000))
    }
}
