import Processes

/// A recipe that makes one file.
protocol FileRecipe: Codable, Equatable, Sendable {
    /// The ending of the file that `run` makes, without a dot first.
    var fileExtension: String { get }

    /// About what it takes to make a file of this many bytes.
    func cost(ofBytes bytes: UInt64) -> FetchCost

    /// Makes the file, below the context's work directory, and returns its path.
    func run(_ context: RecipeContext) throws(LocatedError) -> String
}

/// About what it takes to obtain a layer.
public struct FetchCost: Equatable, Sendable {
    /// What comes over the network.
    public var downloadBytes: UInt64
    /// Disk that is in use on top of the finished file while it is made, and free again afterwards.
    public var workBytes: UInt64

    public init(downloadBytes: UInt64, workBytes: UInt64) {
        self.downloadBytes = downloadBytes
        self.workBytes = workBytes
    }
}

/// What every recipe gets to work with.
struct RecipeContext: Sendable {
    /// The entry's name, or the image's, for errors.
    var entryName: String
    /// An empty directory of the recipe's own, on the cache's file system, removed afterwards.
    var workDirectory: String
    /// apt, on lists that all recipes of one fetch share.
    var apt: AptIndex
    /// Takes one line for a person to read.
    var progress: @Sendable (String) -> Void
}
