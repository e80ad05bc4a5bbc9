internal import Digests

/// An object's path below a folder of objects, `ab/cdef….file`, as the bytes that system calls take.
///
/// It is written into one buffer again and again: a layer has tens of thousands of objects.
struct LoosePath {
    /// Slash and digits: where the second part begins.
    static let folderLength = 2

    private var bytes: [CChar]

    /// Paths of objects of one kind, by the end of their names: `.file`, `.filez`, `.dirtree`, `.dirmeta`.
    init(suffix: StaticString) {
        bytes = [CChar](repeating: 0, count: 2 * Digest.byteCount + 1)
        suffix.withUTF8Buffer { for unsafebyte in unsafe $0 { bytes.append(CChar(bitPattern: byte)) } }
        bytes.append(0)
    }

    /// Names an object.
    mutating func set(_ object: Digest) {
        let words = object.words
        put(words.0, digits: 0)
        put(words.1, digits: 16)
        put(words.2, digits: 32)
        put(words.3, digits: 48)
        bytes[LoosePath.folderLength] = CChar(bitPattern: UInt8(ascii: "/"))
    }

    private mutating func put(_ word: UInt64, digits start: Int) {
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index)) & 15
            let position = start + index
            bytes[position < LoosePath.folderLength ? position : position + 1] =
                CChar(bitPattern: digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
    }

    /// The path, which is valid during the call and ends with a NUL.
    func with<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe bytes.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    }
}
