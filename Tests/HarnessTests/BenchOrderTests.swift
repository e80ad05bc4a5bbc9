import Testing

@testable import Harness

@Suite struct BenchOrderTests {
    @Test(arguments: 0...13)
    func everySampleRunsEverySubjectOnce(_ count: Int) {
        for sample in 0..<20 {
            #expect(BenchOrder.order(of: count, round: sample).sorted() == Array(0..<count))
        }
        #expect(BenchOrder.order(of: count, round: 0) == Array(0..<count))
    }

    @Test(arguments: 3...13)
    func neighboursChangeFromSampleToSample(_ count: Int) {
        let orders = (0..<2).map { BenchOrder.order(of: count, round: $0) }
        #expect(orders[0].first != orders[1].first)
        let pairs = orders.map { order in Set(zip(order, order.dropFirst()).map { [$0, $1] }) }
        #expect(pairs[0].isDisjoint(with: pairs[1]))
    }
}
