import Foundation
import Testing

@testable import Harness
import Processes

/// Rounds over subjects that take the times that a test gives them.
@Suite struct LayerRoundsTests {
    private final class Fake: BenchSubject {
        var records: [BenchRecord]
        private let seconds: (Int) -> Double
        private let failure: Int?
        private(set) var rounds = 0
        private(set) var warmUps = 0
        private(set) var places: [String] = []

        /// - Parameter failure: the round in which it fails; 0 is the warm-up.
        init(
            _ name: String, role: BenchRecord.Role = .strategy, failure: Int? = nil, seconds: @escaping (Int) -> Double
        ) {
            records = [BenchRecord(layer: "host", role: role, name: name, layerBytes: 1)]
            self.seconds = seconds
            self.failure = failure
        }

        func measure(_ sample: Sample) throws {
            if failure == (sample.isRecorded ? rounds + 1 : 0) { throw LocatedError("broke", in: "fake") }
            places.append(sample.place)
            guard sample.isRecorded else { return warmUps += 1 }
            rounds += 1
            records[0].update(.rebuild, sample.cache) { $0.seconds.append(seconds(rounds)) }
        }
    }

    private func run(
        _ subjects: [Fake], minimum: Int = 5, maximum: Int = 12, share: Double? = nil, deadline: Double? = nil,
        roundBytes: UInt64 = 0, save: @escaping ([BenchRecord], Bool) throws -> Void = { _, _ in }
    ) throws -> LayerRounds.Ending {
        var settings = BenchSettings()
        (settings.minimumSamples, settings.maximumSamples) = (minimum, maximum)
        let clock = ContinuousClock()
        let rounds = LayerRounds(
            subjects: subjects, settings: settings, pageCache: PageCache(.advice), folder: URL(filePath: "/tmp"),
            share: share.map { clock.now.advanced(by: .seconds($0)) },
            deadline: deadline.map { clock.now.advanced(by: .seconds($0)) }, roundBytes: roundBytes)
        return try rounds.run(.init(status: { _, _ in }, note: { _ in }, save: save))
    }

    private let peer = { Fake("tar-split", role: .peer) { Double($0) } }

    @Test func narrowIntervalsEndAtTheMinimum() throws {
        // Times drift, and the ratio to the peer stays: that is what counts.
        let (ours, theirs) = (Fake("raw@sidecar") { Double($0) * 2 }, peer())
        #expect(try run([ours, theirs]) == .complete)
        #expect((ours.rounds, theirs.rounds, ours.warmUps) == (5, 5, 1))
        #expect(Set(ours.places).count == 6)
    }

    @Test func wideIntervalsGoOnToTheMaximum() throws {
        let ours = Fake("raw@sidecar") { $0 % 2 == 0 ? 1 : 3 }
        #expect(try run([ours, peer()]) == .complete)
        #expect(ours.rounds == 12)
    }

    @Test func timeIsUp() throws {
        let wild = { Fake("raw@sidecar") { $0 % 2 == 0 ? 1 : 3 } }
        let ours = wild()
        #expect(try run([ours], share: 0) == .share)
        #expect(ours.rounds == 5)
        let late = wild()
        #expect(try run([late], deadline: 0) == .exhausted("the time budget is over after 0 rounds"))
        #expect(late.rounds == 0)
    }

    @Test func theDiskIsFull() throws {
        let ours = Fake("raw@sidecar") { _ in 1 }
        #expect(try run([ours], roundBytes: .max) == .exhausted("the disk has no room for another round after 0"))
    }

    @Test(arguments: [0, 1, 3])
    func whatFailsIsARowAndTheOthersGoOn(_ round: Int) throws {
        let failing = Fake("ostree export", role: .peer, failure: round) { _ in 1 }
        let ours = Fake("raw@sidecar") { _ in 1 }
        #expect(try run([failing, ours]) == .complete)
        #expect(failing.records[0].error == "fake: broke")
        #expect(failing.rounds == max(round - 1, 0))
        #expect(ours.rounds == 5 && ours.records[0].error == nil)
    }

    @Test func everyMeasurementIsHandedOn() throws {
        var counts: [Int] = []
        var ends = 0
        let subjects = [Fake("raw@sidecar") { Double($0) }, peer()]
        _ = try run(subjects) { records, isRoundOver in
            counts.append(records.reduce(0) { $0 + ($1.measurement(.rebuild)?.seconds.count ?? 0) })
            ends += isRoundOver ? 1 : 0
        }
        #expect(counts == [0, 0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9, 10, 10])
        #expect(ends == 6)
    }
}
