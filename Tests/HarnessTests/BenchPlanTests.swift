import LayerStore
import OSTree
import Strategies
import Testing

@testable import Harness

@Suite struct BenchPlanTests {
    private let layer = BenchPlan.Layer(name: "a", path: "a", policy: .identity, expectedBytes: 100_000_000)

    private func plan(
        _ strategies: [String]? = nil, layers: Int = 1, modes: [RepositoryMode] = [.bareUser],
        _ change: (inout BenchSettings) -> Void = { _ in }
    ) throws -> BenchPlan {
        var settings = BenchSettings()
        settings.includesPeers = false
        change(&settings)
        return BenchPlan(
            layers: Array(repeating: layer, count: layers),
            strategies: try strategies?.map { try Strategy(parsing: $0) }, modes: modes, settings: settings)
    }

    @Test func withoutAChoiceTheAxesAreNotMultiplied() throws {
        let plan = try plan()
        #expect(plan.encodings.map(\.description) == Catalogue.allEncodings.map(\.description))
        let pareto = [Catalogue.allEncodings[0].description]
        #expect(plan.cases(pareto: pareto).map(\.strategy.description) == ["raw@commit-metadata"])
        #expect(plan.cases(pareto: nil).count == Catalogue.allEncodings.count)
        #expect(plan.footprintStorages.map { type(of: $0).name } == Catalogue.storages.map { $0.name })
        #expect(plan.footprintModes == RepositoryMode.allCases)
        #expect(plan.footprintEncoding.description == Strategy.standard.encoding.description)
    }

    @Test func aChoiceIsKept() throws {
        let plan = try plan(["raw@sidecar", "raw+zstd:19@sidecar", "raw@separate-ref"], modes: [.archive, .bare])
        #expect(plan.encodings.map(\.description) == ["raw", "raw+zstd:19"])
        // Also where another encoding would be enough.
        #expect(plan.cases(pareto: ["raw"]).count == 6)
        #expect(plan.footprintStorages.map { type(of: $0).name } == ["separate-ref", "sidecar", "discard"])
        #expect(plan.footprintModes == [.archive, .bare])
    }

    @Test func theFullPlanIsTheProduct() throws {
        let plan = try plan { $0.isFull = true }
        #expect(plan.cases(pareto: []).count == Catalogue.allStrategies.count * RepositoryMode.allCases.count)
    }

    @Test func theAnnouncementSaysWhatAndHowLong() throws {
        let text = BenchAnnouncement(try plan(layers: 2) { $0.budgetSeconds = 1 }).text
        let lines = text.split(separator: "\n")
        #expect(lines[0] == "plan: 2 layers, about 200 MB, warm cache")
        let encodings = Catalogue.allEncodings.map(\.description)
        #expect(lines[1].hasPrefix("  encodings: \(encodings.joined(separator: ", ")) in memory: about "))
        #expect(lines[3].contains("the Pareto set (of \(encodings.count)) in bare-user, floors; 5 to 10 rounds"))
        #expect(lines[4].contains("\(Catalogue.storages.count) storages × 4 modes with raw+zstd:3"))
        // By one encoding that names objects, and one that names paths.
        let strategies = 2 * Catalogue.storages.count { !$0.isFloor }
        let survival = "\(SurvivalOperation.all.count) operations × \(strategies) strategies × 1 mode on"
        #expect(lines[2].contains("survival: \(survival)"))
        #expect(lines[5].contains(", at most 1 s, and about "))
        #expect(lines[6].contains("the budget is less than that"))
        let chosen = BenchAnnouncement(try plan(["raw@sidecar"]) { $0.stages = [.endToEnd] }).text
        #expect(!chosen.contains("encodings:") && !chosen.contains("footprint:") && chosen.contains("1 strategy in"))
    }

    @Test func estimatesGrowWithTheWork() throws {
        let few = BenchEstimate(try plan(["raw@sidecar"]))
        let many = BenchEstimate(try plan(["raw@sidecar", "raw@separate-ref"]) { $0.caches = [.warm, .cold] })
        for stage in [BenchSettings.Stage.endToEnd, .footprint] {
            #expect(many.seconds(stage, layer, rounds: 5) > few.seconds(stage, layer, rounds: 5))
            #expect(many.bytes(stage, layer, rounds: 5) > few.bytes(stage, layer, rounds: 5))
        }
        #expect(few.seconds(.endToEnd, layer, rounds: 6) > few.seconds(.endToEnd, layer, rounds: 5))
    }
}

@Suite struct BenchPaceTests {
    @Test func whatIsLeftIsCorrectedByWhatHasBeen() {
        var pace = BenchPace([10, 20, 30])
        #expect(pace.remainingSeconds() == 60)
        #expect(pace.remainingSeconds(doneShare: 0.5) == 55)
        #expect(abs(pace.nextShare - 1.0 / 6) < 1e-9)
        pace.finish(seconds: 20)
        #expect(pace.factor == 2)
        #expect(pace.remainingSeconds() == 100)
        #expect(pace.remainingSeconds(doneShare: 7) == 60)
        pace.finish(seconds: 40)
        pace.finish(seconds: 1_000_000)
        pace.finish(seconds: 1)
        #expect(pace.remainingSeconds() == 0 && pace.nextShare == 1)
    }
}
