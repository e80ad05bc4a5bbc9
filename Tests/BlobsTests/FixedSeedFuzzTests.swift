import TestSupport
import Testing

/// The fuzzer's laws on mutations that are the same in every run; `make fuzz` looks for more.
@Suite struct BlobFuzzTests {
    @Test func mutationsOfTheSeedsBreakNoLaw() throws { try FuzzTarget.blobs.checkMutations(count: 500) }
}
