internal import Digests
internal import Foundation
internal import LayerStore
public import OSTree
public import Strategies
internal import Tar

/// Sweeps the limit up to which payloads are literals of the recipe: what the recipe grows by, and which objects of the
/// repository are saved.
///
/// A layer is imported once in each mode; the recipes of all limits are made of that one. Files of the layer's tree keep their
/// objects whatever the recipe holds, since the commit needs them, so that only orphans' objects can be saved. Beside that
/// stands, computed, a store in which an inlined file needs no object.
public struct InlineSweep: Sendable {
    /// ext4's usual size. No call tells a file system's own.
    public static let usualInodeBytes = 256

    private let encoding: String
    private let limits: [UInt64]
    private let modes: [RepositoryMode]
    private let dictionaries: [ZstdDictionary]
    private let inodeBytes: Int
    private let workFolder: URL

    /// - Parameters:
    ///   - encoding: as a strategy writes it, without `inline`.
    ///   - workFolder: where temporary repositories are made, in a folder of their own.
    public init(
        encoding: String, limits: [UInt64], modes: [RepositoryMode], dictionaries: [ZstdDictionary] = [],
        inodeBytes: Int = InlineSweep.usualInodeBytes, workFolder: String
    ) throws {
        (self.encoding, self.limits, self.modes) = (encoding, limits, modes)
        (self.dictionaries, self.inodeBytes) = (dictionaries, inodeBytes)
        self.workFolder = URL(filePath: workFolder).appending(component: "layerlab-inline-\(UUID().uuidString)")
        // A limit that the encoding does not take is told before the work.
        for limit in limits { _ = try Strategy.encoding(encoding, inlineLimit: limit) }
    }

    /// All rows of a layer.
    public func run(_ layer: BenchPlan.Layer) throws -> [InlineRecord] {
        try modes.flatMap { mode in
            let folder = workFolder.appending(component: UUID().uuidString)
            try FileManager.default.createDirectory(at: workFolder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: workFolder) }
            let repository = try Repository.create(at: folder.path, mode: mode)
            repository.isDurable = false
            let strategy = Strategy(encoding: Raw(), storage: Sidecar())
            let imported = try Importer(into: repository, strategy: strategy, policy: layer.policy)
                .importLayer(from: LayerSource(layer.path))
            let stored = try StoredRecipe(imported.ref, in: repository)
            let costs = try costs(of: stored.recipe, in: repository)
            return try limits.map { limit in
                try Interruption.check()
                let encoding = try Strategy.encoding(encoding, inlineLimit: limit)
                var record = InlineRecord(
                    layer: layer.name, mode: mode.rawValue, encoding: encoding.description, limit: limit,
                    entries: imported.entryCount)
                try measure(encoding, stored, costs, in: repository, into: &record)
                return record
            }
        }
    }

    private func measure(
        _ encoding: any Encoding, _ stored: StoredRecipe, _ costs: [Digest: InlineRecord.Objects],
        in repository: Repository, into record: inout InlineRecord
    ) throws {
        let orphans = Set(stored.context.orphans)
        let inlined = stored.recipe.payloads.filter { $0.byteCount <= record.limit }
        record.inlinedPayloads = inlined.count
        record.inlinedBytes = inlined.reduce(0) { $0 + $1.byteCount }
        record.inlinedInTree = inlined.count { !orphans.contains($0.object) }
        let small = Set(inlined.map(\.object))
        for (object, cost) in costs {
            if !small.contains(object) || !orphans.contains(object) { record.objects += cost }
            if !small.contains(object) { record.hypotheticalObjects += cost }
        }
        let (recipe, known) = try stored.inlining(upTo: record.limit, in: repository)
        var context = encoding.usesTree ? known : .empty
        context.dictionaries = try StoredDictionaries(in: repository).load(
            encoding.requiredDictionaries, given: dictionaries)
        do throws(StrategyError) {
            let bytes = try encoding.encode(recipe, against: context)
            context.attachment = try encoding.attachment(of: recipe, against: context)
            let total = bytes.count + context.attachment.count
            guard try encoding.decode(bytes[...], against: context) == recipe else {
                record.error = "the decoded recipe is another one"
                return
            }
            record.recipeBytes = total
            record.totalBytes = total + record.objects.total
            record.hypotheticalTotalBytes = total + record.hypotheticalObjects.total
        } catch {
            record.error = error.description
        }
    }

    /// What each payload's object takes.
    private func costs(of recipe: Recipe, in repository: Repository) throws -> [Digest: InlineRecord.Objects] {
        var costs: [Digest: InlineRecord.Objects] = [:]
        for payload in recipe.payloads where costs[payload.object] == nil {
            let path = ReachableObjects.path(.file, payload.object, in: repository.mode)
            let status = try FileStatus(of: "\(repository.path)/\(path)")
            let name = path.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.count
            costs[payload.object] = InlineRecord.Objects(
                count: 1, bytes: status.byteCount, diskBytes: status.allocatedByteCount, inodeBytes: inodeBytes,
                // ext4's: eight bytes before the name, and a multiple of four in all.
                nameBytes: (8 + name + 3) / 4 * 4)
        }
        return costs
    }
}

extension InlineRecord.Objects {
    static func += (left: inout Self, right: Self) {
        left.count += right.count
        left.bytes += right.bytes
        left.diskBytes += right.diskBytes
        left.inodeBytes += right.inodeBytes
        left.nameBytes += right.nameBytes
    }
}
