/// Finds matches as the fifth level of Klaus Post's flate does: by four bytes, the last place alone, and by seven bytes, the
/// last two.
///
/// A match is taken where it is found; the one at the next place may take its place, and so may one whose end is where
/// this one's is. Where nothing matches, the search walks faster and faster.
struct PgzipSearch: ~Copyable {
    /// Matches begin nearer than this.
    private static let reach = 1 << 15
    private static let keyBitCount: UInt64 = 15
    /// So many bytes before the end no match begins.
    private static let margin = 11
    /// A match shorter than this is compared with one that ends where it does.
    private static let short = 30
    /// What an empty place in the tables is away from the first byte at least.
    private static let bias = 1 << 16

    /// By four bytes: where they were last.
    private let quads = RawCounts(count: 1 << PgzipSearch.keyBitCount)
    /// By seven bytes: where they were last, below, and before that, above.
    private let septets = RawWords(count: 1 << PgzipSearch.keyBitCount)

    private let slack: Int

    init(_ edition: PgzipEdition) { slack = edition.slack }

    deinit {
        quads.deallocate()
        septets.deallocate()
    }

    /// Forgets all places.
    mutating func startOver() {
        quads.clear()
        septets.clear()
    }

    private struct Match {
        var start: Int
        var source: Int
        var length: Int
        /// The place that is in the tables already, behind the one at which the match was found.
        var next: Int
    }

    /// Finds the tokens of a part of the bytes; none at all where nothing matches.
    mutating func search(_ bytes: ByteView, _ part: Range<Int>, into tokens: inout TokenBuffer) {
        let limit = part.upperBound - PgzipSearch.margin
        // What is before this place has its tokens.
        var pending = part.lowerBound
        var place = pending
        while place < limit, var match = nextMatch(bytes, from: place, pending, limit, part.upperBound) {
            improveEnd(of: &match, bytes, limit, part.upperBound)
            while match.source > 0, match.start > pending, bytes[match.source - 1] == bytes[match.start - 1] {
                match.start -= 1
                match.source -= 1
                match.length += 1
            }
            tokens.add(literals: pending..<match.start, of: bytes)
            tokens.add(length: match.length, distance: match.start - match.source)
            pending = match.start + match.length
            place = max(pending, match.next + 1)
            guard place < limit else { break }
            rememberInside(bytes, from: place - match.length + 1, to: place - 1)
            remember(bytes.word(at: place - 1), at: place - 1)
        }
        if tokens.count > 0 { tokens.add(literals: pending..<part.upperBound, of: bytes) }
    }

    /// The first match from a place on, or nil if there is none up to the limit.
    @inline(__always) private mutating func nextMatch(
        _ bytes: ByteView, from start: Int, _ pending: Int, _ limit: Int, _ end: Int
    ) -> Match? {
        var next = start
        var word = bytes.word(at: start)
        while true {
            let place = next
            next = place + 1 + (place - pending) >> 6
            guard next <= limit else { return nil }
            let (quadKey, septetKey) = (PgzipSearch.quadKey(word), PgzipSearch.septetKey(word))
            let quad = PgzipSearch.place(quads[quadKey])
            let septet = septets[septetKey]
            let (last, older) = (PgzipSearch.last(septet), PgzipSearch.older(septet))
            quads[quadKey] = PgzipSearch.entry(place)
            septets[septetKey] = septet << 32 | UInt64(PgzipSearch.entry(place))
            let nextWord = bytes.word(at: next)
            let four = UInt32(truncatingIfNeeded: word)

            if place - last < PgzipSearch.reach {
                let olderMatches = place - older < PgzipSearch.reach && bytes.half(at: older) == four
                if bytes.half(at: last) == four {
                    remember(nextWord, at: next)
                    let length = capped(bytes, last, place, end)
                    let olderLength = olderMatches ? capped(bytes, older, place, end) : 0
                    return olderLength > length
                        ? match(bytes, older, place, olderLength, next, end)
                        : match(bytes, last, place, length, next, end)
                }
                if olderMatches {
                    remember(nextWord, at: next)
                    return match(bytes, older, place, capped(bytes, older, place, end), next, end)
                }
            }
            if place - quad < PgzipSearch.reach, bytes.half(at: quad) == four {
                let septet = septets[PgzipSearch.septetKey(nextWord)]
                remember(nextWord, at: next)
                return better(bytes, at: place, quad, at: next, nextWord, septet, end)
            }
            word = nextWord
        }
    }

    /// The match at a place that four bytes led to, or a longer one at the next place.
    @inline(__always) private func better(
        _ bytes: ByteView, at place: Int, _ quad: Int, at next: Int, _ word: UInt64, _ septet: UInt64, _ end: Int
    ) -> Match {
        let length = capped(bytes, quad, place, end)
        let four = UInt32(truncatingIfNeeded: word)
        let (last, older) = (PgzipSearch.last(septet), PgzipSearch.older(septet))
        guard next - last < PgzipSearch.reach else { return match(bytes, quad, place, length, next, end) }
        if bytes.half(at: last) == four {
            let other = capped(bytes, last, next, end)
            if other > length { return match(bytes, last, next, other, next, end) }
        }
        if next - older < PgzipSearch.reach, bytes.half(at: older) == four {
            let other = capped(bytes, older, next, end)
            if other > length { return match(bytes, older, next, other, next, end) }
        }
        return match(bytes, quad, place, length, next, end)
    }

    /// How long a match of at least four bytes is, for comparison with others: as long as deflate's longest, at most.
    @inline(__always) private func capped(_ bytes: ByteView, _ source: Int, _ place: Int, _ end: Int) -> Int {
        bytes.commonLength(source + 4, place + 4, until: min(end, place + DeflateAlphabet.longestMatch)) + 4
    }

    /// A match that is so long, or longer where that is deflate's longest.
    @inline(__always) private func match(
        _ bytes: ByteView, _ source: Int, _ place: Int, _ known: Int, _ next: Int, _ end: Int
    ) -> Match {
        var length = known
        if known == DeflateAlphabet.longestMatch {
            length += bytes.commonLength(source + known, place + known, until: end)
        }
        return Match(start: place, source: source, length: length, next: next)
    }

    /// Looks where the bytes behind a short match were last: what precedes them there may be longer.
    @inline(__always) private func improveEnd(of match: inout Match, _ bytes: ByteView, _ limit: Int, _ end: Int) {
        let matchEnd = match.start + match.length
        guard match.length < PgzipSearch.short, matchEnd < limit else { return }
        let last = PgzipSearch.last(septets[PgzipSearch.septetKey(bytes.word(at: matchEnd))])
        let distance = matchEnd - last
        let start = match.start + slack
        guard distance > 0, distance < PgzipSearch.reach, start >= distance else { return }
        let length = bytes.commonLength(start - distance, start, until: end)
        if length > match.length {
            (match.start, match.source, match.length) = (start, start - distance, length)
        }
    }

    /// Remembers some of the places in a match: of its first three, two by seven bytes and two by four, then of every three
    /// one by seven, and the one behind it by four.
    @inline(__always) private func rememberInside(_ bytes: ByteView, from start: Int, to end: Int) {
        guard start < end else { return }
        let word = bytes.word(at: start)
        remember(word, at: start)
        rememberSeptet(word >> 8, at: start + 1)
        rememberQuad(word >> 16, at: start + 2)
        // A loop over a range is slow in debug builds.
        var place = start + 4
        while place < end {
            let word = bytes.word(at: place)
            rememberSeptet(word, at: place)
            rememberQuad(word >> 8, at: place + 1)
            place &+= 3
        }
    }

    @inline(__always) private func remember(_ word: UInt64, at place: Int) {
        rememberQuad(word, at: place)
        rememberSeptet(word, at: place)
    }

    @inline(__always) private func rememberQuad(_ word: UInt64, at place: Int) {
        quads[PgzipSearch.quadKey(word)] = PgzipSearch.entry(place)
    }

    @inline(__always) private func rememberSeptet(_ word: UInt64, at place: Int) {
        let key = PgzipSearch.septetKey(word)
        septets[key] = septets[key] << 32 | UInt64(PgzipSearch.entry(place))
    }

    @inline(__always) private static func quadKey(_ word: UInt64) -> Int {
        Int((UInt32(truncatingIfNeeded: word) &* 2_654_435_761) &>> UInt32(32 - keyBitCount))
    }

    @inline(__always) private static func septetKey(_ word: UInt64) -> Int {
        Int(((word << 8) &* 58_295_818_150_454_627) &>> (64 - keyBitCount))
    }

    @inline(__always) private static func entry(_ place: Int) -> UInt32 { UInt32(truncatingIfNeeded: place + bias) }
    @inline(__always) private static func place(_ entry: UInt32) -> Int { Int(entry) - bias }
    @inline(__always) private static func last(_ septet: UInt64) -> Int {
        place(UInt32(truncatingIfNeeded: septet))
    }
    @inline(__always) private static func older(_ septet: UInt64) -> Int {
        place(UInt32(truncatingIfNeeded: septet >> 32))
    }
}
