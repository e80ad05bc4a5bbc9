import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct GuardCostsTests {
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
        #expect(GuardCosts.systemCalls(summary) == 107)
        #expect(GuardCosts.systemCalls("strace: no such process\n") == nil)
    }

    @Test func valgrindsLinesAreRead() {
        let heap =
            "==7== HEAP SUMMARY:\n==7==   total heap usage: 1,234,567 allocs, 3,632 frees, 1,895,643 bytes allocated\n"
        #expect(GuardCosts.allocations(heap) == 1_234_567)
        #expect(GuardCosts.instructions("==7== Events    : Ir\n==7== Collected : 87208608\n==7==\n") == 87_208_608)
        #expect(GuardCosts.allocations("") == nil && GuardCosts.instructions(heap) == nil)
    }

    @Test func theStartOfAProcessCancelsOut() {
        let costs = GuardCosts(small: ["a": 1_500, "b": 7], large: ["a": 3_500, "b": 7], entries: 1_000)
        #expect(costs.perEntry == ["a": 2, "b": 0])
    }
}

@Suite struct GuardReportTests {
    private let limits = GuardLimits(
        for: GuardCosts(perEntry: ["import system calls": 10, "rebuild allocations": 100]))

    private func report(_ calls: Double?, _ allocations: Double? = 100) -> GuardReport {
        var costs: [String: Double] = [:]
        costs["import system calls"] = calls
        costs["rebuild allocations"] = allocations
        return GuardReport(GuardCosts(perEntry: costs), limits)
    }

    @Test func limitsHaveHeadroom() {
        #expect(limits.limits["import system calls"] == .init(measured: 10, limit: 11.5))
    }

    @Test func aGuardThatIsExceededFails() {
        #expect(!report(10).hasFailures && !report(11.5).hasFailures)
        #expect(report(11.51).hasFailures)
        #expect(report(11.51).rows.map(\.verdict) == [.exceeded, .ok])
        #expect(report(11.51).text.contains("EXCEEDED"))
    }

    @Test func whatIsNotMeasuredOrNotLimitedFails() {
        #expect(report(nil).hasFailures && report(.nan).hasFailures)
        var more = GuardCosts(perEntry: ["import system calls": 10, "rebuild allocations": 100])
        more.perEntry["import instructions"] = 1
        #expect(GuardReport(more, limits).hasFailures)
    }

    @Test func aLooseLimitIsToldAndDoesNotFail() {
        #expect(report(7.9).rows[0].verdict == .loose && !report(7.9).hasFailures)
        #expect(report(7.9).text.contains("well under"))
    }

    /// Setting the limit anew would leave it where it is.
    @Test(arguments: [-0.004, 0, 0.004, 0.2]) func nextToNothingIsNotLoose(_ cost: Double) throws {
        let limits = GuardLimits(for: GuardCosts(perEntry: ["rebuild allocations": cost]))
        let limit = try #require(limits.limits["rebuild allocations"])
        #expect(limit.measured.sign == .plus && limit.limit >= 0.25)
        for measured in [-0.006, 0, cost] { #expect(GuardReport.verdict(measured, limit) == .ok) }
        #expect(GuardReport.verdict(limit.limit + 0.01, limit) == .exceeded)
    }

    @Test func theFileIsReadAndWritten() throws {
        try withScratchDirectory { directory in
            try limits.write(to: directory + "/guards.json")
            #expect(try GuardLimits(contentsOf: directory + "/guards.json") == limits)
            #expect(throws: LocatedError.self) { try GuardLimits(contentsOf: directory + "/absent.json") }
        }
    }

    @Test func theCommittedLimitsAreWhole() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let committed = try GuardLimits(contentsOf: root.appending(path: "Benchmarks/guards.json").path)
        let operations = ["import", "rebuild"]
        let names = operations.flatMap { operation in
            ["allocations", "instructions", "system calls"].map { "\(operation) \($0)" }
        }
        #expect(committed.limits.keys.sorted() == names)
        // Nobody has turned a limit up by hand.
        for limit in committed.limits.values {
            let room = max(limit.measured * committed.headroom, GuardLimits.leastRoom)
            #expect(limit.limit <= limit.measured + room + 0.02)
        }
    }
}
