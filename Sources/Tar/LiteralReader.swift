/// Reads a recipe's literal bytes from any place on, at the speed of memory: one page of them is in a buffer.
public struct LiteralReader {
    private let store: LiteralStore
    private var page: [UInt8] = []
    private var pageNumber = -1
    /// Where the next byte is among all.
    public private(set) var offset: Int

    init(_ store: LiteralStore, from offset: Int) {
        self.store = store
        self.offset = offset
    }

    /// Goes to any place among the literal bytes.
    public mutating func move(to offset: Int) { self.offset = offset }

    /// The next bytes: at most `count`, and at least one where there are any.
    public mutating func next(upTo count: Int) -> ArraySlice<UInt8> {
        guard count > 0, offset < store.count else { return [] }
        let number = offset / LiteralStore.pageByteCount
        if number != pageNumber {
            store.read(page: number, into: &page)
            pageNumber = number
        }
        let start = offset % LiteralStore.pageByteCount
        let end = min(start + count, page.count)
        offset += end - start
        return page[start..<end]
    }

    /// Hands out the next `count` bytes, in pieces.
    public mutating func read<Failure: Error>(
        _ count: Int, _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = count
        while case let piece = next(upTo: rest), !piece.isEmpty {
            try body(piece)
            rest -= piece.count
        }
    }

    /// Appends the next `count` bytes to a buffer.
    public mutating func append(_ count: Int, to buffer: inout [UInt8]) {
        read(count) { buffer.append(contentsOf: $0) }
    }

    /// Writes the next bytes into a buffer, from a place on: at most `count`, and as many as have room. How many they
    /// were.
    public mutating func copy(upTo count: Int, into buffer: inout [UInt8], at start: Int) -> Int {
        var position = start
        let end = start + min(count, buffer.count - start)
        while case let piece = next(upTo: end - position), !piece.isEmpty {
            buffer.replaceSubrange(position..<position + piece.count, with: piece)
            position += piece.count
        }
        return position - start
    }
}
