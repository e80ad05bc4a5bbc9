/// Compresses as GNU gzip does (1.2.4 to 1.12 and later, and busybox, whose gzip is the same at level 6).
final class GNUDeflater: Deflating {
    private var search: GNUSearch

    init(level: Int, isRsyncable: Bool) { search = GNUSearch(effort: .levels[level - 1], isRsyncable: isRsyncable) }

    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) { search.take(bytes, into: &output) }
    func finish(into output: inout [UInt8]) { search.finish(into: &output) }
    func startOver() { search.startOver() }
}

/// How hard a level searches.
struct GNUEffort: Sendable {
    /// Whether a match waits for the next byte's, which may be longer.
    var isLazy: Bool
    /// A match of this length is good: with one at hand, a quarter of the search will do.
    var good: Int
    /// Lazy: a match of this length waits for no better one. Else: the places in longer matches are not remembered.
    var waitLimit: Int
    /// A match of this length ends the search.
    var enough: Int
    /// So many places are tried.
    var tries: Int
    var endsBlocksEarly = true

    /// Level 1 and on.
    static let levels = [
        GNUEffort(isLazy: false, good: 4, waitLimit: 4, enough: 8, tries: 4, endsBlocksEarly: false),
        GNUEffort(isLazy: false, good: 4, waitLimit: 5, enough: 16, tries: 8, endsBlocksEarly: false),
        GNUEffort(isLazy: false, good: 4, waitLimit: 6, enough: 32, tries: 32),
        GNUEffort(isLazy: true, good: 4, waitLimit: 4, enough: 16, tries: 16),
        GNUEffort(isLazy: true, good: 8, waitLimit: 16, enough: 32, tries: 32),
        GNUEffort(isLazy: true, good: 8, waitLimit: 16, enough: 128, tries: 128),
        GNUEffort(isLazy: true, good: 8, waitLimit: 32, enough: 128, tries: 256),
        GNUEffort(isLazy: true, good: 32, waitLimit: 128, enough: 258, tries: 1024),
        GNUEffort(isLazy: true, good: 32, waitLimit: 258, enough: 258, tries: 4096),
    ]
}

/// Finds matches in a window of 64 KiB, whose upper half moves down when it is used up.
///
/// What lies behind the last byte decides, too, over the matches that run past it: so the window keeps the bytes of old
/// that the original's has there, and is filled and moved at the same places.
private struct GNUSearch: ~Copyable {
    private static let half = 1 << 15
    /// As many bytes are ahead, unless the stream is over: a match's, and those of the sequence behind it.
    private static let reserve = 258 + 3 + 1
    private static let farthest = half - reserve
    /// A match of three bytes does not pay from farther away.
    private static let farthestShort = 4096

    private let effort: GNUEffort
    private let window = RawBytes(count: 2 * half + 16)
    /// The last place of each hashed sequence, and the place before each place; 0 is none.
    private let newest = RawPlaces(count: 1 << 15)
    private let older = RawPlaces(count: half)
    private var coder: BlockCoder
    private var sync: SyncPoints?

    private var position = 0
    private var filled = 0
    private var blockStart = 0
    /// The match at the place before; lazy search has not decided on it.
    private var length: Int
    private var start = 0
    private var hasLiteral = false

    init(effort: GNUEffort, isRsyncable: Bool) {
        self.effort = effort
        coder = BlockCoder(endsBlocksEarly: effort.endsBlocksEarly)
        sync = isRsyncable ? SyncPoints() : nil
        length = effort.isLazy ? 2 : 0
    }

    deinit {
        window.deallocate()
        newest.deallocate()
        older.deallocate()
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(2 * GNUSearch.half - filled)
            window.put(part, at: filled)
            filled += part.count
            rest = rest.dropFirst(part.count)
            if filled == 2 * GNUSearch.half {
                advance(leaving: GNUSearch.reserve, into: &output)
                moveDown()
            }
        }
    }

    mutating func finish(into output: inout [UInt8]) {
        advance(leaving: GNUSearch.reserve, into: &output)
        if position >= GNUSearch.half + GNUSearch.farthest { moveDown() }
        window[filled] = 0
        window[filled + 1] = 0
        advance(leaving: 1, into: &output)
        if hasLiteral { _ = coder.add(literal: window[position - 1], span: position - blockStart) }
        endBlock(isLast: true, into: &output)
    }

    /// The coder has done so with its last block.
    mutating func startOver() {
        window.clear()
        newest.clear()
        older.clear()
        (position, filled, blockStart, start) = (0, 0, 0, 0)
        length = effort.isLazy ? 2 : 0
        hasLiteral = false
        sync = sync == nil ? nil : SyncPoints()
    }

    private mutating func advance(leaving reserve: Int, into output: inout [UInt8]) {
        if effort.isLazy {
            advanceLazily(leaving: reserve, into: &output)
        } else {
            advanceGreedily(leaving: reserve, into: &output)
        }
    }

    private mutating func moveDown() {
        let half = GNUSearch.half
        window.move(half..<2 * half, to: 0)
        newest.lower(by: UInt16(half))
        older.lower(by: UInt16(half))
        position -= half
        filled -= half
        blockStart -= half
        start -= half
        sync?.moveDown(by: half)
    }

    private mutating func advanceGreedily(leaving reserve: Int, into output: inout [UInt8]) {
        let (limit, tries, enough) = (effort.waitLimit, effort.tries, effort.enough)
        while filled - position >= reserve {
            let candidate = remember(position)
            if canMatch(candidate) {
                longestMatch(from: candidate, beyond: 2, tries: tries, enough: enough)
            }
            var isFull: Bool
            if length >= 3 {
                isFull = coder.add(length: length, distance: position - start, span: position - blockStart)
                sync?.roll(window, position..<position + length)
                if length <= limit {
                    rememberAll(from: position + 1, to: position + length)
                }
                position += length
                length = 0
            } else {
                isFull = coder.add(literal: window[position], span: position - blockStart)
                sync?.roll(window, position..<position + 1)
                position += 1
            }
            let isPadded = sync?.passes(position) ?? false
            if isFull || isPadded { endBlock(isPadded: isPadded, into: &output) }
        }
    }

    private mutating func advanceLazily(leaving reserve: Int, into output: inout [UInt8]) {
        let (limit, good, enough) = (effort.waitLimit, effort.good, effort.enough)
        while filled - position >= reserve {
            let candidate = remember(position)
            let (lastLength, lastStart) = (length, start)
            length = 2
            if lastLength < limit, canMatch(candidate) {
                longestMatch(
                    from: candidate, beyond: lastLength, tries: lastLength >= good ? effort.tries >> 2 : effort.tries,
                    enough: enough)
                if length == 3, position - start > GNUSearch.farthestShort { length = 2 }
            }
            if lastLength >= 3, length <= lastLength {
                // The match at the place before is the better one.
                let isFull = coder.add(
                    length: lastLength, distance: position - 1 - lastStart, span: position - blockStart)
                let end = position + lastLength - 1
                sync?.roll(window, position..<end)
                rememberAll(from: position + 1, to: end)
                hasLiteral = false
                length = 2
                position = end
                let isPadded = sync?.passes(position) ?? false
                if isFull || isPadded { endBlock(isPadded: isPadded, into: &output) }
                continue
            }
            var isFull = false
            if hasLiteral { isFull = coder.add(literal: window[position - 1], span: position - blockStart) }
            let isPadded = sync?.passes(position) ?? false
            if isFull || isPadded { endBlock(isPadded: isPadded, into: &output) }
            hasLiteral = true
            sync?.roll(window, position..<position + 1)
            position += 1
        }
    }

    /// Puts a place in front of those with the same three bytes; the one that was there, or 0.
    @inline(__always) @discardableResult private func remember(_ place: Int) -> Int {
        let (first, second, third) = (Int(window[place]), Int(window[place + 1]), Int(window[place + 2]))
        let hash = (first << 10 ^ second << 5 ^ third) & 0x7fff
        let before = newest[hash]
        older[place & (GNUSearch.half - 1)] = before
        newest[hash] = UInt16(truncatingIfNeeded: place)
        return Int(before)
    }

    @inline(__always) private func rememberAll(from first: Int, to end: Int) {
        // A loop over a range is slow in debug builds.
        var place = first
        while place < end {
            remember(place)
            place &+= 1
        }
    }

    @inline(__always) private func canMatch(_ candidate: Int) -> Bool {
        candidate != 0 && position - candidate <= GNUSearch.farthest
            && position <= 2 * GNUSearch.half - GNUSearch.reserve
    }

    /// Looks for a match that is longer than `best`, nearest first; `length` is that of the longest one then, or `best`, and
    /// at most what is ahead.
    @inline(__always) private mutating func longestMatch(from first: Int, beyond best: Int, tries: Int, enough: Int) {
        let window = window
        let older = older
        let limit = max(0, position - GNUSearch.farthest)
        let here = position
        let beginning = window.pair(at: here)
        var (best, candidate, left) = (best, first, tries)
        var ending = window.pair(at: here + best - 1)
        repeat {
            if window.pair(at: candidate + best - 1) == ending, window.pair(at: candidate) == beginning {
                // The third byte is the same as well, since the hash is.
                var matched = 2
                while matched < 258 {
                    let difference = window.word(at: candidate + matched) ^ window.word(at: here + matched)
                    if difference != 0 {
                        matched += difference.trailingZeroBitCount >> 3
                        break
                    }
                    matched += 8
                }
                if matched > best {
                    best = matched
                    start = candidate
                    if matched >= enough { break }
                    ending = window.pair(at: here + best - 1)
                }
            }
            candidate = Int(older[candidate & (GNUSearch.half - 1)])
            left -= 1
        } while candidate > limit && left > 0
        length = min(best, filled - here)
    }

    private mutating func endBlock(isLast: Bool = false, isPadded: Bool = false, into output: inout [UInt8]) {
        coder.end(
            byteCount: position - blockStart, at: blockStart >= 0 ? blockStart : nil, of: window, isLast: isLast,
            isPadded: isPadded, into: &output)
        blockStart = position
    }
}

/// Where `--rsyncable` ends blocks: behind bytes such that the sum of the 4,096 last ones is a multiple of 4,096.
private struct SyncPoints {
    private static let span = 4096

    private var sum: UInt64 = 0
    /// Once a block is to end, the place of the last byte before.
    private var place: Int?

    /// Takes the bytes at these places next. The first bytes of all only fill the sum.
    mutating func roll(_ window: RawBytes, _ places: Range<Int>) {
        var index = places.lowerBound
        while index < places.upperBound {
            sum &+= UInt64(window[index])
            if index >= SyncPoints.span {
                sum &-= UInt64(window[index - SyncPoints.span])
                if place == nil, sum & (UInt64(SyncPoints.span) - 1) == 0 { place = index }
            }
            index &+= 1
        }
    }

    /// Whether a block is to end now that the search stands here.
    mutating func passes(_ position: Int) -> Bool {
        guard let place, position > place else { return false }
        self.place = nil
        return true
    }

    mutating func moveDown(by amount: Int) {
        if let place { self.place = place - amount }
    }
}
