import TestSupport
import Testing

/// The fuzzer's laws on mutations that are the same in every run; `make fuzz` looks for more.
@Suite struct SplitterFuzzTests {
    @Test func mutationsOfTheSeedsBreakNoLaw() throws { try FuzzTarget.splitter.checkMutations(count: 1500) }
}
