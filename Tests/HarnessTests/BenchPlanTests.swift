import LayerStore
import OSTree
import Strategies
import Testing

@testable import Harness

@Suite struct BenchPlanTests {
    @Test func standardStrategiesCoverTheCatalogue() {
        let strategies = BenchPlan.standardStrategies
        #expect(
            Set(strategies.map(\.encoding.description)).isSuperset(of: Catalogue.allEncodings.map(\.description)))
        #expect(
            Set(strategies.map { type(of: $0.storage).name }) == Set(Catalogue.storages.map { $0.name }))
        #expect(Set(strategies.map(\.description)).count == strategies.count)
        // The sum of the axes and not their product.
        #expect(strategies.count <= Catalogue.allEncodings.count + Catalogue.storages.count)
    }

    @Test func standardStrategiesCanBeNamed() throws {
        for strategy in BenchPlan.standardStrategies {
            #expect(try Strategy(parsing: strategy.description).description == strategy.description)
        }
    }

    @Test func aSampleIsTheLeast() {
        let plan = BenchPlan(layers: [], cases: [], sampleCount: 0, includesPeers: false)
        #expect(plan.sampleCount == 1)
    }

    @Test func announcementCounts() {
        let layer = BenchPlan.Layer(name: "a", path: "a", policy: .identity)
        let cases = BenchPlan.standardStrategies.map { BenchPlan.Case(strategy: $0, mode: .archive) }
        var plan = BenchPlan(layers: [layer, layer], cases: cases, sampleCount: 4, includesPeers: true)
        #expect(
            plan.announcement
                == "plan: 2 layers × \(cases.count) strategies and the peers, 4 samples each, interleaved")
        plan.includesPeers = false
        #expect(!plan.announcement.contains("peers"))
    }
}
