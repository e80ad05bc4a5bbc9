import Foundation
import LayerStore
import Tar

/// The documents that an archive of images has at its top, by their names.
struct ArchiveDocuments {
    private(set) var documents: [String: Data] = [:]
    /// `gzip` or `zstd`; nil for none.
    let compression: String?

    private static let maximumBytes: UInt64 = 4 << 20
    private static let maximumOthers = 16
    private static let names: Set = ["manifest.json", "index.json", "oci-layout"]

    /// Nil where the path is no regular file: a pipe is not opened, for it would be used up.
    init?(_ path: String) {
        guard (try? LayerSource.requireFile(path)) != nil, let file = FileHandle(forReadingAtPath: path) else {
            return nil
        }
        defer { try? file.close() }
        let magic = Array((try? file.read(upToCount: 4)) ?? Data())
        if magic.starts(with: [0x1f, 0x8b]) || magic == [0x28, 0xb5, 0x2f, 0xfd] {
            guard let source = try? LayerSource(path) else { return nil }
            compression = source.compression.rawValue
            read(source)
        } else {
            compression = nil
            read(file)
        }
    }

    /// A document that is a file; nil where it is none, or longer than documents are.
    static func file(_ path: String) -> Data? {
        guard (try? LayerSource.requireFile(path)) != nil, let file = FileHandle(forReadingAtPath: path) else {
            return nil
        }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: Int(maximumBytes) + 1), data.count <= Int(maximumBytes) else {
            return nil
        }
        return data
    }

    /// Goes from header to header, past all content but that of documents, until there were more entries than a tool adds
    /// whose names are no digests: every import of a file looks here, and a layer may have a million.
    private mutating func read(_ file: FileHandle) {
        var offset: UInt64 = 0
        var others = 0
        while (try? file.seek(toOffset: offset)) != nil,
            let block = try? file.read(upToCount: Header.blockSize), block.count == Header.blockSize,
            let entry = Entry(Array(block)[...])
        {
            if !entry.isOfImages { others += 1 }
            guard others <= ArchiveDocuments.maximumOthers else { return }
            if entry.isDocument, documents[entry.name] == nil,
                let data = try? file.read(upToCount: Int(entry.byteCount))
            {
                documents[entry.name] = data
            }
            offset += UInt64(Header.blockSize) + entry.paddedByteCount
        }
    }

    /// The same for one that has to be inflated to go on: the first large entry with another name ends it, too.
    private mutating func read(_ source: LayerSource) {
        var bytes: [UInt8] = []
        var skipped: UInt64 = 0
        var others = 0
        while let chunk = try? source.next() {
            let passed = min(skipped, UInt64(chunk.count))
            skipped -= passed
            bytes += chunk.dropFirst(Int(passed))
            while bytes.count >= Header.blockSize {
                guard let entry = Entry(bytes[..<Header.blockSize]) else { return }
                let isLarge = entry.byteCount > ArchiveDocuments.maximumBytes
                let end = UInt64(Header.blockSize) + entry.paddedByteCount
                if entry.isDocument {
                    guard UInt64(bytes.count) >= end else { break }
                    documents[entry.name] =
                        documents[entry.name] ?? Data(bytes[Header.blockSize...].prefix(Int(entry.byteCount)))
                }
                if !entry.isOfImages {
                    others += 1
                    guard !isLarge, others <= ArchiveDocuments.maximumOthers else { return }
                }
                let taken = min(end, UInt64(bytes.count))
                bytes.removeFirst(Int(taken))
                skipped = end - taken
            }
        }
    }

    /// What a header says, as far as it matters here.
    private struct Entry {
        let name: String
        let byteCount, paddedByteCount: UInt64

        init?(_ block: ArraySlice<UInt8>) {
            guard let header = Header(block), let size = header.size, size >= 0 else { return nil }
            var name = String(decoding: header.path, as: UTF8.self)
            if name.hasPrefix("./") { name.removeFirst(2) }
            let (blocks, isTooLarge) = UInt64(size).addingReportingOverflow(511)
            guard !isTooLarge, blocks < 1 << 50 else { return nil }
            (self.name, byteCount, paddedByteCount) = (name, UInt64(size), blocks / 512 * 512)
        }

        var isDocument: Bool { names.contains(name) && byteCount <= maximumBytes }

        /// Most tools call layers and configurations by digests, with `sha256:` before them or not.
        var isOfImages: Bool {
            let digest = name.hasPrefix("sha256:") ? name.dropFirst(7) : name[...]
            let first = digest.prefix { $0 != "/" && $0 != "." }
            return name.isEmpty || names.contains(name) || ["blobs", "repositories"].contains(first)
                || first.count == 64 && first.allSatisfy(\.isHexDigit)
        }
    }
}
