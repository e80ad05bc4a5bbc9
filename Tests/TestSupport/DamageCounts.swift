private import Foundation
public import LayerStore
public import Strategies

/// How rebuilds out of damaged repositories ended.
public struct DamageCounts: Sendable {
    /// Ended by what was read, before the stream was whole.
    public private(set) var refused = 0
    /// Ended by the digest of the whole stream.
    public private(set) var byDigest = 0
    /// The stream was the layer all the same.
    public private(set) var harmless = 0
    /// A whole stream that is not the layer, and no error.
    public private(set) var silent = 0

    public init() {}

    public var injuries: Int { refused + byDigest + harmless + silent }

    /// Whether the counts are to be told: `LAYERLAB_COUNTS=1`.
    private static let isTold = ProcessInfo.processInfo.environment["LAYERLAB_COUNTS"] == "1"

    /// Rebuilds a layer by any of its names, and counts what comes of it; the error, where there is one.
    @discardableResult
    public mutating func rebuild(
        _ name: String, in repository: TemporaryRepository, expecting stream: [UInt8]
    ) -> LayerStoreError? {
        count(expecting: stream) { try repository.rebuild(name) }
    }

    /// The same of a layer by its commit.
    @discardableResult
    public mutating func rebuild(
        _ layer: StoredLayer, keptBy storage: any Storage, in repository: TemporaryRepository, expecting stream: [UInt8]
    ) -> LayerStoreError? {
        count(expecting: stream) {
            let sink = MemorySink()
            try Rebuilder(layer, keptBy: storage, in: repository.repository).rebuild(into: sink)
            return sink.bytes
        }
    }

    private mutating func count(expecting stream: [UInt8], _ rebuild: () throws -> [UInt8]) -> LayerStoreError? {
        do {
            if try rebuild() == stream { harmless += 1 } else { silent += 1 }
            return nil
        } catch {
            let known = error as? LayerStoreError
            if known?.message.hasPrefix("the rebuilt stream is") == true { byDigest += 1 } else { refused += 1 }
            return known ?? LayerStoreError(.input, "another kind of error: \(error)")
        }
    }

    /// One line on standard output, where the counts are to be told; `scripts/damage-counts` adds such lines up.
    public func tell(_ subject: String) {
        guard DamageCounts.isTold else { return }
        print(
            "damage: \(subject): \(injuries) injuries, \(refused) refused, \(byDigest) by digest, \(harmless) harmless, \(silent) silent"
        )
    }
}
