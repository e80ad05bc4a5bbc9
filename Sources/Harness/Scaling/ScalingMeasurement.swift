internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies
internal import Processes

/// What `measure scaling` was asked for.
public struct ScalingSettings: Codable, Equatable, Sendable {
    /// Files of the layers of small files.
    public var fileCounts = [1_000, 10_000, 100_000]
    /// Bytes of the one file of the other layers.
    public var byteCounts: [UInt64] = [1_000_000, 10_000_000, 100_000_000, 1_000_000_000]
    public var samples = 3
    public var strategy = "raw+zstd:3@commit-metadata"
    public var mode = "bare-user"

    public init() {}

    var layers: [GeneratedLayer] {
        fileCounts.map { GeneratedLayer(.smallFiles($0)) } + byteCounts.map { GeneratedLayer(.oneFile(bytes: $0)) }
    }
}

/// One layer's samples.
public struct ScalingRecord: Codable, Equatable, Sendable {
    public var name: String
    /// Of the generated files; nil for a layer of one file.
    public var files: Int?
    /// Tar entries and bytes of the stream.
    public var entries: Int
    public var bytes: UInt64
    public var importing = Measurement(.import, .warm)
    public var rebuild = Measurement(.rebuild, .warm)

    func measurement(_ operation: BenchOperation) -> Measurement { operation == .import ? importing : rebuild }
}

/// Imports and rebuilds generated layers of growing size, as whole processes.
///
/// Repositories do not sync: what grows with a layer is the program's work, and not the disk's.
public struct ScalingMeasurement {
    private let settings: ScalingSettings
    private let tool: String
    private let folder: URL
    private let status: (String) -> Void

    public init(_ settings: ScalingSettings, tool: String, workFolder: String, status: @escaping (String) -> Void) {
        self.settings = settings
        self.tool = tool
        folder = URL(filePath: workFolder).appending(component: "layerlab-scaling-\(UUID().uuidString)")
        self.status = status
    }

    /// One warm-up, which tells the memory too, and then as many rounds as samples; each round does every layer once.
    public func run() throws -> [ScalingRecord] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // All at once and at the end: on ext4, removing a repository slows the making of the next one down.
        defer {
            status("removing temporary repositories")
            try? FileManager.default.removeItem(at: folder)
            status("")
        }
        let layers = settings.layers
        var records = try layers.enumerated().map { index, layer in
            try Interruption.check()
            status("generating \(layer.name)")
            let bytes = try layer.write(to: path(of: index))
            var files: Int?
            if case .smallFiles(let count) = layer.content { files = count }
            return ScalingRecord(name: layer.name, files: files, entries: layer.entries, bytes: bytes)
        }
        for round in 0...settings.samples {
            for index in BenchOrder.order(of: layers.count, round: round) {
                try Interruption.check()
                status("\(round == 0 ? "warm-up" : "round \(round) of \(settings.samples)"): \(layers[index].name)")
                try measure(index, round, &records[index])
            }
        }
        return records
    }

    private func path(of index: Int) -> String { folder.appending(component: "layer-\(index).tar").path }

    private func measure(_ index: Int, _ round: Int, _ record: inout ScalingRecord) throws {
        guard let mode = RepositoryMode(rawValue: settings.mode) else {
            throw LocatedError("no such mode", in: settings.mode)
        }
        let repository = folder.appending(component: "\(index)-\(round)").path
        let pageCache = PageCache(.advice)
        func time(_ child: ChildProcess, _ measurement: WritableKeyPath<ScalingRecord, Measurement>) throws
            -> ChildResult
        {
            try pageCache.prepare(.warm, [])
            var child = child
            child.samplesMemory = round == 0
            let result = try child.runChecked()
            if round > 0 {
                record[keyPath: measurement].add(result)
            } else {
                record[keyPath: measurement].add(result.peakMemory)
            }
            return result
        }
        var importing = LayerImport(tool: tool, strategy: settings.strategy, policy: .standard)
        importing.isDurable = false
        let report = try importing.run(path(of: index), into: repository, mode: mode) { try time($0, \.importing) }
        _ = try time(
            StreamSink.null.process(
                [tool, "rebuild", report.ref, "--repo", repository, "-o", "/dev/null", "--quiet"], timeoutSeconds: 3_600
            ),
            \.rebuild)
    }
}
