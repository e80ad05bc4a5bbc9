import Digests
import Tar

/// Counts what a splitter finds, and does nothing else with it.
struct CountingSink: SplitterSink, Equatable {
    var literalBytes = 0
    var payloadBytes = 0
    var opaqueBytes = 0
    var entryCount = 0
    var findingCount = 0

    mutating func literal(_ bytes: ArraySlice<UInt8>) { literalBytes += bytes.count }
    mutating func entry(_ entry: Entry) { entryCount += 1 }
    mutating func payload(_ bytes: ArraySlice<UInt8>) { payloadBytes += bytes.count }
    mutating func payloadEnded(isWhole: Bool) { findingCount += isWhole ? 0 : 1 }
    mutating func opaque(_ bytes: ArraySlice<UInt8>) { opaqueBytes += bytes.count }
    mutating func finding(_ finding: Finding) { findingCount += 1 }
}

/// Makes the recipe that an import would make, without a repository.
struct RecipeSink: SplitterSink {
    var recipe = Recipe()
    private var hasher = SHA256Stream()

    mutating func literal(_ bytes: ArraySlice<UInt8>) { recipe.append(literal: bytes) }
    mutating func entry(_ entry: Entry) { hasher = SHA256Stream() }
    mutating func payload(_ bytes: ArraySlice<UInt8>) { hasher.update(bytes) }
    mutating func payloadEnded(isWhole: Bool) {
        recipe.append(Recipe.Payload(byteCount: hasher.byteCount, object: hasher.digest))
    }
    mutating func opaque(_ bytes: ArraySlice<UInt8>) { recipe.append(literal: bytes) }
    mutating func finding(_ finding: Finding) {}
}
