import Foundation
import TestSupport

/// The built program.
enum Tool {
    /// The path of `layerlab`: by `LAYERLAB_TOOL`, or beside the program that runs the tests.
    static func path() throws -> String {
        if let path = ProcessInfo.processInfo.environment["LAYERLAB_TOOL"] { return path }
        let runner = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: runner).deletingLastPathComponent().appending(path: "layerlab").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProgramError(description: "there is no program at \(path); set LAYERLAB_TOOL")
        }
        return path
    }

    static func run(_ arguments: String..., input: [UInt8]? = nil) throws -> ProgramResult {
        try run(arguments, input: input)
    }

    static func run(_ arguments: [String], input: [UInt8]? = nil) throws -> ProgramResult {
        try TestSupport.run(path(), arguments, input: input)
    }

    static func start(_ arguments: String..., input: [UInt8]) throws -> RunningProgram {
        try RunningProgram(path(), arguments, input: input, keepsInputOpen: true)
    }

    /// Runs the program in a shell, after a preparation such as `ulimit -f 8`. What happens beyond the limit is the
    /// program's own choice, and not that of whoever runs the tests.
    static func run(after preparation: String, _ arguments: String...) throws -> ProgramResult {
        try TestSupport.run(
            "bash", ["-c", preparation + "; exec env --default-signal=XFSZ \"$0\" \"$@\"", path()] + arguments)
    }
}

extension ProgramResult {
    /// Standard output as JSON objects, one a line.
    func objects() throws -> [[String: Any]] {
        try output.split(separator: "\n").map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw ProgramError(description: "no JSON object: \(line)")
            }
            return object
        }
    }

    /// The one JSON object on standard output.
    func object() throws -> [String: Any] {
        let objects = try objects()
        guard objects.count == 1 else {
            throw ProgramError(description: "\(objects.count) objects: \(output)\(errors)")
        }
        return objects[0]
    }
}
