import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport

@testable import Harness

/// A measured layer with its repositories, which go with their owner.
struct FootprintSample {
    let folder: TemporaryFolder
    let records: [FootprintRecord]

    /// Files, links, a device, and three orphans: two of a duplicate path, and one of a dropped path.
    static let stream = TarBuilder.stream(dialect: .gnu) { tar in
        tar.directory("usr/")
        tar.directory("usr/share/", mode: 0o700)
        for number in 1...30 {
            tar.file("usr/share/\(number)", [UInt8](repeating: UInt8(number), count: number * 400))
        }
        tar.hardLink("usr/share/twin", to: "usr/share/7")
        tar.symbolicLink("usr/share/soft", to: "8")
        tar.device("usr/null", major: 1, minor: 3)
        for count in 1...3 { tar.file("usr/share/same", [UInt8](repeating: 77, count: count * 1_000)) }
        tar.file("dev/dropped", [UInt8](repeating: 78, count: 5_000))
    }
    static let orphanCount = 3
    static let orphanBytes: UInt64 = 1_000 + 2_000 + 5_000

    init(
        _ stream: [UInt8] = stream, modes: [RepositoryMode] = RepositoryMode.allCases,
        storages: [any Storage.Type] = Catalogue.storages, tool: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        let path = try folder.write(stream, to: "layer.tar")
        records = try FootprintMeasurement(
            layer: "sample", path: path, policy: .standard, modes: modes, storages: storages,
            tool: try tool ?? Tool.path(), workFolder: folder.path
        ).run { _ in }
    }

    func repository(_ record: FootprintRecord) throws -> Repository {
        try Repository(opening: folder.path("\(record.mode)-\(record.storage)"))
    }
}
