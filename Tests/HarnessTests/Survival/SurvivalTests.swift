import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Harness

/// What repositories live through, done by the real ostree, and what becomes of each storage.
@Suite struct SurvivalTests {
    private typealias Outcome = SurvivalRecord.Outcome

    private static let nothing = SurvivalOperation("nothing", "nothing at all") { _ in }

    private func survive(
        _ strategies: [String], _ mode: RepositoryMode, _ operations: [SurvivalOperation] = SurvivalOperation.all,
        layer bytes: [UInt8]? = nil
    ) throws -> [SurvivalRecord] {
        let folder = try TemporaryFolder()
        let path = folder.path("layer.tar")
        if let bytes {
            try folder.write(bytes, to: "layer.tar")
        } else {
            try GeneratedLayer(.oneOfEach).write(to: path)
        }
        let measurement = try SurvivalMeasurement(
            strategies: strategies.map { try Strategy(parsing: $0) }, modes: [mode], operations: operations,
            workFolder: folder.path)
        let records = try measurement.run(
            .init(name: "layer", path: path, policy: .standard, expectedBytes: 0))
        #expect(records.count == measurement.recordCount)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["layer.tar"])
        return records
    }

    /// What the storages survive, in archive mode, by a recipe that names objects: all but the operations named here.
    private static let losses: [String: Set<String>] = [
        "commit-metadata": [],
        "detached-metadata": ["relabel", "reparent", "pull-signed-elsewhere"],
        "separate-ref": [],
        "sidecar": [
            "relabel", "reparent", "sidecar-removed", "pull-local", "convert-bare", "convert-bare-user",
            "convert-bare-user-only", "http-pull", "http-mirror", "static-delta", "http-static-delta",
            "http-pull-signed",
        ],
    ]
    /// Where nothing survives: the commit is another's, objects or orphans are gone, or were named by their checksums.
    private static let lossesOfAll: Set<String> = [
        "prune-depth-0", "pull-local-ref", "http-pull-ref", "http-metadata-only", "fsck-delete", "fsck-recipe",
        "relabel",
        "second-refs-deleted",
    ]

    @Test func eachStorageSurvivesWhatItSays() throws {
        let names = Catalogue.storages.filter { !$0.isFloor }.map { $0.name }
        #expect(Set(names).isSuperset(of: Self.losses.keys))
        let records = try survive(names.map { "raw+zstd:3@\($0)" }, .archive)
        for record in records {
            let isLost =
                Self.lossesOfAll.contains(record.operation)
                || Self.losses[record.storage]?.contains(record.operation) == true
            var expected: Outcome = isLost ? .refuses : .exact
            if record.operation == "convert-archive" { expected = .notApplicable }
            if record.operation == "sidecar-removed", record.storage != "sidecar" { expected = .notApplicable }
            let text = "\(record.operation), \(record.storage): \(record.reason ?? "")"
            if Self.losses[record.storage] != nil {
                #expect(record.outcome == expected, "\(text)")
            } else {
                // Of a storage that has no row yet: where it loses a recipe it says so.
                let isTold = [.exact, .refuses, .ostreeRefuses, .notApplicable].contains(record.outcome)
                #expect(isTold && (record.outcome == .notApplicable) == (expected == .notApplicable), "\(text)")
            }
            #expect(record.outcome == .exact || record.reason?.isEmpty == false, "\(text)")
            #expect(record.reason?.contains("/tmp/") != true && record.reason?.contains("127.0.0.1") != true, "\(text)")
            #expect((record.movedBytes == nil) == (record.outcome == .notApplicable), "\(text)")
            #expect(record.entries == GeneratedLayer(.oneOfEach).entries && record.orphanBytes == 1_505)
        }
        func moved(_ operation: String) -> [Int] {
            records.filter { $0.operation == operation }.compactMap(\.movedBytes)
        }
        #expect(moved("prune").allSatisfy { $0 == 0 } && moved("fsck").allSatisfy { $0 == 0 })
        #expect(zip(moved("http-pull"), moved("http-pull-ref")).allSatisfy { $0 > $1 && $1 > 200_000 })
        #expect(moved("http-metadata-only").allSatisfy { $0 > 300 && $0 < 10_000 })
        // Files that are linked are not moved.
        #expect(moved("pull-local").allSatisfy { $0 < 10_000 } && moved("convert-bare").allSatisfy { $0 > 200_000 })
        for record in records where record.operation == "fsck-recipe" && Self.losses[record.storage] != nil {
            let isUnseen = ["sidecar", "detached-metadata"].contains(record.storage)
            #expect(record.remark == (isUnseen ? "ostree fsck does not notice" : "ostree fsck notices"))
        }
    }

    /// A recipe that names paths goes on where objects get other checksums, wherever it is told where it is.
    @Test func pathsSurviveARelabelling() throws {
        let records = try survive(
            ["tree", "tree@separate-ref", "columns:checksums=tree", "raw"], .bareUser,
            [try .named("relabel"), try .named("reparent"), try .named("http-pull")])
        func outcomes(_ operation: String) -> [Outcome] { records.filter { $0.operation == operation }.map(\.outcome) }
        #expect(outcomes("relabel") == [.exact, .exact, .exact, .refuses])
        #expect(outcomes("reparent") == [.exact, .exact, .exact, .exact])
        // Only archives are served.
        #expect(outcomes("http-pull") == [.ostreeRefuses, .ostreeRefuses, .ostreeRefuses, .ostreeRefuses])
    }

    /// No labels, no relabelling: that nothing happens there is no survival of it.
    @Test func nothingIsRelabelledWhereNoLabelsAre() throws {
        let records = try survive(["raw", "raw@detached-metadata"], .bareUserOnly, [try .named("relabel")])
        #expect(records.map(\.outcome) == [.notApplicable, .notApplicable])
    }

    /// A stream that is not the layer is told from the layer by its digest, though nothing in the repository says so.
    @Test func silentWrongnessIsSeen() throws {
        let swap = SurvivalOperation("swap", "another layer takes the ref") { scene in
            let other = try TemporaryFolder()
            let path = try other.write(TarSample.rich.bytes, to: "other.tar")
            let repository = try scene.open()
            let imported = try Importer(into: repository).importLayer(from: LayerSource(path))
            try repository.set(ref: scene.subject.ref, to: imported.layer.commit)
        }
        let records = try survive(["raw"], .bareUser, [Self.nothing, swap])
        #expect(records.map(\.outcome) == [.exact, .wrong])
        let report = SurvivalReport(records)
        #expect(report.hasFailures && report.text.contains("SILENTLY WRONG"))
        #expect(report.text.hasSuffix("1 exact, 1 silently wrong\n"))
        #expect(!SurvivalReport([records[0]]).hasFailures)
        #expect(SurvivalReport([records[0]]).counts == "1 exact, 0 silently wrong")
    }

    @Test func whatCannotBeDoneIsNoSurvival() throws {
        let odd = SurvivalOperation("odd", "an error of our own") { _ in throw LayerStoreError(.input, "odd") }
        let refused = SurvivalOperation("refused", "no such command") { try $0.ostree("layerlab-no-such-command") }
        let unprepared = SurvivalOperation("unprepared", "what it needs fails") {
            try $0.prepare("layerlab-no-such-command")
        }
        let missing = SurvivalOperation("missing", "no program") { _ in throw SigningKey.Missing(reason: "no gpg") }
        let records = try survive(["raw"], .bareUser, [odd, refused, unprepared, missing], layer: [1, 2, 3])
        #expect(records.map(\.outcome) == [.error, .ostreeRefuses, .error, .notMeasured])
        #expect(records.first?.reason?.contains("odd") == true)
        #expect(SurvivalReport(records).hasFailures)
    }

    @Test func aLayerThatAFormatCannotCarryIsNotTaken() throws {
        let stream = TarBuilder.stream { tar in
            tar.file("usr/a", [1])
            tar.file("./usr/a", [2])
        }
        let records = try survive(["splitstream"], .bareUser, [Self.nothing], layer: Array(stream.dropLast(1_500)))
        #expect(records.map(\.outcome) == [.cannot] && records.first?.reason != nil)
        #expect(!SurvivalReport(records).hasFailures)
    }

    @Test func namesAreUniqueAndMisspeltOnesAreTold() throws {
        let names = SurvivalOperation.all.map(\.name)
        #expect(Set(names).count == names.count && names.count >= 24)
        let error = #expect(throws: LayerStoreError.self) { try SurvivalOperation.named("relable") }
        #expect(error?.message.contains("did you mean 'relabel'?") == true)
        #expect(throws: LayerStoreError.self) {
            try SurvivalMeasurement(strategies: [Strategy(parsing: "raw@discard")], workFolder: "/tmp")
        }
    }

    @Test func aReportDrawsEqualCellsTogether() throws {
        func record(_ encoding: String, _ operation: String, _ outcome: Outcome, moved: Int? = 5) -> SurvivalRecord {
            var record = SurvivalRecord(
                layer: .init(name: "host", path: "", policy: .standard, expectedBytes: 0), mode: "archive",
                strategy: "\(encoding)@sidecar", operation: operation)
            (record.outcome, record.movedBytes, record.removedBytes) = (outcome, moved, 0)
            (record.entries, record.orphanBytes) = (1_234, 0)
            if outcome != .exact { record.reason = "no object \(String(repeating: "ab", count: 32))" }
            return record
        }
        let text = SurvivalReport([
            record("raw", "one", .exact), record("tree", "one", .exact, moved: 7_000),
            record("raw", "two", .refuses), record("tree", "two", .exact),
            record("raw", "three", .refuses), record("tree", "three", .exact),
            record("raw", "four", .notApplicable, moved: nil), record("tree", "four", .cannot, moved: nil),
        ]).text
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines[0] == "host, archive, ostree-ext:allow-nonusr: 1,234 entries, 0 B of orphans")
        #expect(
            lines[3...6] == [
                "one 5–7,000 0 exact", "two 5 0 1 exact, 1 refuses", "three 5 0 1 exact, 1 refuses",
                "four – 0 –, 1 cannot",
            ])
        #expect(lines[7] == "sidecar after two, three: exact by tree")
        #expect(lines[8] == "sidecar after two, three: refuses: no object abababab…")
        #expect(lines.last == "4 exact, 2 refuses, 0 silently wrong, 1 not applicable, 1 cannot")
    }
}
