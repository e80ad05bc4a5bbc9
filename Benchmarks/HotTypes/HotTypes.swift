import Benchmark
import Digests
import Strategies
import Tar

/// The benchmarks: each pass works on one layer of `Layer.byteCount` bytes, or on that layer's recipe, and is an error
/// where its result is not the whole of it.
let benchmarks: @Sendable () -> Void = {
    // Handed to each: the package's shared default is a global variable, which strict memory safety refuses.
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .cpuTotal, .throughput], warmupIterations: 3, maxDuration: .seconds(3),
        maxIterations: 1_000)

    Benchmark("floor: array copy", configuration: configuration) { benchmark in
        let stream = Layer.smallFiles.stream
        var copy: [UInt8] = []
        copy.reserveCapacity(stream.count)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            copy.removeAll(keepingCapacity: true)
            copy.append(contentsOf: stream)
            blackHole(copy)
        }
        benchmark.stopMeasurement()
        benchmark.require(copy == stream, "the copy is another one")
    }

    Benchmark("floor: SHA256Stream", configuration: configuration) { benchmark in
        let layer = Layer.smallFiles
        for _ in benchmark.scaledIterations {
            var hasher = SHA256Stream()
            for chunk in layer.chunks { hasher.update(chunk) }
            benchmark.require(hasher.digest == layer.diffID, "the digest is another one")
        }
    }

    for layer in Layer.all {
        Benchmark("Splitter: \(layer.name)", configuration: configuration) { benchmark in
            for _ in benchmark.scaledIterations {
                var sink = CountingSink()
                var splitter = Splitter()
                for chunk in layer.chunks { try splitter.consume(chunk, into: &sink) }
                try splitter.finish(into: &sink)
                benchmark.require(sink == layer.expectation, "split into \(sink), and not \(layer.expectation)")
            }
        }
    }

    Benchmark("Raw: encode", configuration: configuration) { benchmark in
        let (recipe, expected) = (Layer.smallFilesRecipe, Layer.smallFilesRaw)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            let bytes = try Raw().encode(recipe, against: .empty)
            benchmark.require(bytes.count == expected.count, "encoded to \(bytes.count) bytes")
        }
    }

    Benchmark("Raw: decode", configuration: configuration) { benchmark in
        let (recipe, bytes) = (Layer.smallFilesRecipe, Layer.smallFilesRaw)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            let decoded = try Raw().decode(bytes[...], against: .empty)
            benchmark.require(
                decoded.streamLength == recipe.streamLength && decoded.segments.count == recipe.segments.count,
                "decoded to \(decoded.streamLength) bytes")
        }
    }

    Benchmark("Zstd: wrap, level 3", configuration: configuration) { benchmark in
        let (bytes, expected) = (Layer.smallFilesRaw, Layer.smallFilesWrapped)
        let zstd = try Zstd(level: 3)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            let wrapped = try zstd.wrap(bytes)
            benchmark.require(wrapped.count == expected.count, "wrapped to \(wrapped.count) bytes")
        }
    }

    Benchmark("Zstd: unwrap", configuration: configuration) { benchmark in
        let (bytes, wrapped) = (Layer.smallFilesRaw, Layer.smallFilesWrapped)
        let zstd = try Zstd(level: 3)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            let unwrapped = try zstd.unwrap(wrapped[...])
            benchmark.require(unwrapped.count == bytes.count, "unwrapped to \(unwrapped.count) bytes")
        }
    }
}

extension Benchmark {
    /// Ends the benchmark as failed where a result is not what it must be: otherwise it would measure nothing.
    func require(_ isRight: Bool, _ message: @autoclosure () -> String) {
        if !isRight { error(message()) }
    }
}
