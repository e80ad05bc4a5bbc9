@testable import Harness

extension MachineDescription {
    /// A machine that never was.
    static let sample = MachineDescription(
        processor: "Sample CPU 9000 @ 2.00GHz", cores: 2, memoryBytes: 8_000_000_000, kernel: "6.1.0",
        operatingSystem: "Sample OS 1", fileSystem: "ext4", swiftVersion: nil, buildConfiguration: "release",
        governor: nil, versions: ["tar-split": "tar-split 1", "ostree": "2"])
}

extension BenchRecord {
    /// A strategy's row on a layer of 10 MB with 1,000 entries.
    static func sample(_ name: String = "raw@sidecar", layer: String = "host") -> BenchRecord {
        var record = timed(
            name, layer: layer, role: .strategy, mode: "bare-user", import: [0.1, 0.05, 0.2],
            rebuild: [0.04, 0.05, 0.02])
        record.policy = "identity"
        record.entries = 1_000
        (record.recipeBytes, record.storedBytes, record.orphanBytes) = (123_456, 123_500, 0)
        record.exact = true
        return record
    }

    /// A row with these samples.
    static func timed(
        _ name: String, layer: String = "host", role: Role = .peer, mode: String? = nil,
        import importing: [Double] = [],
        rebuild: [Double] = [], cache: CacheState = .warm
    ) -> BenchRecord {
        var record = BenchRecord(layer: layer, role: role, name: name, mode: mode, layerBytes: 10_000_000)
        for (operation, seconds) in [(BenchOperation.import, importing), (.rebuild, rebuild)] where !seconds.isEmpty {
            record.update(operation, cache) {
                $0.seconds = seconds
                $0.processorSeconds = seconds
            }
        }
        return record
    }
}

extension EncodingRecord {
    static func sample(
        _ encoding: String, layer: String = "host", bytes: Int, encode: Double, decode: Double
    ) -> EncodingRecord {
        var record = EncodingRecord(
            layer: layer, encoding: encoding, entries: 1_000, layerBytes: 10_000_000, outcome: .exact)
        record.recipeBytes = bytes
        record.encodeSeconds = [encode, encode * 2, encode / 2]
        record.decodeSeconds = [decode]
        return record
    }
}

extension BenchSettings {
    /// Three rounds and no more.
    static let sample: BenchSettings = {
        var settings = BenchSettings()
        (settings.minimumSamples, settings.maximumSamples) = (3, 3)
        return settings
    }()
}

extension BenchResults {
    static func sample(_ records: [BenchRecord], leftOut: [String] = []) -> BenchResults {
        var results = BenchResults(
            date: "2024-02-03T04:05:06Z", command: "layerlab bench host --samples 3", machine: .sample,
            settings: .sample,
            leftOut: leftOut)
        results.ending = .complete
        results.records = records
        results.layers = Set(records.map(\.layer)).sorted().map {
            .init(name: $0, policy: "identity", diffID: "sha256:00", bytes: 10_000_000, entries: 1_000)
        }
        return results
    }
}
