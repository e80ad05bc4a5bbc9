/// The literals and matches that a search found, and how often each symbol occurs.
struct TokenBuffer {
    /// A literal, or a match: its length less 3 below, its distance above.
    private let tokens: RawCounts
    private(set) var count = 0
    /// By the symbol of the literal or length; the block's end is not counted.
    let literalFrequencies = RawCounts(count: DeflateAlphabet.literalCount)
    let distanceFrequencies = RawCounts(count: DeflateAlphabet.distanceCount)
    private let symbols = MatchSymbols.shared

    init(capacity: Int) { tokens = RawCounts(count: capacity) }

    func deallocate() {
        tokens.deallocate()
        literalFrequencies.deallocate()
        distanceFrequencies.deallocate()
    }

    mutating func removeAll() {
        count = 0
        literalFrequencies.clear()
        distanceFrequencies.clear()
    }

    @inline(__always) subscript(_ place: Int) -> UInt32 { tokens[place] }

    @inline(__always) mutating func add(literal: UInt8) {
        tokens[count] = UInt32(literal)
        count &+= 1
        literalFrequencies[Int(literal)] &+= 1
    }

    /// Takes the literals of a part of the bytes.
    @inline(__always) mutating func add(literals part: Range<Int>, of bytes: ByteView) {
        // A loop over a range is slow in debug builds.
        var place = part.lowerBound
        while place < part.upperBound {
            add(literal: bytes[place])
            place &+= 1
        }
    }

    /// Takes a match, which may be longer than deflate's: so it becomes several, of which none is too short.
    @inline(__always) mutating func add(length: Int, distance: Int) {
        let (longest, shortest) = (DeflateAlphabet.longestMatch, DeflateAlphabet.shortestMatch)
        let distanceSymbol = symbols.symbol(ofDistance: distance)
        var rest = length
        while rest > 0 {
            let part =
                if rest <= longest { rest } else if rest > longest + shortest { longest } else { longest - shortest }
            rest -= part
            tokens[count] = UInt32(truncatingIfNeeded: distance) << 16 | UInt32(truncatingIfNeeded: part - shortest)
            count &+= 1
            literalFrequencies[257 + Int(symbols.lengths[part - shortest])] &+= 1
            distanceFrequencies[distanceSymbol] &+= 1
        }
    }
}
