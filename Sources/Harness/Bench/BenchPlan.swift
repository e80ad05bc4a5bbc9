public import LayerStore
public import OSTree
public import Strategies

/// What a benchmark measures: every case on every layer, a number of times.
public struct BenchPlan: Sendable {
    /// One strategy in one repository mode.
    public struct Case: Sendable {
        public var strategy: Strategy
        public var mode: RepositoryMode

        public init(strategy: Strategy, mode: RepositoryMode) {
            self.strategy = strategy
            self.mode = mode
        }
    }

    /// One layer: a file, and how its paths map.
    public struct Layer: Sendable {
        public var name: String
        public var path: String
        public var policy: PathPolicy

        public init(name: String, path: String, policy: PathPolicy) {
            self.name = name
            self.path = path
            self.policy = policy
        }
    }

    public var layers: [Layer]
    public var cases: [Case]
    /// Measurements of each case, at least 1.
    public var sampleCount: Int
    /// Whether tar-split and ostree are measured too, where they are installed.
    public var includesPeers: Bool

    public init(layers: [Layer], cases: [Case], sampleCount: Int, includesPeers: Bool) {
        self.layers = layers
        self.cases = cases
        self.sampleCount = max(sampleCount, 1)
        self.includesPeers = includesPeers
    }

    /// The cases of a benchmark that names no strategy. The axes are not multiplied: every encoding in one storage, every
    /// storage with one encoding, and the floor.
    public static var standardStrategies: [Strategy] {
        let encodings = Catalogue.allEncodings.map { Strategy(encoding: $0, storage: Sidecar()) }
        let storages = Catalogue.storages.map { Strategy(encoding: Strategy.standard.encoding, storage: $0.init()) }
        var seen: Set<String> = []
        return (encodings + storages).filter { seen.insert($0.description).inserted }
    }
}
