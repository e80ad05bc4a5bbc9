import Digests
import Foundation
import LayerStore
import Tar
import TestSupport
import Testing

@testable import Strategies

/// `tarsplit` against the real tar-split: the same lines, and the same streams carried.
@Suite struct RealTarSplitTests {
    private static let samples: [TarSample] = RealTarSplit.isThere ? TarSample.all : []
    private static let writers = RealTarSplit.isThere ? RealWriterTests.present : []

    @Test func tarSplitIsThere() {
        if !RealTarSplit.isThere { print("left out: tar-split is not there") }
        if ProcessInfo.processInfo.environment["CI"] == "true" { #expect(RealTarSplit.isThere) }
    }

    /// What tar-split takes there and back we write as it does, and nothing else.
    @Test(arguments: samples)
    func sampleIsCarriedWhereTarSplitCarriesIt(_ sample: TarSample) throws { try compare(sample.bytes) }

    @Test(arguments: writers)
    func streamOfARealWriterIsCarriedWhereTarSplitCarriesIt(_ writer: RealWriter) throws {
        for stream in try writer.write().streams { try compare(stream) }
    }

    private func compare(_ stream: [UInt8]) throws {
        let recipe = try Recipe(splitting: stream)
        let layer = try LayerContext(splitting: stream)
        let theirs = try RealTarSplit.disassemble(stream)
        let extracted = try RealTarSplit.extract(stream)
        let tree = extracted.path("tree")
        do {
            let ours = try TarSplit().encode(recipe, against: layer)
            let isSame = try inflated(ours) == theirs.map(inflated)
            #expect(isSame)
            let isRebuilt = try RealTarSplit.assemble(ours, payloads: tree) == stream
            #expect(isRebuilt)
        } catch let error as StrategyError {
            #expect(error.kind == .cannot)
            let isRebuilt = try theirs.flatMap { try RealTarSplit.assemble($0, payloads: tree) } == stream
            // It carries a sparse file without a map, and what bsdtar makes a plain file of: we do not rely on that.
            let isCautious = ["sparse", "no plain file"].contains { error.reason.contains($0) }
            #expect(!isRebuilt || isCautious, "tar-split carries it: \(error)")
        }
    }

    private func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        let gzip = try GzipReader(bytes[...], of: "test", limit: 1 << 30)
        var result: [UInt8] = []
        while let chunk = try gzip.next() { result += chunk }
        return result
    }
}
