private import Foundation

/// The field's own programs for images, and what they see of one.
public enum ImageTool: String, CaseIterable, Sendable {
    case skopeo, umoci, buildah
    case registry = "docker-registry"
    case containersStorage = "containers-storage"

    public var isThere: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(rawValue)") }
    }

    public static var missing: [ImageTool] { allCases.filter { !$0.isThere } }

    /// Whether all of some programs are there. Storage for containers, and owners of unpacked files, need root.
    public static func areThere(_ tools: ImageTool...) -> Bool { getuid() == 0 && tools.allSatisfy(\.isThere) }

    /// Runs the program; that it fails is an error.
    @discardableResult
    public func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) throws -> ProgramResult {
        let result = try run(rawValue, arguments, environment: environment)
        guard result.exitCode == 0 else {
            throw ProgramError(
                description: "\(rawValue) \(arguments.joined(separator: " ")): \(result.exitCode), \(result.errors)")
        }
        return result
    }

    /// Copies an image with skopeo, digest for digest; without TLS where registries are meant.
    public static func copy(_ source: String, to destination: String, preservingDigests: Bool = true) throws {
        let result = try run(
            "skopeo",
            ["copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"]
                + (preservingDigests ? ["--preserve-digests"] : []) + [source, destination])
        guard result.exitCode == 0 else {
            throw ProgramError(description: "skopeo copy \(source) \(destination): \(result.errors)")
        }
    }
}
