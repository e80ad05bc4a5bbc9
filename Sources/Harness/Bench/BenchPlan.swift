internal import LayerStore
public import OSTree
public import Strategies

/// What a benchmark measures.
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
        /// About how many bytes its stream has.
        public var expectedBytes: UInt64
        /// What it is, and who wrote it, as the corpus says.
        public var title: String?
        public var source: String?

        public init(name: String, path: String, policy: PathPolicy, expectedBytes: UInt64) {
            self.name = name
            self.path = path
            self.policy = policy
            self.expectedBytes = expectedBytes
        }
    }

    public var layers: [Layer]
    /// Whole images, whose layers are among `layers`.
    public var images: [BenchImage] = []
    /// What is measured end to end where somebody chose; nil: the Pareto set of the encodings in the standard storage.
    public var chosen: [Strategy]?
    public var modes: [RepositoryMode]
    public var settings: BenchSettings
    /// The file of the dictionary that some of the encodings need; each import adds it to its repository.
    public var dictionary: String?

    public init(layers: [Layer], strategies: [Strategy]? = nil, modes: [RepositoryMode], settings: BenchSettings) {
        self.layers = layers
        chosen = settings.isFull ? Catalogue.allStrategies : strategies
        self.modes = settings.isFull ? RepositoryMode.allCases : modes
        self.settings = settings
    }

    /// The stages that there is something to do for, in their order.
    var stages: [BenchSettings.Stage] {
        BenchSettings.Stage.allCases.filter { settings.stages.contains($0) && ($0 != .image || !images.isEmpty) }
    }

    /// Whether a layer is one of an image.
    func isOfImage(_ layer: Layer) -> Bool {
        images.contains { $0.layers.contains { $0.name == layer.name } }
    }

    /// Whether files have to be dropped from the page cache at some time.
    public var hasColdCaches: Bool { settings.caches.contains(.cold) || settings.stages.contains(.speed) }

    /// What an import, or a measurement, by these encodings takes besides them.
    func options(for encodings: [any Encoding]) -> [String] {
        guard let dictionary, encodings.contains(where: { !$0.requiredDictionaries.isEmpty }) else { return [] }
        return ["--dictionary", dictionary]
    }

    /// The encodings that are measured in memory.
    public var encodings: [any Encoding] {
        guard let chosen else { return Catalogue.allEncodings }
        var seen: Set<String> = []
        return chosen.map(\.encoding).filter { seen.insert($0.description).inserted }
    }

    /// What is measured end to end.
    ///
    /// - Parameter pareto: the encodings that no other one beats; nil where that is not known.
    public func cases(pareto: [String]?) -> [Case] {
        let strategies =
            chosen
            ?? encodings.filter { pareto?.contains($0.description) ?? true }
            .map { Strategy(encoding: $0, storage: Strategy.standard.storage) }
        return modes.flatMap { mode in strategies.map { Case(strategy: $0, mode: mode) } }
    }

    /// The storages whose footprint is accounted for, the floor included: the chosen ones, or all of them.
    public var footprintStorages: [any Storage] {
        let all = Catalogue.storages.map { $0.init() as any Storage }
        guard let chosen, !settings.isFull else { return all }
        let names = Set(chosen.map { type(of: $0.storage).name })
        return all.filter { type(of: $0).isFloor || names.contains(type(of: $0).name) }
    }

    /// What is taken through everything that a repository lives through: what was chosen, or one encoding that names objects
    /// and one that names paths, in every storage.
    public var survivalStrategies: [Strategy] {
        let encodings: [any Encoding] = [Strategy.standard.encoding, Tree()]
        let usual = Catalogue.storages.flatMap { storage in
            encodings.map { Strategy(encoding: $0, storage: storage.init()) }
        }
        // A dictionary is a layer's own matter.
        let strategies = (settings.isFull ? nil : chosen) ?? usual
        return strategies.filter { !type(of: $0.storage).isFloor && $0.encoding.requiredDictionaries.isEmpty }
    }

    /// The modes whose footprint is accounted for.
    public var footprintModes: [RepositoryMode] { chosen == nil ? RepositoryMode.allCases : modes }

    /// The encoding in which all storages keep the recipe when their footprint is accounted for.
    public var footprintEncoding: any Encoding { chosen?.first?.encoding ?? Strategy.standard.encoding }
}
