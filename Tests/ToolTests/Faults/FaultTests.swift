import Foundation
import OSTree
import TestSupport
import Testing

/// Imports and removals that are killed, or that the disk refuses something, at any of their calls: every layer is there as a
/// whole or not at all, nothing that was there is lost, and what was cut short can be done again and leaves nothing.
///
/// `LAYERLAB_KILLS` and `LAYERLAB_FAULTS` say how many (`make soak` asks for hundreds), `LAYERLAB_SEED` which.
@Suite(.serialized) struct FaultTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = FaultShim.seed
    private static let kills = environment["LAYERLAB_KILLS"].flatMap(Int.init) ?? 20
    private static let faults = environment["LAYERLAB_FAULTS"].flatMap(Int.init) ?? 12

    /// Scenarios that are prepared, with the calls that each makes when nothing happens.
    private final class Prepared {
        let scenario: FaultScenario
        let prepared: FaultScenario.Prepared
        let counts: [String: Int]

        init(_ scenario: FaultScenario) throws {
            self.scenario = scenario
            prepared = try scenario.prepare()
            let run = try FaultRun(scenario, prepared, nil)
            guard run.result.exitCode == 0 else { throw ProgramError(description: "\(scenario): \(run.result.errors)") }
            try run.expectSound()
            counts = run.report.counts.filter { $0.value > 0 }
        }
    }

    /// So many scenarios as are worth their preparation.
    private static func scenarios(for runs: Int, _ generator: inout SeededGenerator) throws -> [Prepared] {
        // One of each work, in the first place.
        let strategies = FaultScenario.strategies.shuffled(using: &generator)
        var chosen = FaultScenario.Work.allCases.enumerated().map { index, work in
            FaultScenario(
                work: work, mode: Bool.random(using: &generator) ? .bareUser : .archive,
                strategy: strategies[index % strategies.count])
        }
        for scenario in FaultScenario.all.shuffled(using: &generator)
        where chosen.count < runs / 6 && !chosen.contains(where: { $0.description == scenario.description }) {
            chosen.append(scenario)
        }
        return try chosen.map(Prepared.init)
    }

    /// Spreads runs over the phases, and over the calls of each.
    private static func spread(
        _ runs: Int, of actions: [Fault.Action], _ generator: inout SeededGenerator, _ body: (FaultRun) throws -> Void
    ) throws -> [String: Int] {
        let scenarios = try scenarios(for: runs, &generator)
        let phases = Set(scenarios.flatMap(\.counts.keys)).sorted()
        var (hits, missed, turn) = ([String: Int](), 0, 0)
        while hits.values.reduce(0, +) < runs, missed <= runs / 4 + 4 {
            let phase = phases[turn % phases.count]
            turn += 1
            guard let place = scenarios.filter({ $0.counts[phase] != nil }).randomElement(using: &generator) else {
                continue
            }
            let number = Int.random(in: 1...place.counts[phase]!, using: &generator)
            let action = actions[turn % actions.count]
            let run = try FaultRun(
                place.scenario, place.prepared, Fault(action: action, phase: phase, number: number))
            // Threads may need a call fewer than the last time.
            if run.report.hit == nil { missed += 1 } else { hits[phase, default: 0] += 1 }
            try body(run)
        }
        #expect(hits.values.reduce(0, +) == runs, "\(missed) were not hit")
        return hits
    }

    private static func say(_ what: String, _ hits: [String: Int]) {
        let parts = hits.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print("seed \(seed): \(hits.values.reduce(0, +)) \(what): \(parts.joined(separator: ", "))")
    }

    @Test func killedAnywhereALayerIsWholeOrAbsent() throws {
        var generator = SeededGenerator(seed: Self.seed)
        let strategies = [nil, nil, "delta@sidecar", "raw@commit-metadata", "raw@separate-ref"]
        var turn = 0
        let hits = try Self.spread(Self.kills, of: [.kill], &generator) { run in
            if run.report.hit != nil { #expect(run.result.exitCode == -SIGKILL) }
            try run.expectSound()
            turn += 1
            try run.expectRepetition(by: strategies[turn % strategies.count])
        }
        Self.say("kills", hits)
    }

    @Test func aDiskThatRefusesIsAnErrorThatLeavesNothing() throws {
        var generator = SeededGenerator(seed: Self.seed &+ 1)
        let actions: [Fault.Action] = [.noSpaceOnce, .inputOutputOnce, .noSpace, .inputOutput]
        var harmless: [String: Int] = [:]
        let hits = try Self.spread(Self.faults, of: actions, &generator) { run in
            let hit = run.report.hit
            if run.result.exitCode == 0, let hit {
                // What only takes away, or only sets a time, may fail.
                #expect(["removal", "tidying", "other"].contains(hit.phase) || hit.call == "utimensat", "\(hit)")
                harmless[hit.call, default: 0] += 1
            } else if hit != nil {
                try run.expectFailure(isAlone: run.fault?.action.isOnce == true)
            }
            try run.expectSound()
            try run.expectRepetition()
        }
        Self.say("faults", hits)
        if !harmless.isEmpty { Self.say("of them that need not be told of", harmless) }
    }

    /// Killed again and again, an import leaves no more than when it is killed once.
    @Test func killsInARowLeaveNoMoreThanOne() throws {
        let scenario = FaultScenario(work: .importing, mode: .bareUser, strategy: "raw@sidecar")
        let place = try Prepared(scenario)
        for phase in ["staging", "recipe", "refs"] {
            let count = try #require(place.counts[phase])
            let fault = Fault(action: .kill, phase: phase, number: count)
            let run = try FaultRun(scenario, place.prepared, fault)
            func left() -> Int {
                ["tmp", "extensions", "refs"].reduce(0) { sum, name in
                    let folder = run.repo + "/" + name
                    return sum + ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).count
                }
            }
            let once = left()
            for _ in 0..<5 {
                let again = try FaultRun.tool(
                    place.prepared.arguments, run.repo, fault, report: place.prepared.folder.path("report"))
                #expect(again.exitCode == -SIGKILL || again.exitCode == 0)
                #expect(left() <= once, "\(phase)")
            }
            try run.expectSound()
            try run.expectRepetition()
        }
    }
}
