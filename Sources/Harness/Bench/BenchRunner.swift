internal import Digests
internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies

/// Runs a benchmark: whole processes, interleaved, each import into a fresh repository.
///
/// Every sample runs all cases and peers once before the next sample begins, so that a slow minute of the machine meets
/// all of them, and each sample in another order, so that none always follows the same neighbour. Before the first
/// sample of a layer its first case runs once unrecorded, which fills caches. Repositories are removed when all is
/// done: on ext4, removing one just before making the next slows the next one down by a factor.
public struct BenchRunner {
    private let plan: BenchPlan
    private let tool: String
    private let workFolder: URL
    private let progress: (String) -> Void

    /// - Parameters:
    ///   - tool: the path of the layerlab program.
    ///   - workFolder: where temporary repositories are made, in a folder of their own.
    public init(_ plan: BenchPlan, tool: String, workFolder: String, progress: @escaping (String) -> Void) {
        self.plan = plan
        self.tool = tool
        self.workFolder = URL(filePath: workFolder).appending(component: "layerlab-bench-\(UUID().uuidString)")
        self.progress = progress
    }

    /// Measures the plan layer by layer.
    ///
    /// - Parameter save: called with all records so far after each layer.
    public func run(save: ([BenchRecord]) throws -> Void) throws -> [BenchRecord] {
        try FileManager.default.createDirectory(at: workFolder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: workFolder) }
        var records: [BenchRecord] = []
        for (index, layer) in plan.layers.enumerated() {
            progress("layer \(index + 1) of \(plan.layers.count): \(layer.name)")
            records += try measure(layer, in: workFolder.appending(component: "\(index)"))
            try save(records)
        }
        return records
    }

    private func measure(_ layer: BenchPlan.Layer, in folder: URL) throws -> [BenchRecord] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let tar = try PlainTar(of: layer, in: folder)
        try requireRoom(for: tar, of: layer)
        var subjects: [any BenchSubject] = plan.cases.map { StrategySubject($0, layer: layer, tar: tar, tool: tool) }
        if plan.includesPeers { subjects += peers(on: layer, tar) }
        var records = subjects.map(\.blank)
        if let first = subjects.first {
            try Interruption.check()
            progress("  warm-up: \(first.blank.name)")
            var unrecorded = first.blank
            // An error comes again in the first sample, and is recorded there.
            try? first.measure(in: folder.appending(component: "warm-up").path, into: &unrecorded)
        }
        for sample in 0..<plan.sampleCount {
            for index in BenchRunner.order(of: subjects.count, sample: sample) where records[index].error == nil {
                try Interruption.check()
                progress("  sample \(sample + 1) of \(plan.sampleCount): \(records[index].name)")
                do {
                    let place = folder.appending(component: "\(index)-\(sample)").path
                    try subjects[index].measure(in: place, into: &records[index])
                } catch {
                    try Interruption.check()
                    records[index].error = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
                }
            }
        }
        return records
    }

    /// In which order a sample runs its subjects: with another one first in each sample, and in steps of 1, then of the
    /// next number without a common divisor, and so on, so that neighbours change too.
    static func order(of count: Int, sample: Int) -> [Int] {
        func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }
        let steps = (1...max(count, 1)).filter { commonDivisor($0, count) == 1 }
        let step = steps.isEmpty ? 1 : steps[sample % steps.count]
        return (0..<count).map { (sample + $0 * step) % count }
    }

    /// The peers that are installed.
    private func peers(on layer: BenchPlan.Layer, _ tar: PlainTar) -> [any BenchSubject] {
        var peers: [any BenchSubject] = []
        if Program.find("tar-split") != nil { peers.append(TarSplitSubject(layer: layer, tar: tar)) }
        if Program.find("ostree") != nil {
            let modes = Set(plan.cases.map(\.mode.rawValue)).sorted()
            peers += modes.map { OSTreeSubject(layer: layer, tar: tar, mode: $0) }
        }
        return peers
    }

    /// Every sample of every case keeps a repository of about the layer's size until the end.
    private func requireRoom(for tar: PlainTar, of layer: BenchPlan.Layer) throws {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: workFolder.path)
        guard let free = (attributes[.systemFreeSize] as? NSNumber)?.uint64Value else { return }
        let need = tar.bytes * UInt64(plan.sampleCount * (plan.cases.count + 1) + 3)
        guard free > need else {
            throw HarnessError(
                "\(layer.name) needs about \(Figure.count(need / 1_000_000)) MB here, and "
                    + "\(Figure.count(free / 1_000_000)) MB are free", in: workFolder.path,
                remedy: "name a larger file system with --work-dir, or fewer --samples or strategies")
        }
    }
}

/// A layer as an uncompressed file, which peers need; ours are given the same.
struct PlainTar {
    let path: String
    let bytes: UInt64
    let diffID: Digest

    init(of layer: BenchPlan.Layer, in folder: URL) throws {
        let source = try LayerSource(layer.path)
        let copy = folder.appending(component: "layer.tar").path
        let sink = try FileSink(copy)
        while let chunk = try source.next() { try sink.write(chunk) }
        try sink.finish()
        path = copy
        bytes = source.streamByteCount
        diffID = source.diffID
    }
}

/// Something that a benchmark measures on a layer.
protocol BenchSubject {
    /// The record before the first sample.
    var blank: BenchRecord { get }
    /// Takes one sample, in a place that does not exist yet. An error ends this subject, not the benchmark.
    func measure(in place: String, into record: inout BenchRecord) throws
}
