internal import Foundation
internal import LayerStore
public import OSTree
public import Strategies
internal import Processes

/// Measures what each storage costs in each repository mode, for one layer and one encoding.
///
/// Each gets a repository of its own, made by the real `ostree init`, filled by `layerlab import` as a whole process, and
/// pruned by the real `ostree prune --refs-only`: the floor leaves orphans behind that nothing reaches, and they would be
/// taken for its cost. Nothing is synced; that changes no size. The repositories stay: removing one just before making
/// the next slows the next one down on ext4, so that whoever gave the folder removes it at the end.
public struct FootprintMeasurement: Sendable {
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
    /// A folder that is the measurement's alone, and exists. A repository for each row stays in it, and one that pulls for
    /// each row that can be pulled.
    public var workFolder: String
    /// Further options of each import.
    public var options: [String]

    public init(
        layer: String, path: String, policy: PathPolicy, modes: [RepositoryMode] = RepositoryMode.allCases,
        storages: [any Storage.Type] = Catalogue.storages, encoding: any Encoding = Strategy.standard.encoding,
        tool: String, workFolder: String, options: [String] = []
    ) {
        (self.layer, self.path, self.policy) = (layer, path, policy)
        (self.modes, self.storages, self.encoding) = (modes, storages, encoding)
        (self.tool, self.workFolder, self.options) = (tool, workFolder, options)
    }

    /// How many rows there will be.
    public var rowCount: Int { modes.count * ordered.count }

    /// Measures all rows: two modes at the same time, since no time counts here, and in each the floor first. What goes
    /// wrong with a row is in the row; only an interruption throws, and what `each` throws.
    ///
    /// - Parameters:
    ///   - progress: gets lines for a person, on the calling thread.
    ///   - each: called with every row as soon as it is there, on the calling thread.
    /// - Returns: the rows in the order of modes and storages.
    @discardableResult
    public func run(
        progress: (String) -> Void, each: (FootprintRecord) throws -> Void = { _ in }
    ) throws -> [FootprintRecord] {
        let events = EventQueue<Event>()
        var records: [[FootprintRecord]] = modes.map { _ in [] }
        var waiting = modes.indices[...]
        var running = 0
        var failure: (any Error)?
        while running > 0 || (!waiting.isEmpty && failure == nil) {
            while running < FootprintMeasurement.parallelModes, failure == nil, let mode = waiting.popFirst() {
                Thread.detachNewThread { measure(mode, events) }
                running += 1
            }
            switch events.next() {
            case nil: continue
            case .line(let text): progress(text)
            case .row(let mode, let record):
                records[mode].append(record)
                do {
                    if failure == nil { try each(record) }
                } catch {
                    failure = error
                }
            case .ended(let error):
                running -= 1
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return records.flatMap(\.self)
    }

    /// As many as compete for the two processors that this was made on.
    private static let parallelModes = 2

    private enum Event: Sendable {
        case line(String)
        case row(mode: Int, FootprintRecord)
        case ended((any Error)?)
    }

    /// All rows of one mode.
    private func measure(_ index: Int, _ events: EventQueue<Event>) {
        let mode = modes[index]
        do {
            var floor: Measured?
            for storage in ordered {
                try Interruption.check()
                let row = Row(measurement: self, mode: mode, storage: storage) { events.post(.line($0)) }
                events.post(.line("  footprint: \(row.record.strategy) in \(mode.rawValue)"))
                let (record, measured) = try row.measure(over: floor)
                if storage.isFloor { floor = measured }
                events.post(.row(mode: index, record))
            }
            events.post(.ended(nil))
        } catch {
            events.post(.ended(error))
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
