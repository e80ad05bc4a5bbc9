/// The literal bytes of a recipe. Most of them are zeros: what headers leave empty, and what fills the last blocks of
/// payloads. Whole pages are kept without their runs of zeros, in a quarter of the room.
struct LiteralStore: Equatable, Sendable {
    /// Bytes of a page.
    static let pageByteCount = 64 << 10

    /// Pages that are full, in the form of `ZeroRuns`. The same bytes are always the same pages, however they came.
    private var pages: [[UInt8]] = []
    /// The page that is not full yet, as it is.
    private var tail: [UInt8] = []

    var count: Int { pages.count * LiteralStore.pageByteCount + tail.count }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(LiteralStore.pageByteCount - tail.count)
            tail.append(contentsOf: part)
            if tail.count == LiteralStore.pageByteCount {
                pages.append(ZeroRuns.pack(tail))
                tail.removeAll(keepingCapacity: true)
            }
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes a page's bytes in place of what a buffer holds.
    func read(page: Int, into buffer: inout [UInt8]) {
        buffer.removeAll(keepingCapacity: true)
        if page == pages.count {
            buffer.append(contentsOf: tail)
        } else {
            buffer.reserveCapacity(LiteralStore.pageByteCount)
            ZeroRuns.unpack(pages[page], to: &buffer)
        }
    }
}

/// Bytes without their longer runs of zeros: again and again how many bytes come, how many zeros follow these, and the
/// bytes.
enum ZeroRuns {
    /// Shorter runs stay: what is told of a run has some bytes itself.
    private static let minimumCount = 6
    /// Runs are looked for at every so many bytes, which finds all that are twice as long.
    private static let stride = 8
    private static let zeros = [UInt8](repeating: 0, count: LiteralStore.pageByteCount)

    static func pack(_ bytes: [UInt8]) -> [UInt8] {
        var packed: [UInt8] = []
        packed.reserveCapacity(bytes.count + 16)
        let span = bytes.span
        // Where the bytes begin that are not packed yet, and where to look next.
        var (start, position) = (0, 0)
        while position < span.count {
            guard span[position] == 0 else {
                position += stride
                continue
            }
            var first = position
            while first > start, span[first - 1] == 0 { first -= 1 }
            let end = endOfZeros(in: span, from: position)
            if end - first >= minimumCount {
                append(first - start, end - first, to: &packed)
                packed.append(contentsOf: bytes[start..<first])
                start = end
            }
            position = end + 1
        }
        if start < span.count {
            append(span.count - start, 0, to: &packed)
            packed.append(contentsOf: bytes[start...])
        }
        // An array of a slice may be the slice's own, with all its room; of these there are many.
        var exact: [UInt8] = []
        exact.reserveCapacity(packed.count)
        exact.append(contentsOf: packed)
        return exact
    }

    private static func endOfZeros(in span: Span<UInt8>, from start: Int) -> Int {
        var end = start + 1
        while end + 16 <= span.count {
            let block = span.extracting(end..<end + 16)
            var sum: UInt8 = 0
            for index in 0..<16 { sum |= block[index] }
            guard sum == 0 else { break }
            end += 16
        }
        while end < span.count, span[end] == 0 { end += 1 }
        return end
    }

    static func unpack(_ packed: [UInt8], to bytes: inout [UInt8]) {
        var position = 0
        while position < packed.count {
            let count = number(in: packed, at: &position)
            let zeroCount = number(in: packed, at: &position)
            bytes.append(contentsOf: packed[position..<position + count])
            bytes.append(contentsOf: zeros[..<zeroCount])
            position += count
        }
    }

    private static func append(_ count: Int, _ zeroCount: Int, to packed: inout [UInt8]) {
        for number in [count, zeroCount] {
            var rest = number
            while rest >= 0x80 {
                packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            packed.append(UInt8(rest))
        }
    }

    private static func number(in packed: [UInt8], at position: inout Int) -> Int {
        var (value, shift) = (0, 0)
        while true {
            let byte = packed[position]
            position += 1
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }
}
