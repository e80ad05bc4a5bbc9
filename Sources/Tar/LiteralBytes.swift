/// A recipe's literal bytes by their places, without an array of them all: pages are unpacked as they are asked for, and
/// the last two are kept. Who reads about in order does so at the speed of memory.
public final class LiteralBytes {
    private struct Page {
        var number = -1
        var bytes: [UInt8] = []
    }

    /// Bytes in all.
    public let count: Int
    private let store: LiteralStore
    private var latest = Page()
    private var earlier = Page()

    init(_ store: LiteralStore) {
        self.store = store
        count = store.count
    }

    /// The byte at a place below `count`.
    public subscript(place: Int) -> UInt8 {
        page(place / LiteralStore.pageByteCount)[place % LiteralStore.pageByteCount]
    }

    /// The bytes at these places, all of them below `count`. The slice has indices of its own.
    public subscript(range: Range<Int>) -> ArraySlice<UInt8> {
        guard !range.isEmpty else { return [] }
        let start = range.lowerBound % LiteralStore.pageByteCount
        let page = page(range.lowerBound / LiteralStore.pageByteCount)
        if start + range.count <= page.count { return page[start..<start + range.count] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var reader = LiteralReader(store, from: range.lowerBound)
        reader.append(range.count, to: &bytes)
        return bytes[...]
    }

    private func page(_ number: Int) -> [UInt8] {
        if latest.number == number { return latest.bytes }
        swap(&latest, &earlier)
        if latest.number != number {
            // Slices that were handed out keep the old bytes.
            store.read(page: number, into: &latest.bytes)
            latest.number = number
        }
        return latest.bytes
    }
}
