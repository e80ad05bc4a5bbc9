internal import Foundation
internal import LayerStore

/// The rounds of one layer, end to end. Each round runs every subject once before the next begins, so that a slow minute
/// of the machine meets all of them, and each round in another order, so that none always follows the same neighbour.
struct LayerRounds {
    /// Why the rounds ended.
    enum Ending: Equatable {
        /// All intervals are narrow enough, or the rounds are as many as was asked for.
        case complete
        /// The layer's share of the time is used up; the minimum was reached.
        case share
        /// No time is left at all, or no room.
        case exhausted(String)
    }

    let subjects: [any BenchSubject]
    let settings: BenchSettings
    let pageCache: PageCache
    let folder: URL
    /// When the layer's share of the budget is over.
    let share: ContinuousClock.Instant?
    /// When the whole budget is over.
    let deadline: ContinuousClock.Instant?
    /// Bytes that a round needs on the disk.
    let roundBytes: UInt64
    /// Whether there is nothing more to learn; where nil, the intervals of all our ratios to the usual peers decide.
    var isSettled: (([BenchRecord]) -> Bool)?
    /// Whether a row is still worth a sample, now that others may have failed.
    var isNeeded: (BenchRecord, _ all: [BenchRecord]) -> Bool = { _, _ in true }

    /// What comes out while the rounds run.
    struct Reports {
        /// Told what is about to be measured, and which share of the rounds is done.
        var status: (String, Double) -> Void
        /// Told of what deserves a line of its own.
        var note: (String) -> Void
        /// Called after each measurement with all rows.
        var save: ([BenchRecord], _ isRoundOver: Bool) throws -> Void
    }

    /// Measures until there is reason to stop.
    func run(_ reports: Reports) throws -> Ending {
        for number in 0...settings.maximumSamples {
            if let free = FreeSpace.bytes(at: folder.path), free < roundBytes {
                return .exhausted("the disk has no room for another round after \(max(number - 1, 0))")
            }
            if number > 0, isOver(deadline) { return .exhausted("the time budget is over after \(number - 1) rounds") }
            try round(number, reports)
            guard number >= settings.minimumSamples, number > 0 else { continue }
            let isSettled =
                isSettled?(records) ?? Precision(of: records).isReached(settings.precision, in: settings.caches)
            if isSettled { return .complete }
            if number < settings.maximumSamples, isOver(share) { return .share }
        }
        return .complete
    }

    private var records: [BenchRecord] { subjects.flatMap(\.records) }

    /// Runs every subject that has not failed, warm ones first and then cold ones. Round 0 is the warm-up: it fills caches
    /// and is not recorded, but a subject that fails in it need not try again.
    private func round(_ number: Int, _ reports: Reports) throws {
        let round =
            number == 0 ? "warm-up" : "round \(number) of \(settings.minimumSamples)–\(settings.maximumSamples)"
        let order = BenchOrder.order(of: subjects.count, round: number)
        let steps = settings.caches.flatMap { cache in order.map { (index: $0, cache: cache) } }
        for (position, step) in steps.enumerated() where subjects[step.index].records[0].error == nil {
            try Interruption.check()
            let subject = subjects[step.index]
            // What fails does so in the warm-up, so that it has to be over before anything is not needed.
            guard number == 0 || isNeeded(subject.records[0], records) else { continue }
            let done = Double(number) + Double(position) / Double(steps.count)
            reports.status("\(round): \(subject.records[0].name)", done / Double(settings.expectedRounds + 1))
            let place = folder.appending(component: "\(step.index)-\(number)-\(step.cache.rawValue)").path
            do {
                try subject.measure(
                    Sample(
                        place: place, cache: step.cache, pageCache: pageCache, readsWarm: settings.caches.count > 1,
                        isRecorded: number > 0))
            } catch {
                try Interruption.check()
                let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
                for row in subject.records.indices { subject.records[row].error = reason }
                let mode = subject.records[0].mode.map { " in \($0)" } ?? ""
                reports.note("  \(subject.records[0].name)\(mode) fails: \(reason)")
            }
            try reports.save(records, false)
        }
        try reports.save(records, true)
    }

    private func isOver(_ instant: ContinuousClock.Instant?) -> Bool {
        instant.map { ContinuousClock().now >= $0 } ?? false
    }
}

extension BenchSettings {
    /// How many rounds an estimate reckons with.
    var expectedRounds: Int { (minimumSamples + maximumSamples + 1) / 2 }
}

/// How narrow the intervals of a layer's ratios are.
struct Precision {
    private let records: [BenchRecord]

    init(of records: [BenchRecord]) { self.records = records }

    /// Whether the 95 % intervals of all our ratios to a peer reach no further than this share from their medians. Without
    /// a peer, the medians' own intervals are what counts.
    func isReached(_ precision: Double, in caches: [CacheState]) -> Bool {
        records.filter { $0.role == .strategy && $0.error == nil }.allSatisfy { record in
            caches.allSatisfy { cache in
                BenchOperation.allCases.allSatisfy { operation in
                    width(of: record, operation, cache).map { $0 <= precision } ?? true
                }
            }
        }
    }

    /// The larger of the two distances between an interval's end and the median, as a share of the median; nil where the
    /// row has no such measurement.
    func width(of record: BenchRecord, _ operation: BenchOperation, _ cache: CacheState) -> Double? {
        guard let samples = record.samples(operation, cache) else { return nil }
        let reference = BenchReference.of(operation, for: record, among: records)
        let ratio =
            reference.flatMap { record.speed(comparedTo: $0, operation, cache) }
            ?? PairedRatio(of: samples, to: Samples(samples.values.map { _ in 1 }) ?? samples)
        return ratio.map {
            max($0.interval.upperBound - $0.median, $0.median - $0.interval.lowerBound) / $0.median
        }
    }
}

/// Which peer a row of ours is compared with.
enum BenchReference {
    static func of(
        _ operation: BenchOperation, for record: BenchRecord, among records: [BenchRecord]
    ) -> BenchRecord? {
        let name =
            switch operation {
            case .import: OSTreeCommitSubject.name
            case .rebuild: TarSplitSubject.name
            }
        return records.first {
            $0.layer == record.layer && $0.name == name && $0.error == nil && ($0.mode == nil || $0.mode == record.mode)
        }
    }
}

/// Room on a file system.
enum FreeSpace {
    /// Bytes that are free where this path lies; nil where that cannot be told.
    static func bytes(at path: String) -> UInt64? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.uint64Value
    }
}
