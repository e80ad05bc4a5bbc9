private import Foundation

/// The real `tar-split`, the program that everybody else's files of this format come from.
public enum RealTarSplit {
    public static var isThere: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/tar-split") }
    }

    /// What `tar-split disasm` writes for a stream, or nil where it fails.
    public static func disassemble(_ stream: [UInt8]) throws -> [UInt8]? {
        let folder = try TemporaryFolder()
        let file = try folder.write(stream, to: "layer.tar")
        let output = folder.path("layer.json.gz")
        // It makes sparse files whole, be they exabytes.
        let result = try run("timeout", ["10", "tar-split", "disasm", "--no-stdout", "--output", output, file])
        return result.exitCode == 0 ? try folder.read("layer.json.gz") : nil
    }

    /// What `tar-split asm` makes of a file and a folder of payloads, or nil where it fails.
    public static func assemble(_ bytes: [UInt8], payloads: String) throws -> [UInt8]? {
        let folder = try TemporaryFolder()
        let file = try folder.write(bytes, to: "layer.json.gz")
        let output = folder.path("rebuilt.tar")
        let result = try run(
            "timeout", ["10", "tar-split", "asm", "--input", file, "--path", payloads, "--output", output])
        return result.exitCode == 0 ? try folder.read("rebuilt.tar") : nil
    }

    /// A folder whose `tree` is what GNU tar takes out of a stream, or bsdtar where GNU tar fails, as far as they can.
    public static func extract(_ stream: [UInt8]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let file = try folder.write(stream, to: "layer.tar")
        try FileManager.default.createDirectory(atPath: folder.path("tree"), withIntermediateDirectories: true)
        let arguments = ["-x", "-f", file, "-C", folder.path("tree")]
        for program in ["tar", "bsdtar"] {
            if try run(program, arguments, environment: ["LC_ALL": "C.UTF-8"]).exitCode == 0 { break }
        }
        return folder
    }
}
