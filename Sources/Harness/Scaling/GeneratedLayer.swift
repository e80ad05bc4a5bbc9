internal import Foundation
internal import Processes

/// A layer that is the same on every machine: for measurements that need no corpus.
public struct GeneratedLayer: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        /// So many files of 0 to 4,096 bytes, a hundred in a directory.
        case smallFiles(Int)
        /// One file of so many bytes.
        case oneFile(bytes: UInt64)
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
            bytes < 1_000_000 ? "one of \(Figure.count(bytes)) B" : "one of \(Figure.count(bytes / 1_000_000)) MB"
        }
    }

    /// Tar entries of the stream: files and their directories.
    public var entries: Int {
        switch content {
        case .smallFiles(let count):
            count + (count + GeneratedLayer.directoryFiles - 1) / GeneratedLayer.directoryFiles + 2
        case .oneFile: 3
        }
    }

    /// Writes the stream into a file, and returns its length.
    @discardableResult
    public func write(to path: String) throws -> UInt64 {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw LocatedError("cannot be written", in: path) }
        defer { try? handle.close() }
        var stream = Stream { try handle.write(contentsOf: Data($0)) }
        try stream.directory("usr/")
        try stream.directory("usr/share/")
        switch content {
        case .smallFiles(let count):
            for number in 0..<count {
                let folder = "usr/share/\(number / GeneratedLayer.directoryFiles)/"
                if number % GeneratedLayer.directoryFiles == 0 { try stream.directory(folder) }
                try stream.file(
                    "\(folder)file-\(number)", bytes: UInt64(stream.size(upTo: GeneratedLayer.largestSmallFile)))
            }
        case .oneFile(let bytes): try stream.file("usr/share/file", bytes: bytes)
        }
        return try stream.finish()
    }

    /// Writes ustar headers and random payloads.
    private struct Stream {
        private static let chunkBytes = 1 << 20

        private var random = SplitMix64(state: 0x6c61_7965_7273_0001)
        private var buffer: [UInt8] = []
        private var length: UInt64 = 0
        private let write: ([UInt8]) throws -> Void

        init(_ write: @escaping ([UInt8]) throws -> Void) {
            self.write = write
            buffer.reserveCapacity(Stream.chunkBytes + 1_024)
        }

        mutating func size(upTo limit: Int) -> Int { Int(random.next() % UInt64(limit + 1)) }

        mutating func directory(_ path: String) throws { try append(header(path, type: "5", mode: 0o755, bytes: 0)) }

        mutating func file(_ path: String, bytes: UInt64) throws {
            try append(header(path, type: "0", mode: 0o644, bytes: bytes))
            var rest = bytes
            while rest > 0 {
                let word = random.next()
                for byte in 0..<min(rest, 8) { buffer.append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
                rest -= min(rest, 8)
                try flush()
            }
            try append([UInt8](repeating: 0, count: Int((512 - bytes % 512) % 512)))
        }

        /// The end marker, and the stream's length.
        mutating func finish() throws -> UInt64 {
            try append([UInt8](repeating: 0, count: 1_024))
            try write(buffer)
            return length + UInt64(buffer.count)
        }

        private mutating func append(_ bytes: [UInt8]) throws {
            buffer += bytes
            try flush()
        }

        private mutating func flush() throws {
            guard buffer.count >= Stream.chunkBytes else { return }
            try write(buffer)
            length += UInt64(buffer.count)
            buffer.removeAll(keepingCapacity: true)
        }

        private func header(_ path: String, type: Unicode.Scalar, mode: Int, bytes: UInt64) -> [UInt8] {
            var block = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
            }
            func octal(_ value: UInt64, _ digits: Int) -> String {
                let text = String(value, radix: 8)
                return String(repeating: "0", count: max(digits - text.count, 0)) + text
            }
            put(path, at: 0)
            put(octal(UInt64(mode), 7), at: 100)
            put(octal(0, 7), at: 108)
            put(octal(0, 7), at: 116)
            put(octal(bytes, 11), at: 124)
            put(octal(1_700_000_000, 11), at: 136)
            put("        " + String(type), at: 148)
            put("ustar", at: 257)
            put("00", at: 263)
            put("root", at: 265)
            put("root", at: 297)
            put(octal(block.reduce(0) { $0 + UInt64($1) }, 6) + "\0 ", at: 148)
            return block
        }
    }
}
