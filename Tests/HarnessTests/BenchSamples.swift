@testable import Harness

extension MachineDescription {
    /// A machine that never was.
    static let sample = MachineDescription(
        processor: "Sample CPU 9000 @ 2.00GHz", cores: 2, memoryBytes: 8_000_000_000, kernel: "6.1.0",
        operatingSystem: "Sample OS 1", fileSystem: "ext4", swiftVersion: nil, buildConfiguration: "release",
        peers: ["tar-split": "tar-split 1", "ostree": "Version: 2"])
}

extension BenchRecord {
    /// A strategy's row on a layer of 10 MB with 1,000 entries.
    static func sample(_ name: String = "raw@sidecar", layer: String = "host") -> BenchRecord {
        BenchRecord(
            layer: layer, role: .strategy, name: name, mode: "bare-user", policy: "identity", entries: 1_000,
            layerBytes: 10_000_000, recipeBytes: 123_456, storedBytes: 123_500, orphanBytes: 0,
            importSeconds: [0.1, 0.05, 0.2], rebuildSeconds: [0.04, 0.05, 0.02], exact: true)
    }
}

extension BenchResults {
    static func sample(_ records: [BenchRecord], leftOut: [String] = []) -> BenchResults {
        var results = BenchResults(
            date: "2024-02-03T04:05:06Z", command: "layerlab bench host --samples 3", machine: .sample, durable: true,
            sampleCount: 3, leftOut: leftOut)
        results.records = records
        return results
    }
}
