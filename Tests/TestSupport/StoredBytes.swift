private import Foundation
public import Digests
public import OSTree

/// A file of a repository whose bytes a test damages in place, so that it keeps its extended attributes; it is whole again
/// when `mend` is called.
public final class StoredBytes {
    public let path: String
    /// The bytes as they were.
    public let sound: [UInt8]
    private let handle: FileHandle

    public init(_ path: String) throws {
        self.path = path
        sound = Array(try Data(contentsOf: URL(filePath: path)))
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw ProgramError(description: "cannot write \(path)")
        }
        self.handle = handle
    }

    deinit { try? handle.close() }

    /// The one file below a folder that holds these bytes, wherever a storage has put them.
    public static func holding(_ bytes: [UInt8], in folder: String) throws -> StoredBytes {
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            if data.firstRange(of: Data(bytes)) != nil { return try StoredBytes(folder + "/" + name) }
        }
        throw ProgramError(description: "no file in \(folder) holds the bytes")
    }

    /// Flips a bit; the same call again flips it back.
    public func flip(bit: Int, from value: UInt8? = nil) throws {
        try handle.seek(toOffset: UInt64(bit / 8))
        try handle.write(contentsOf: [(value ?? sound[bit / 8]) ^ 1 << UInt8(bit % 8)])
    }

    /// Writes the byte of a flipped bit as it was.
    public func flipBack(bit: Int) throws {
        try handle.seek(toOffset: UInt64(bit / 8))
        try handle.write(contentsOf: [sound[bit / 8]])
    }

    /// Cuts the file off; what is behind is lost until `mend`.
    public func cut(at count: Int) throws { try handle.truncate(atOffset: UInt64(count)) }

    public func overwrite(_ bytes: [UInt8]) throws {
        try handle.truncate(atOffset: 0)
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: bytes)
    }

    public func mend() throws { try overwrite(sound) }
}

extension TemporaryRepository {
    /// The file of a loose object.
    public func path(_ kind: Repository.ObjectKind, _ object: Digest) -> String {
        let suffix =
            switch kind {
            case .commit: "commit"
            case .directoryTree: "dirtree"
            case .directoryMetadata: "dirmeta"
            case .file: repository.mode == .archive ? "filez" : "file"
            }
        return path + "/objects/\(object.hex.prefix(2))/\(object.hex.dropFirst(2)).\(suffix)"
    }

    /// The files of all loose objects of these kinds, by their checksums; commits are left out.
    public func objectFiles() throws -> [(path: String, object: Digest)] {
        try FileManager.default.subpathsOfDirectory(atPath: path + "/objects").sorted().compactMap { name in
            guard !name.hasSuffix(".commit"), !name.hasSuffix(".commitmeta"),
                let object = Digest(hex: (name.prefix { $0 != "." }).filter { $0 != "/" })
            else { return nil }
            return (path + "/objects/" + name, object)
        }
    }
}
