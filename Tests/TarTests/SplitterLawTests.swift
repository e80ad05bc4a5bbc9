import Tar
import TestSupport
import Testing

/// What holds for every stream: the splitter is exact, and the size of the chunks does not matter.
@Suite struct SplitterLawTests {
    private static let chunkSizes = [1, 7, 511, 512, 513, 4096]

    @Test(arguments: TarSample.all)
    func everySampleIsExactInEveryChunking(_ sample: TarSample) throws {
        let whole = try RecordingSink(splitting: sample.bytes)
        #expect(whole.bytes == sample.bytes)
        for size in Self.chunkSizes {
            #expect(try RecordingSink(splitting: sample.bytes, chunkSize: size) == whole, "chunks of \(size)")
        }
    }

    @Test func chunksAreSlicesThatNeedNotStartAtZero() throws {
        let stream = TarSample.rich.bytes
        let padded = [1, 2, 3] + stream + [4, 5]
        var (splitter, sink) = (Splitter(), RecordingSink())
        try splitter.consume(padded[3..<padded.count - 2], into: &sink)
        try splitter.finish(into: &sink)
        #expect(try sink == RecordingSink(splitting: stream))
    }

    @Test func everyTruncationIsExactAndFound() throws {
        let stream = TarSample.rich.bytes
        for count in 0..<stream.count {
            let cut = Array(stream.prefix(count))
            let sink = try RecordingSink(splitting: cut)
            #expect(sink.bytes == cut, "cut at \(count)")
            let findings = sink.findingKinds.filter { $0 != .sparseFile }
            #expect(findings.count == 1, "cut at \(count)")
        }
        #expect(try RecordingSink(splitting: stream).findingKinds == [.sparseFile])
    }

    @Test(arguments: [0, 1, 511, 512, 513, 5000])
    func randomBytesAreExact(_ count: Int) throws {
        for seed in UInt64(0)..<20 {
            var generator = SeededGenerator(seed: seed)
            let stream = generator.bytes(count)
            let sink = try RecordingSink(splitting: stream)
            #expect(sink.bytes == stream && sink.entries.isEmpty && sink.findings.count == 1, "seed \(seed)")
        }
    }

    @Test func everyMutationIsExact() throws {
        let samples = TarSample.all.filter { $0.bytes.count < 1 << 16 }
        for seed in UInt64(0)..<3000 {
            var generator = SeededGenerator(seed: seed)
            let sample = samples[Int(seed % UInt64(samples.count))]
            let stream = generator.mutation(of: sample.bytes)
            let whole = try RecordingSink(splitting: stream)
            let chunked = try RecordingSink(splitting: stream, chunkSize: Int.random(in: 1...700, using: &generator))
            #expect(whole.bytes == stream && chunked == whole, "seed \(seed) of \(sample)")
        }
    }

    @Test func segmentsArePayloadsInTheirEntries() throws {
        for sample in TarSample.all {
            try FuzzTarget.checkPayloads(of: RecordingSink(splitting: sample.bytes))
        }
    }
}
