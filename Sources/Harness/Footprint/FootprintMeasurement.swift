public import LayerStore
public import OSTree
public import Strategies

/// Measures what each storage costs in each repository mode, for one layer and one encoding.
///
/// Each gets a repository of its own, made by the real `ostree init`, filled by `layerlab import` as a whole process, and
/// pruned by the real `ostree prune --refs-only`: the floor leaves orphans behind that nothing reaches, and they would be
/// taken for its cost. Nothing is synced; that changes no size. The repositories stay: removing one just before making
/// the next slows the next one down on ext4, so that whoever gave the folder removes it at the end.
public struct FootprintMeasurement {
    /// For one program: much longer than a large layer takes.
    static let timeLimitSeconds = 3600.0

    /// The layer as reports call it.
    public var layer: String
    /// An uncompressed tar.
    public var path: String
    public var policy: PathPolicy
    public var modes: [RepositoryMode]
    /// The storages; the floor is measured also where it is not among them.
    public var storages: [any Storage.Type]
    public var encoding: any Encoding
    /// The path of the layerlab program.
    public var tool: String
    /// A folder that is the measurement's alone, and exists. Every row leaves a repository of about the layer's size in
    /// it, and in mode `archive` a second one.
    public var workFolder: String

    public init(
        layer: String, path: String, policy: PathPolicy, modes: [RepositoryMode] = RepositoryMode.allCases,
        storages: [any Storage.Type] = Catalogue.storages, encoding: any Encoding = Strategy.standard.encoding,
        tool: String, workFolder: String
    ) {
        (self.layer, self.path, self.policy) = (layer, path, policy)
        (self.modes, self.storages, self.encoding) = (modes, storages, encoding)
        (self.tool, self.workFolder) = (tool, workFolder)
    }

    /// How many rows, and so repositories, there will be.
    public var rowCount: Int { modes.count * ordered.count }

    /// Measures all rows, mode by mode, the floor first. What goes wrong with a row is in the row; only an interruption
    /// throws.
    public func run(progress: (String) -> Void) throws -> [FootprintRecord] {
        try withoutActuallyEscaping(progress) { progress in
            var records: [FootprintRecord] = []
            for mode in modes {
                var floor: Measured?
                for storage in ordered {
                    try Interruption.check()
                    let row = Row(measurement: self, mode: mode, storage: storage, progress: progress)
                    progress("  footprint: \(row.record.strategy) in \(mode.rawValue)")
                    let (record, measured) = try row.measure(over: floor)
                    if storage.isFloor { floor = measured }
                    records.append(record)
                }
            }
            return records
        }
    }

    /// The floor first, since all others are compared to it.
    private var ordered: [any Storage.Type] {
        [Discard.self] + storages.filter { $0.name != Discard.name }
    }

    /// What others need of the floor's repository.
    struct Measured {
        var files: RepositoryCensus
        var folders: RepositoryCensus
        var commit: RepositoryCensus
    }
}
