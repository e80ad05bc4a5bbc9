/// The symbol of each length and distance, found without a search.
struct MatchSymbols: @unchecked Sendable {
    static let shared = MatchSymbols()

    /// By the length less 3.
    let lengths = RawBytes(count: 256)
    let lengthBases = RawPlaces(count: 29)
    let lengthExtraBits = RawBytes(count: 29)
    let distanceBases = RawPlaces(count: 30)
    let distanceExtraBits = RawBytes(count: 30)
    /// By the distance less 1 where that is below 256; by its upper bits, in the second half, else.
    private let distances = RawBytes(count: 512)

    private init() {
        for symbol in 0..<29 {
            lengthBases[symbol] = DeflateAlphabet.lengthBases[symbol]
            lengthExtraBits[symbol] = DeflateAlphabet.lengthExtraBits[symbol]
            let first = Int(lengthBases[symbol]) - 3
            for length in first..<min(256, first + 1 << Int(lengthExtraBits[symbol])) {
                lengths[length] = UInt8(symbol)
            }
        }
        for symbol in 0..<30 {
            distanceBases[symbol] = DeflateAlphabet.distanceBases[symbol]
            distanceExtraBits[symbol] = DeflateAlphabet.distanceExtraBits[symbol]
            let first = Int(distanceBases[symbol]) - 1
            for distance in first..<first + 1 << Int(distanceExtraBits[symbol]) {
                distances[distance < 256 ? distance : 256 + distance >> 7] = UInt8(symbol)
            }
        }
    }

    @inline(__always) func symbol(ofDistance distance: Int) -> Int {
        Int(distances[distance <= 256 ? distance - 1 : 256 + (distance - 1) >> 7])
    }
}

/// A code's bits and lengths, side by side.
struct SymbolTable {
    private let entries: RawCounts

    init(count: Int) { entries = RawCounts(count: count) }

    func deallocate() { entries.deallocate() }

    /// Takes a code, as far as there is room; symbols that it does not know get none.
    func take(_ code: HuffmanCode) {
        entries.clear()
        for symbol in 0..<min(entries.count, code.lengths.count) {
            entries[symbol] = UInt32(code.codes[symbol]) << 16 | UInt32(code.lengths[symbol])
        }
    }

    @inline(__always) func code(_ symbol: Int) -> UInt64 { UInt64(entries[symbol] >> 16) }
    @inline(__always) func length(_ symbol: Int) -> Int { Int(entries[symbol] & 0xff) }
}
