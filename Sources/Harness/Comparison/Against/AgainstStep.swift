internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Processes
internal import Strategies

/// Something that both tools do in turn.
struct AgainstStep {
    let name: String
    /// Whether it leaves repositories behind.
    private(set) var isImport = false
    private let outcome: Metric
    private let sample: (AgainstSide, _ place: String) throws -> [(Metric, seconds: Double)]
    private(set) var hasFailed = false
    /// How often it is done in each round.
    private(set) var turns = 1

    /// What takes little time is cheap to measure more often, and a shared machine makes that necessary. A pair of it is
    /// repeated in each round until they have taken half a second.
    private static let secondsPerRound = 0.5
    private static let mostTurns = 4

    static func turns(ofPairsThatTake seconds: Double) -> Int {
        min(mostTurns, max(1, Int(secondsPerRound / max(seconds, 1e-3))))
    }

    /// Takes a sample of each side, in this order. One that fails ends the step, not the run. How long one takes that is not
    /// recorded says how many turns the step has.
    ///
    /// - Parameter place: where paths of the sample's own begin.
    mutating func measure(
        _ sides: [AgainstSide], at place: String, isRecorded: Bool, into results: inout AgainstResults
    ) {
        var samples: [(side: AgainstSide, metric: Metric, seconds: Double)] = []
        let begin = ContinuousClock.now
        for side in sides {
            do {
                samples += try sample(side, place).map { (side, $0.0, $0.seconds) }
            } catch {
                // A sample that somebody's wish to stop has ended is no failure of the tool's.
                guard Interruption.pending == nil else { return }
                hasFailed = true
                results.update(outcome, side) { values in
                    values.outcome = .error
                    values.error = "\(name): \(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
                }
                return
            }
        }
        guard isRecorded else {
            turns = AgainstStep.turns(ofPairsThatTake: begin.duration(to: .now) / .seconds(1))
            return
        }
        for sample in samples {
            results.update(sample.metric, sample.side) { $0.seconds = ($0.seconds ?? []) + [sample.seconds] }
        }
    }

    /// `layerlab import` into a fresh repository that does not sync: what a disk takes to sync is not the tool's.
    init(import held: HeldByBoth) {
        name = "import by \(held.plan.strategy)"
        isImport = true
        outcome = held.metric("outcome")
        hasFailed = !held.isComplete
        sample = { side, place in
            var seconds = 0.0
            let report = try held.importing(by: side).run(
                held.prepared.tar.path, into: "\(place)-\(side)", mode: held.plan.mode
            ) {
                let result = try $0.runChecked()
                seconds = result.wallSeconds
                return result
            }
            guard report.diffID == held.prepared.tar.diffID.description else {
                throw LocatedError("imported \(report.diffID)", in: held.prepared.layer.name)
            }
            return [(held.metric("import"), seconds)]
        }
    }

    /// `layerlab rebuild`, verified, to /dev/null.
    init(rebuild held: HeldByBoth) {
        name = "rebuild by \(held.plan.strategy)"
        outcome = held.metric("outcome")
        hasFailed = !held.isComplete
        sample = { side, _ in
            guard let layer = held.layers[side] else { return [] }
            let result = try held.rebuild(layer.report.ref, in: layer.repository, by: side, into: "/dev/null")
                .runChecked()
            return [(held.metric("rebuild"), result.wallSeconds)]
        }
    }

    /// `layerlab measure encodings`: encoding and decoding in memory, the median of some.
    init?(encoding held: HeldByBoth) {
        guard held.isComplete else { return nil }
        let encoding = held.plan.strategy.encoding.description
        name = "\(encoding) in memory"
        outcome = Metric("encoding's outcome", by: encoding, on: held.prepared.layer.name)
        sample = { side, _ in
            guard let layer = held.layers[side], let tool = held.tools[side] else { return [] }
            let result = try ChildProcess(
                tool.path,
                [
                    "measure", "encodings", layer.report.ref, "--repo", layer.repository, "--json", "--samples",
                    "\(AgainstStep.repetitions)", "--entries", "\(layer.report.entries)", "--encoding", encoding,
                ] + held.options, timeoutSeconds: 3_600
            ).runChecked()
            let record = try JSONDecoder().decode(EncodingRecord.self, from: Data(result.output.bytes))
            guard record.outcome == .exact, let encode = Samples(record.encodeSeconds),
                let decode = Samples(record.decodeSeconds)
            else { throw LocatedError(record.error ?? record.outcome.rawValue, in: encoding) }
            func metric(_ quantity: String) -> Metric {
                Metric(quantity, by: encoding, on: held.prepared.layer.name)
            }
            return [(metric("encode"), encode.median), (metric("decode"), decode.median)]
        }
    }

    /// How often a process of `measure encodings` encodes and decodes; its median is one sample.
    private static let repetitions = 5
}
