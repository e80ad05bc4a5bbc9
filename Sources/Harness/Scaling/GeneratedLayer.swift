internal import Foundation
internal import Processes

/// A layer that is the same on every machine: for measurements that need no corpus.
public struct GeneratedLayer: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        /// So many files of 0 to 4,096 bytes, a hundred in a directory.
        case smallFiles(Int)
        /// One file of so many bytes.
        case oneFile(bytes: UInt64)
        /// Some of everything that a layer has: see `oneOfEach`.
        case oneOfEach
    }

    /// Files of one directory.
    private static let directoryFiles = 100
    private static let largestSmallFile = 4_096

    public let content: Content

    public init(_ content: Content) { self.content = content }

    /// `1,000 files`, `1 MB`.
    public var name: String {
        switch content {
        case .smallFiles(let count): "\(Figure.count(count)) files"
        case .oneFile(let bytes):
            bytes < 1_000_000
                ? "one of \(Figure.count(bytes)) B" : "one of \(Figure.count(bytes / 1_000_000)) MB"
        case .oneOfEach: "one of each"
        }
    }

    /// Tar entries of the stream: files and their directories.
    public var entries: Int {
        switch content {
        case .smallFiles(let count):
            count + (count + GeneratedLayer.directoryFiles - 1) / GeneratedLayer.directoryFiles + 2
        case .oneFile: 3
        case .oneOfEach: GeneratedLayer.oneOfEach.count
        }
    }

    /// Writes the stream into a file, and returns its length.
    @discardableResult
    public func write(to path: String) throws -> UInt64 {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw LocatedError("cannot be written", in: path) }
        defer { try? handle.close() }
        var stream = GeneratedStream { try handle.write(contentsOf: Data($0)) }
        if content != .oneOfEach {
            try stream.directory("usr/")
            try stream.directory("usr/share/")
        }
        switch content {
        case .smallFiles(let count):
            for number in 0..<count {
                let folder = "usr/share/\(number / GeneratedLayer.directoryFiles)/"
                if number % GeneratedLayer.directoryFiles == 0 { try stream.directory(folder) }
                try stream.file(
                    "\(folder)file-\(number)", bytes: UInt64(stream.size(upTo: GeneratedLayer.largestSmallFile)))
            }
        case .oneFile(let bytes): try stream.file("usr/share/file", bytes: bytes)
        case .oneOfEach: for entry in GeneratedLayer.oneOfEach { try stream.append(entry) }
        }
        return try stream.finish()
    }

    /// Files, links, attributes, owners, a whiteout, and paths that a commit does not keep: their payloads are orphans. Nothing
    /// that a repository of some mode or an encoding refuses.
    private static let oneOfEach: [GeneratedStream.Entry] = {
        typealias Entry = GeneratedStream.Entry
        let folders = ["usr/", "usr/bin/", "usr/share/", "usr/share/doc/", "etc/", "var/", "var/lib/", "run/", "dev/"]
        let files = (0..<24).map { number in
            Entry("usr/share/doc/file-\(number)", bytes: UInt64(number * number * 37), time: UInt64(number % 5))
        }
        return folders.map { Entry($0, type: "5", mode: 0o755) } + files + [
            Entry("usr/bin/tool", mode: 0o755, bytes: 70_000, time: 100),
            Entry("usr/bin/tool-1", type: "1", link: "usr/bin/tool"),
            Entry("usr/bin/sh", type: "2", mode: 0o777, link: "tool"),
            Entry("usr/share/empty"),
            Entry("usr/share/attributes", bytes: 300, attributes: [("user.layerlab", "kept")]),
            Entry("usr/share/owned", owner: 1_000, bytes: 200),
            Entry("usr/share/" + String(repeating: "long/", count: 24) + "name", bytes: 11),
            Entry("usr/share/.wh.gone"),
            Entry("etc/hosts", bytes: 120, time: 7),
            Entry("var/lib/state", bytes: 900),
            Entry("run/dropped", bytes: 1_500),
            Entry("dev/dropped", bytes: 5),
        ]
    }()
}
