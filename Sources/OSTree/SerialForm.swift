internal import Digests

/// Reads GVariants of the few types that a layer's tree consists of, out of their bytes: GLib makes an object of each field,
/// and a layer has some hundred thousand of them.
///
/// Everything here is strict. What is not exactly as GLib would write it is nil, and then read by GLib, which knows what to
/// say of it.
@safe struct SerialForm {
    private let bytes: UnsafeRawBufferPointer

    /// Valid while the bytes are.
    init(bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    var byteCount: Int { unsafe bytes.count }

    /// Bytes of each offset in a container of so many bytes.
    private static func offsetSize(_ byteCount: Int) -> Int {
        byteCount <= Int(UInt8.max) ? 1 : byteCount <= Int(UInt16.max) ? 2 : byteCount <= Int(UInt32.max) ? 4 : 8
    }

    private func offset(at place: Int, _ size: Int) -> Int {
        var value: UInt64 = 0
        for index in 0..<size { unsafe value |= UInt64(bytes[place + index]) << UInt64(8 * index) }
        return Int(truncatingIfNeeded: value)
    }

    func bigEndian(at place: Int) -> UInt32 {
        unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// The members of a tuple of `count` members of varying size, none of which is aligned.
    func members(_ count: Int, of tuple: Range<Int>) -> [Range<Int>]? {
        let size = SerialForm.offsetSize(tuple.count)
        let end = tuple.upperBound - (count - 1) * size
        guard end >= tuple.lowerBound else { return nil }
        var result: [Range<Int>] = []
        var start = tuple.lowerBound
        for index in 0..<count - 1 {
            // The first member's end comes last.
            let next = offset(at: tuple.upperBound - (index + 1) * size, size)
            guard next >= start - tuple.lowerBound, next <= end - tuple.lowerBound else { return nil }
            result.append(start..<tuple.lowerBound + next)
            start = tuple.lowerBound + next
        }
        result.append(start..<end)
        return result
    }

    /// The last two members of a tuple, without an allocation; those before them have fixed sizes and end at `start`.
    func pair(_ tuple: Range<Int>, from start: Int = 0) -> (first: Range<Int>, second: Range<Int>)? {
        let size = SerialForm.offsetSize(tuple.count)
        let end = tuple.upperBound - size
        guard end >= tuple.lowerBound + start else { return nil }
        let middle = offset(at: end, size)
        guard middle >= start, middle <= end - tuple.lowerBound else { return nil }
        return (tuple.lowerBound + start..<tuple.lowerBound + middle, tuple.lowerBound + middle..<end)
    }

    /// Visits the elements of an array of elements of varying size, none of which is aligned; false where it is not one, or
    /// the visitor says so.
    func forEachElement(of array: Range<Int>, _ visit: (Range<Int>) -> Bool) -> Bool {
        guard !array.isEmpty else { return true }
        let size = SerialForm.offsetSize(array.count)
        guard array.count >= size else { return false }
        let table = offset(at: array.upperBound - size, size)
        guard table >= 0, table < array.count, (array.count - table) % size == 0 else { return false }
        var start = 0
        for place in stride(from: array.lowerBound + table, to: array.upperBound, by: size) {
            let end = offset(at: place, size)
            guard end >= start, end <= table, visit(array.lowerBound + start..<array.lowerBound + end) else {
                return false
            }
            start = end
        }
        return start == table
    }

    /// A string's bytes without the NUL at its end.
    func text(_ range: Range<Int>) -> [UInt8]? {
        guard let last = range.last, unsafe bytes[last] == 0 else { return nil }
        let text = unsafe Array(bytes[range.lowerBound..<last])
        var isPlain = true
        for byte in text {
            if byte == 0 { return nil }
            if byte >= 0x80 { isPlain = false }
        }
        return isPlain || String(validating: text, as: UTF8.self) != nil ? text : nil
    }

    func digest(_ range: Range<Int>) -> Digest? {
        range.count == Digest.byteCount ? unsafe Digest(bytes, at: range.lowerBound) : nil
    }

    /// Extended attributes, `a(ayay)`.
    func extendedAttributes(_ array: Range<Int>) -> [ExtendedAttribute]? {
        guard !array.isEmpty else { return [] }
        var result: [ExtendedAttribute] = []
        let isSound = forEachElement(of: array) { element in
            guard let (name, value) = pair(element) else { return false }
            unsafe result.append(
                ExtendedAttribute(name: Array(bytes[name].prefix { $0 != 0 }), value: Array(bytes[value])))
            return true
        }
        return isSound ? result : nil
    }

    /// A directory's contents, `(a(say)a(sayay))`.
    var directoryTree: DirectoryTree? {
        guard byteCount > 0, let (files, directories) = pair(0..<byteCount) else { return nil }
        var tree = DirectoryTree()
        let areFiles = forEachElement(of: files) { element in
            guard let (name, object) = pair(element), let name = text(name), let object = digest(object) else {
                return false
            }
            tree.files.append((name, object))
            return true
        }
        let areDirectories =
            areFiles
            && forEachElement(of: directories) { element in
                guard let parts = members(3, of: element), let name = text(parts[0]), let contents = digest(parts[1]),
                    let metadata = digest(parts[2])
                else { return false }
                tree.directories.append((name, DirectoryReference(contents: contents, metadata: metadata)))
                return true
            }
        return areDirectories ? tree : nil
    }

    /// What a file or directory is besides its contents, `(uuua(ayay))`, with the type's bits in the mode.
    var attributes: FileAttributes? {
        guard byteCount >= 12, let attributes = extendedAttributes(12..<byteCount) else { return nil }
        return FileAttributes(
            mode: bigEndian(at: 8), userID: bigEndian(at: 0), groupID: bigEndian(at: 4),
            extendedAttributes: attributes)
    }
}
