internal import Foundation
internal import LayerStore
internal import OSTree
internal import Strategies
internal import Processes

/// Counts what an import and a rebuild of generated layers cost: system calls by strace, allocations and instructions by
/// valgrind. Nothing here is a time, so that it is the same on a busy machine.
public struct EntryCostMeasurement {
    private static let fileCounts = (small: 500, large: 1_500)

    private let tool: String
    private let folder: URL
    private let status: (String) -> Void

    public init(tool: String, workFolder: String, status: @escaping (String) -> Void) {
        self.tool = tool
        folder = URL(filePath: workFolder).appending(component: "layerlab-costs-\(UUID().uuidString)")
        self.status = status
    }

    public func run() throws -> EntryCosts {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            status("")
            try? FileManager.default.removeItem(at: folder)
        }
        // Valgrind gives up on debugging information that is newer than itself.
        let stripped = folder.appending(component: "layerlab").path
        try ChildProcess("strip", ["--strip-debug", "-o", stripped, tool]).runChecked()
        let (small, large) = EntryCostMeasurement.fileCounts
        let counts = try [small, large].map { try count(GeneratedLayer(.smallFiles($0)), by: stripped) }
        let entries = GeneratedLayer(.smallFiles(large)).entries - GeneratedLayer(.smallFiles(small)).entries
        return EntryCosts(small: counts[0], large: counts[1], entries: entries)
    }

    /// A program that watches another one, and what it tells.
    private struct Counter: Sendable {
        var unit: String
        /// The program with its options, which writes what it tells into this file.
        var command: @Sendable (_ log: String) -> [String]
        var read: @Sendable (String) -> UInt64?
    }

    private static let counters = [
        Counter(
            unit: "system calls", command: { ["strace", "-f", "-c", "-o", $0] }, read: EntryCosts.systemCalls),
        Counter(
            unit: "allocations",
            command: {
                ["valgrind", "--tool=memcheck", "--undef-value-errors=no", "--leak-check=no", "--log-file=\($0)"]
            }, read: EntryCosts.allocations),
        Counter(
            unit: "instructions",
            command: { ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=\($0)"] },
            read: EntryCosts.instructions),
    ]

    private func count(_ layer: GeneratedLayer, by tool: String) throws -> [String: UInt64] {
        let path = folder.appending(component: "layer-\(layer.entries).tar").path
        try layer.write(to: path)
        var counts: [String: UInt64] = [:]
        for (index, counter) in EntryCostMeasurement.counters.enumerated() {
            let repository = folder.appending(component: "\(layer.entries)-\(index)").path
            var importing = LayerImport(tool: tool, strategy: Strategy.standard.description, policy: .standard)
            importing.isDurable = false
            let report = try importing.run(path, into: repository, mode: .bareUser) {
                try watch($0, counter, "import", layer, into: &counts)
            }
            var rebuild = ChildProcess(
                tool, ["rebuild", report.ref, "--repo", repository, "-o", "/dev/null", "--quiet"], timeoutSeconds: 600)
            rebuild.output = .discarded
            _ = try watch(rebuild, counter, "rebuild", layer, into: &counts)
        }
        return counts
    }

    private func watch(
        _ child: ChildProcess, _ counter: Counter, _ operation: String, _ layer: GeneratedLayer,
        into counts: inout [String: UInt64]
    ) throws -> ChildResult {
        try Interruption.check()
        let name = "\(operation) \(counter.unit)"
        status("counting \(name), \(layer.name)")
        let log = folder.appending(component: "log").path
        let command = counter.command(log)
        var watched = child
        watched.program = command[0]
        watched.arguments = command.dropFirst() + [child.program] + child.arguments
        watched.timeoutSeconds = 600
        let result = try watched.runChecked()
        let text = try String(contentsOfFile: log, encoding: .utf8)
        guard let count = counter.read(text) else {
            throw LocatedError("says nothing about \(counter.unit)", in: command[0])
        }
        counts[name] = count
        return result
    }
}
