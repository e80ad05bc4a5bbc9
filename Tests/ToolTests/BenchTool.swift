import Foundation
import Harness
import TestSupport
import Testing
import Processes

/// `layerlab bench` on a small layer, with a folder of its own for all that it writes.
struct BenchTool {
    /// The layer's stream: a directory, files and links.
    static let layer = TarBuilder.stream { tar in
        tar.directory("usr/")
        tar.directory("usr/share/")
        for number in 0..<40 {
            tar.file("usr/share/file-\(number)", [UInt8](repeating: UInt8(number), count: number * 100)) {
                $0.modificationTime = 1_700_000_000 + Int64(number)
            }
        }
        tar.hardLink("usr/share/twin", to: "usr/share/file-7")
        tar.symbolicLink("usr/share/soft", to: "file-8")
    }
    static let entryCount = 44

    let folder: String
    /// Where reports go.
    var output: String { folder + "/report" }
    /// Where temporary repositories go.
    var temporary: String { folder + "/tmp" }
    var layerPath: String { folder + "/layer.tar" }

    /// Runs `body` with a folder that holds the layer, and removes the folder.
    static func use(_ body: (BenchTool) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "layerlab-tool-\(UUID().uuidString)")
        let tool = BenchTool(folder: folder.path)
        try FileManager.default.createDirectory(atPath: tool.temporary, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(layer).write(to: URL(filePath: tool.layerPath))
        try body(tool)
    }

    /// Runs `layerlab bench` on the layer with these options.
    func bench(_ options: String...) throws -> ChildResult { try bench(options) }

    func bench(_ options: [String]) throws -> ChildResult {
        var process = ChildProcess(
            try BenchTool.program(), ["bench", layerPath, "-o", output] + options, timeoutSeconds: 300)
        process.environment = ["TMPDIR": temporary]
        return try process.run()
    }

    func results() throws -> BenchResults {
        try JSONDecoder().decode(BenchResults.self, from: Data(contentsOf: URL(filePath: output + "/results.json")))
    }

    func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// The program that `LAYERLAB_TOOL` names, or the one that was built beside the tests.
    private static func program() throws -> String {
        if let path = ProcessInfo.processInfo.environment["LAYERLAB_TOOL"], !path.isEmpty { return path }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let candidates = [tests, Bundle.main.bundlePath, CommandLine.arguments[0]].flatMap { path in
            let url = URL(filePath: path)
            return [url.deletingLastPathComponent(), url].map { $0.appending(path: "layerlab").path }
        }
        return try #require(candidates.first { Program.find($0) != nil }, "there is no layerlab beside \(tests)")
    }
}
