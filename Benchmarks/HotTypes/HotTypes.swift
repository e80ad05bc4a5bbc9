import Benchmark
import Subjects

/// Times and throughput of every subject: a pass works on a layer of `Subject.layerBytes`, or on what that layer gives.
let benchmarks: @Sendable () -> Void = {
    // Handed to each: the package's shared default is a global variable, which strict memory safety refuses.
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .cpuTotal, .throughput], warmupIterations: 3, maxDuration: .seconds(3),
        maxIterations: 1_000)

    for subject in Subject.all {
        Benchmark(subject.name, configuration: configuration) { benchmark in
            let pass = try subject.prepare(Subject.layerBytes)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { try pass() }
            benchmark.stopMeasurement()
        }
    }
}
