import Digests
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// Every sample in every mode: the stream comes back, and the real programs accept the repository.
@Suite struct RoundTripTests {
    /// One sample in one mode, with some of the strategies: by default so many that each sample meets each strategy and
    /// each mode, and each mode each strategy; all of them by `LAYERLAB_FULL=1`.
    struct Case: Sendable, CustomStringConvertible {
        let sample: TarSample
        let mode: RepositoryMode
        let strategies: [Strategy]
        let policy: PathPolicy

        var description: String { "\(sample), \(mode.rawValue)" }

        static let all: [Case] = TarSample.all.enumerated().flatMap { number, sample in
            RepositoryMode.allCases.enumerated().map { column, mode in
                let chosen = Catalogue.allStrategies.enumerated()
                    .filter { TestScale.isFull || ($0.offset + number) % RepositoryMode.allCases.count == column }
                return Case(
                    sample: sample, mode: mode, strategies: chosen.map(\.element),
                    policy: PathPolicy.allCases[(number + column) % PathPolicy.allCases.count])
            }
        }
    }

    @Test(arguments: Case.all)
    func rebuildGivesTheSameBytesAlsoAfterPrune(_ test: Case) throws {
        let temporary = try TemporaryRepository(test.mode)
        for strategy in test.strategies {
            let layer = try temporary.importingIfCarried(
                test.sample.bytes, strategy: strategy, policy: test.policy, proof: .full)
            guard let layer else { continue }
            #expect(layer.layer.diffID == SHA256Stream.digest(of: test.sample.bytes))
            #expect(layer.layerBytes == UInt64(test.sample.bytes.count) && layer.blob == layer.layer.diffID)
            #expect(try temporary.rebuild(layer.ref) == test.sample.bytes, "\(strategy)")
            let prune = try temporary.ostree("prune", "--refs-only")
            #expect(prune.exitCode == 0, "\(strategy): \(prune.errors)")
            #expect(try temporary.rebuild(layer.ref) == test.sample.bytes, "\(strategy), after prune")
        }
        #expect(try temporary.damage() == nil)
        #expect(try temporary.leftovers() == [])
    }

    @Test func everyPairIsTested() {
        var pairs: Set<String> = []
        for test in Case.all {
            for strategy in test.strategies {
                pairs.insert("\(test.sample) \(strategy)")
                pairs.insert("\(test.mode) \(strategy)")
                pairs.insert("\(test.mode) \(test.sample)")
            }
        }
        let (samples, strategies, modes) = (TarSample.all.count, Catalogue.allStrategies.count, 4)
        #expect(pairs.count == samples * strategies + modes * strategies + modes * samples)
    }

    @Test(arguments: TarSample.all)
    func everyNameOfALayerIsFound(_ sample: TarSample) throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(sample.bytes)
        let names = [layer.ref, layer.blob.description, layer.layer.diffID.hex, layer.layer.diffID.description]
        for name in names {
            let rebuilder = try Rebuilder(name, in: temporary.repository)
            #expect(rebuilder.diffID == layer.layer.diffID && rebuilder.streamLength == layer.layerBytes)
        }
    }

    @Test(arguments: TarSample.all)
    func inspectedByteSharesAddUp(_ sample: TarSample) throws {
        let folder = try TemporaryFolder()
        let inspection = try LayerInspection(of: LayerSource(folder.write(sample.bytes, to: "layer")))
        let shares = inspection.bytes
        let sum =
            shares.headers + shares.extensions + shares.payloads + shares.padding + shares.end + shares.opaque
        #expect(sum == UInt64(sample.bytes.count) && inspection.byteCount == sum)
        #expect(inspection.diffID == SHA256Stream.digest(of: sample.bytes))
        let recording = try RecordingSink(splitting: sample.bytes)
        #expect(inspection.entryCount == recording.entries.count)
        #expect(inspection.entriesByKind.values.reduce(0, +) == recording.entries.count)
        #expect(inspection.entriesByDialect.values.reduce(0, +) == recording.entries.count)
        #expect(shares.headers == UInt64(512 * recording.entries.count))
        #expect(shares.payloads == UInt64(recording.payloads.reduce(0) { $0 + $1.count }))
        let repeated = inspection.findings.first.count { $0.kind == .repeatedPath }
        #expect(inspection.findings.count == recording.findings.count + repeated)
    }
}
