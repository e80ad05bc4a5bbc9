internal import Tar

/// A header's shape and numbers. Its texts lie beside it, in buffers that are used again and again.
struct HeaderValues {
    var shape = HeaderShape()
    var mode: UInt64 = 0
    var userID: UInt64 = 0
    var groupID: UInt64 = 0
    var size: UInt64 = 0
    var time: UInt64 = 0
    var deviceMajor: UInt64 = 0
    var deviceMinor: UInt64 = 0

    init() {}

    /// Reads shape and numbers of a block. Placement and the checksum's format are for the caller, who knows the path
    /// and the sum.
    init(_ block: Span<UInt8>) {
        shape.typeFlag = block[HeaderField.typeFlag]
        for index in HeaderField.magic { shape.magic = shape.magic << 8 | UInt64(block[index]) }
        mode = read(.mode, block)
        userID = read(.userID, block)
        groupID = read(.groupID, block)
        size = read(.size, block)
        time = read(.time, block)
        deviceMajor = read(.deviceMajor, block)
        deviceMinor = read(.deviceMinor, block)
    }

    private mutating func read(_ number: HeaderNumber, _ block: Span<UInt8>) -> UInt64 {
        let (format, value) = NumberFormat.read(block, number.field)
        shape.set(format, for: number)
        return value
    }

    /// Renders a block, all but its checksum.
    ///
    /// - Parameter prefixCount: how many of the path's bytes are in the prefix; 0 for none.
    func render(
        path: [UInt8], prefixCount: Int, link: [UInt8], owner: HeaderOwner, into block: inout MutableSpan<UInt8>
    ) {
        block.update(repeating: 0)
        if prefixCount > 0 {
            HeaderValues.copy(path, 0..<prefixCount, to: HeaderField.prefix.lowerBound, of: &block)
            HeaderValues.copy(path, prefixCount + 1..<path.count, to: 0, of: &block)
        } else {
            HeaderValues.copy(path, 0..<path.count, to: 0, of: &block)
        }
        block[HeaderField.typeFlag] = shape.typeFlag
        HeaderValues.copy(link, 0..<link.count, to: HeaderField.linkName.lowerBound, of: &block)
        var magic = shape.magic
        for index in HeaderField.magic.reversed() {
            block[index] = UInt8(truncatingIfNeeded: magic)
            magic >>= 8
        }
        HeaderValues.copy(
            owner.userName, 0..<owner.userName.count, to: HeaderField.userName.lowerBound, of: &block)
        HeaderValues.copy(
            owner.groupName, 0..<owner.groupName.count, to: HeaderField.groupName.lowerBound, of: &block)
        write(mode, .mode, into: &block)
        write(userID, .userID, into: &block)
        write(groupID, .groupID, into: &block)
        write(size, .size, into: &block)
        write(time, .time, into: &block)
        write(deviceMajor, .deviceMajor, into: &block)
        write(deviceMinor, .deviceMinor, into: &block)
    }

    /// Writes the checksum of a block that is otherwise whole, in the shape's format.
    func renderChecksum(into block: inout MutableSpan<UInt8>) {
        let sum = HeaderValues.checksum(of: block.span)
        for index in HeaderNumber.checksum.field { block[index] = 0 }
        write(sum, .checksum, into: &block)
    }

    /// The sum of all bytes, the checksum's own field taken as spaces.
    static func checksum(of block: Span<UInt8>) -> UInt64 {
        var sum: UInt32 = 8 * 32
        for index in 0..<Header.blockSize { sum &+= UInt32(block[index]) }
        for index in HeaderNumber.checksum.field { sum &-= UInt32(block[index]) }
        return UInt64(sum)
    }

    private func write(_ value: UInt64, _ number: HeaderNumber, into block: inout MutableSpan<UInt8>) {
        NumberFormat.write(value, shape.format(of: number), into: &block, number.field)
    }

    private static func copy(
        _ bytes: [UInt8], _ range: Range<Int>, to offset: Int, of block: inout MutableSpan<UInt8>
    ) {
        let source = bytes.span
        for index in range { block[offset + index - range.lowerBound] = source[index] }
    }
}

/// Who owns an entry, by numbers and names: a layer knows a few of them.
struct HeaderOwner: Hashable {
    var userID: UInt64 = 0
    var groupID: UInt64 = 0
    var userName: [UInt8] = []
    var groupName: [UInt8] = []
}

extension Span<UInt8> {
    /// Bytes of a field before its first NUL.
    func textCount(_ field: Range<Int>) -> Int {
        var index = field.lowerBound
        while index < field.upperBound, self[index] != 0 { index += 1 }
        return index - field.lowerBound
    }

    /// Whether the bytes from `offset` on are these.
    func holds(_ bytes: [UInt8], at offset: Int) -> Bool {
        for index in bytes.indices where self[offset + index] != bytes[index] { return false }
        return true
    }
}
