internal import Digests
private import Glibc

/// An object's path below a folder of objects, `ab/cdef….file`, as the bytes that system calls take. Nothing is allocated for
/// it: a layer has tens of thousands of objects.
struct LoosePath {
    /// The kind of an object's file, by the end of its name.
    enum Kind {
        case file, compressedFile, directoryTree, directoryMetadata, commit, detachedMetadata

        fileprivate var suffix: StaticString {
            switch self {
            case .file: ".file"
            case .compressedFile: ".filez"
            case .directoryTree: ".dirtree"
            case .directoryMetadata: ".dirmeta"
            case .commit: ".commit"
            case .detachedMetadata: ".commitmeta"
            }
        }
    }

    /// Bytes that every path has room in.
    static let byteCount = 80

    let kind: Kind
    let object: Digest

    /// Gives the path, a text that ends with a NUL: two digits, a slash, the other 62, the suffix.
    func with<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe withUnsafeTemporaryAllocation(byteCount: LoosePath.byteCount, alignment: 8) { buffer in
            unsafe write(into: buffer)
            return unsafe body(buffer.baseAddress!.assumingMemoryBound(to: CChar.self))
        }
    }

    /// Writes the same into the first bytes of a buffer of at least `byteCount`.
    func write(into buffer: UnsafeMutableRawBufferPointer) {
        unsafe object.writeHex(into: UnsafeMutableRawBufferPointer(rebasing: buffer[1...]))
        unsafe buffer[0] = buffer[1]
        unsafe buffer[1] = buffer[2]
        unsafe buffer[2] = UInt8(ascii: "/")
        let name = kind.suffix
        let (start, count) = (1 + 2 * Digest.byteCount, name.utf8CodeUnitCount)
        unsafe memcpy(buffer.baseAddress! + start, name.utf8Start, count)
        unsafe buffer[start + count] = 0
    }
}

extension RepositoryMode {
    /// The files of content objects.
    var contentKind: LoosePath.Kind { self == .archive ? .compressedFile : .file }
}
