internal import Glibc

/// A file that is read here and there.
@safe final class InputFile {
    private let number: Int32
    private let path: String
    let byteCount: UInt64

    init(_ path: String) throws(BlobError) {
        self.path = path
        number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw BlobError(.input, "cannot open \(path): \(InputFile.reason())") }
        var information = stat()
        guard unsafe fstat(number, &information) == 0 else {
            let reason = InputFile.reason()
            close(number)
            throw BlobError(.input, "cannot read \(path): \(reason)")
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            close(number)
            throw BlobError(.input, "cannot read \(path) several times: it is no regular file; save it as a file first")
        }
        byteCount = UInt64(information.st_size)
    }

    deinit { close(number) }

    /// Up to `count` bytes at an offset; fewer where the file ends.
    func read(_ count: Int, at offset: UInt64) throws(BlobError) -> [UInt8] {
        var failure: BlobError?
        let count = min(count, Int(byteCount - min(offset, byteCount)))
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            while filled < count {
                let result = unsafe pread(
                    number, target.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
                if result < 0, errno == EINTR { continue }
                if result < 0 { failure = BlobError(.input, "cannot read \(path): \(InputFile.reason())") }
                guard result > 0 else { return }
                filled += result
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

/// Compares a file with bytes that come in pieces.
struct FileComparison {
    private static let pieceByteCount = 256 << 10

    private let file: InputFile
    private var piece: ArraySlice<UInt8> = []
    /// How far all was the same.
    private(set) var offset: UInt64

    init(_ file: InputFile, at offset: UInt64) {
        self.file = file
        self.offset = offset
    }

    /// Whether the bytes are the file's next ones.
    mutating func matches(_ bytes: [UInt8]) throws(BlobError) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            if piece.isEmpty { piece = try file.read(FileComparison.pieceByteCount, at: offset)[...] }
            let count = min(piece.count, rest.count)
            guard count > 0, piece.prefix(count).hasSameBytes(as: rest.prefix(count)) else { return false }
            offset += UInt64(count)
            piece = piece.dropFirst(count)
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// The same as `==`, at memory's speed.
    func hasSameBytes(as other: ArraySlice<UInt8>) -> Bool {
        guard count == other.count, count > 0 else { return count == other.count }
        return unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { unsafe memcmp(mine.baseAddress!, $0.baseAddress!, mine.count) == 0 }
        }
    }
}
