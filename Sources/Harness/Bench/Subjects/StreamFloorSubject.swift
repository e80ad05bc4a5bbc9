internal import OSTree
internal import Strategies

/// A whole process that does one thing that every rebuild does, and nothing else.
final class StreamFloorSubject: BenchSubject {
    enum Floor {
        /// `openssl dgst -sha256` of the stream's file.
        case hash
        /// `layerlab measure objects`: every payload's object in the stream's order, opened, read and closed, in one thread.
        case objects(tool: String, strategy: String, options: [String], mode: RepositoryMode)
    }

    static let hashName = "openssl dgst -sha256"
    static let objectsName = "one thread reads the objects"

    var records: [BenchRecord]
    private let prepared: PreparedLayer
    private let floor: Floor

    init(_ floor: Floor, _ prepared: PreparedLayer) {
        self.prepared = prepared
        self.floor = floor
        switch floor {
        case .hash:
            records = [
                BenchRecord(
                    .floor, StreamFloorSubject.hashName, on: prepared,
                    note: "of the same bytes in one file, by the processor's SHA extensions; opens no object")
            ]
        case .objects(_, _, _, let mode):
            records = [
                BenchRecord(
                    .floor, StreamFloorSubject.objectsName, on: prepared, in: mode,
                    note:
                        "layerlab measure objects: the objects that a rebuild reads, in its order, with the recipe loaded "
                        + "as a rebuild loads it; writes nothing, hashes nothing")
            ]
        }
    }

    func measure(_ sample: Sample) throws {
        let (command, path) = try command()
        try sample.time(.rebuild, StreamSink.null.process(command), reading: [path], into: &records[0])
    }

    private func command() throws -> ([String], String) {
        switch floor {
        case .hash: return (["openssl", "dgst", "-sha256", prepared.tar.path], prepared.tar.path)
        case .objects(let tool, let strategy, let options, let mode):
            let held = try prepared.held(in: mode, by: strategy, options: options)
            return ([tool, "measure", "objects", held.report.ref, "--repo", held.repository], held.repository)
        }
    }
}
