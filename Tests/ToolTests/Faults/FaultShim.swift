import Foundation
import TestSupport

/// The library that stands before the C library's calls (`shim.c`), built once per run of the tests.
enum FaultShim {
    /// Which calls are hit: `LAYERLAB_SEED`.
    static let seed = ProcessInfo.processInfo.environment["LAYERLAB_SEED"].flatMap(UInt64.init) ?? 1

    /// The library's path.
    static let library: Result<String, any Error> = Result {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "shim.c").path
        let place = try URL(filePath: Tool.path()).deletingLastPathComponent().path + "/layerlab-faults"
        let temporary = "\(place)-\(getpid()).so"
        // The Swift toolchain brings clang.
        let arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", temporary, source, "-ldl"]
        var result = try run("clang", arguments)
        if result.exitCode == 127 { result = try run("cc", arguments) }
        guard result.exitCode == 0 else { throw ProgramError(description: "shim.c: \(result.errors)") }
        try? FileManager.default.removeItem(atPath: place + ".so")
        try FileManager.default.moveItem(atPath: temporary, toPath: place + ".so")
        return place + ".so"
    }

    /// The environment in which a program meets a fault.
    static func environment(_ fault: Fault?, below repo: String, report: String) throws -> [String: String] {
        guard let root = canonical(repo) else { throw ProgramError(description: "there is no \(repo)") }
        var environment = [
            "LD_PRELOAD": try library.get(), "LAYERLAB_FAULT_ROOT": root, "LAYERLAB_FAULT_REPORT": report,
        ]
        if let fault { environment["LAYERLAB_FAULT"] = fault.description }
        return environment
    }

    private static func canonical(_ path: String) -> String? {
        FileManager.default.fileExists(atPath: path) ? URL(filePath: path).resolvingSymlinksInPath().path : nil
    }
}

/// What is to happen at one of a program's calls.
struct Fault: CustomStringConvertible, Sendable {
    enum Action: String, CaseIterable, Sendable {
        case kill, pause
        /// The call fails, and nothing else.
        case noSpaceOnce = "enospc"
        case inputOutputOnce = "eio"
        /// From the call on there is no room left.
        case noSpace = "enospc+"
        /// From the call on no call succeeds.
        case inputOutput = "eio+"

        var isOnce: Bool { self == .noSpaceOnce || self == .inputOutputOnce }

        /// What the system calls it.
        var words: String {
            switch self {
            case .kill, .pause: ""
            case .noSpaceOnce, .noSpace: "No space left on device"
            case .inputOutputOnce, .inputOutput: "Input/output error"
            }
        }
    }

    var action: Action
    var phase: String
    var number: Int

    var description: String { "\(action.rawValue):\(phase):\(number)" }
}

/// What a program that met a fault, or only counted, has reported.
struct FaultReport {
    /// How many calls there were in each phase; empty for a program that was killed.
    private(set) var counts: [String: Int] = [:]
    /// The phase, the call and the place of the one that was hit.
    private(set) var hit: (phase: String, call: String, path: String)?

    init(_ path: String) {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if words.first == "hit", words.count == 4 {
                hit = (words[1], words[2], words[3])
            } else if words.count == 2, let count = Int(words[1]) {
                counts[words[0]] = count
            }
        }
    }
}
