internal import Foundation
internal import OSTree
internal import Processes

/// Reading the same objects as a rebuild does, by `cat`.
final class ObjectReadingSubject: BenchSubject {
    static let name = "cat of the objects"

    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let mode: RepositoryMode
    private var list: String?

    init(_ prepared: PreparedLayer, mode: RepositoryMode) {
        self.prepared = prepared
        self.mode = mode
        let compressed = mode == .archive ? ", compressed as they are" : ""
        records = [
            BenchRecord(
                .floor, ObjectReadingSubject.name, on: prepared, in: mode,
                note: "every content object once, in the order of their names\(compressed); no headers, no SHA-256")
        ]
    }

    func measure(_ sample: Sample) throws {
        let held = try prepared.held(in: mode)
        let list = try list ?? objectList(of: held.repository)
        self.list = list
        var reading = ChildProcess("xargs", ["--null", "--arg-file=\(list)", "cat"], timeoutSeconds: 1_800)
        reading.output = .discarded
        try sample.time(
            .rebuild, reading, reading: [held.repository], starting: ["cat"], isOneProcess: false, into: &records[0])
    }

    /// Writes the paths of all content objects into a file, with a NUL behind each.
    private func objectList(of repository: String) throws -> String {
        let objects = repository + "/objects"
        var paths: [String] = []
        for folder in try FileManager.default.contentsOfDirectory(atPath: objects).sorted() {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(objects)/\(folder)").sorted()
            paths += names.filter { $0.hasSuffix(".file") || $0.hasSuffix(".filez") }.map {
                "\(objects)/\(folder)/\($0)"
            }
        }
        // In these modes a symbolic link of the layer is one in the repository, and cat would follow it.
        if mode == .bare || mode == .bareUserOnly {
            paths = paths.filter {
                let type = try? FileManager.default.attributesOfItem(atPath: $0)[.type] as? FileAttributeType
                return type == .typeRegular
            }
        }
        let list = prepared.folder.appending(component: "objects-\(mode.rawValue)")
        try Data((paths.joined(separator: "\0") + (paths.isEmpty ? "" : "\0")).utf8).write(to: list)
        return list.path
    }
}

/// What is done to every byte of the stream by whoever copies, hashes or splits it: in memory, in one thread.
final class MemorySubject: BenchSubject {
    static let copyName = "memory copy"
    static let hashName = "SHA-256"
    static let splitName = "splitter"

    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let tool: String
    private let cache: CacheState

    /// - Parameter cache: under which its samples are kept, though none matters to it.
    init(_ prepared: PreparedLayer, tool: String, cache: CacheState) {
        self.prepared = prepared
        self.tool = tool
        self.cache = cache
        let rows = [
            (MemorySubject.copyName, "of the stream in memory, 64 MiB at a time; without a process's start"),
            (
                MemorySubject.hashName,
                "of the stream in memory, by the library that rebuilds use; without a process's start"
            ),
            (
                MemorySubject.splitName,
                "the stream in memory through our splitter into nothing, which passes payloads by without a look; without a process's start"
            ),
        ]
        records = rows.map { name, note in
            BenchRecord(.floor, name, on: prepared, note: note)
        }
    }

    func measure(_ sample: Sample) throws {
        // Nothing of it depends on a cache: once a round is enough.
        guard sample.cache == cache else { return }
        let child = ChildProcess(tool, ["measure", "floors", prepared.tar.path, "--json"], timeoutSeconds: 1_800)
        try sample.pageCache.prepare(.warm, [])
        let result = try child.runChecked()
        guard sample.isRecorded else { return }
        let floors = try JSONDecoder().decode(FloorSample.self, from: Data(result.output.bytes))
        for (index, seconds) in [floors.copySeconds, floors.hashSeconds, floors.splitSeconds].enumerated() {
            records[index].update(index == 2 ? .import : .rebuild, cache) { $0.seconds.append(seconds) }
        }
    }
}
