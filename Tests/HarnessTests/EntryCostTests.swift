import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct EntryCostsTests {
    @Test func systemCallsAreCountedWithoutWaiting() {
        let summary = """
            % time     seconds  usecs/call     calls    errors syscall
            ------ ----------- ----------- --------- --------- ----------------
             60.00    0.000060           1       100        10 openat
             20.00    0.000020           2        50           futex
             20.00    0.000020           1         7           read
            ------ ----------- ----------- --------- --------- ----------------
            100.00    0.000100           1       157        10 total
            """
        #expect(EntryCosts.systemCalls(summary) == 107)
        #expect(EntryCosts.systemCalls("strace: no such process\n") == nil)
    }

    @Test func valgrindsLinesAreRead() {
        let heap =
            "==7== HEAP SUMMARY:\n==7==   total heap usage: 1,234,567 allocs, 3,632 frees, 1,895,643 bytes allocated\n"
        #expect(EntryCosts.allocations(heap) == 1_234_567)
        #expect(EntryCosts.instructions("==7== Events    : Ir\n==7== Collected : 87208608\n==7==\n") == 87_208_608)
        #expect(EntryCosts.allocations("") == nil && EntryCosts.instructions(heap) == nil)
    }

    @Test func theStartOfAProcessCancelsOut() {
        let costs = EntryCosts(small: ["a": 1_500, "b": 7], large: ["a": 3_500, "b": 7], entries: 1_000)
        #expect(costs.perEntry == ["a": 2, "b": 0])
    }
}
