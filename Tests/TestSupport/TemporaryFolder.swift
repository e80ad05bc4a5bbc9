private import Digests
private import Foundation

/// A new folder for one test, which goes with its owner.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws { path = try TemporaryFolder.make() }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in the folder.
    public func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file, and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(name)))
        return path(name)
    }

    public func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

    static func make() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/layerlab-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Everything below a folder by its path there, folders with a slash: a digest for each file, the target for each
    /// link. Names that begin with `.lock` are left out, since ostree makes them as it likes.
    public static func listing(of folder: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where !name.hasSuffix(".lock") {
            let path = folder + "/" + name
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            switch type {
            case .typeDirectory?: result[name + "/"] = ""
            case .typeSymbolicLink?: result[name] = try FileManager.default.destinationOfSymbolicLink(atPath: path)
            default:
                result[name] = SHA256Stream.digest(of: Array(try Data(contentsOf: URL(filePath: path)))).hex
            }
        }
        return result
    }
}

/// How much the tests do.
public enum TestScale {
    /// Whether whole products are tested instead of their pairs: `LAYERLAB_FULL=1`.
    public static let isFull = ProcessInfo.processInfo.environment["LAYERLAB_FULL"] == "1"
}
