/// Codes what a recipe consists of: decisions in contexts, numbers, bytes. Each method takes a value and returns it: the
/// same one while encoding, the one that the bytes hold while decoding.
struct RecipeCoder<Coder: BinaryCoder> {
    var coder: Coder
    private var predictor: Predictor
    /// Bytes that were told one by one.
    private(set) var spelledBytes = 0
    /// How many there may be.
    private let spelledLimit: Int
    /// What the next decisions are counted for, where somebody counts.
    var stream = CodedStream.structure { didSet { coder.enter(stream) } }

    /// - Parameter nodeCount: of the layer's tree; larger ones get more slots.
    init(_ coder: Coder, nodeCount: Int, spelledLimit: Int = 1 << 16) {
        self.coder = coder
        self.spelledLimit = spelledLimit
        let bits = min(max(Int.bitWidth - nodeCount.leadingZeroBitCount + 6, 14), 18)
        predictor = Predictor(slotBits: bits, weightSets: WeightSet.count)
    }

    /// A decision in up to eight contexts. Each context is a hash that has to tell apart what is asked, too.
    mutating func bit(
        _ bit: Bool, _ set: WeightSet, _ contexts: Predictor.Contexts, count: Int
    ) throws(StrategyError) -> Bool {
        let probability = predictor.predict(contexts, count: count, set: Int(set.rawValue))
        let result = try coder.code(bit, probability: probability)
        predictor.learn(result, count: count)
        return result
    }

    /// A decision in two contexts.
    mutating func bit(
        _ bit: Bool, _ set: WeightSet, _ first: UInt32, _ second: UInt32
    ) throws(StrategyError) -> Bool {
        var contexts = Predictor.Contexts()
        (contexts[0], contexts[1]) = (first, second)
        return try self.bit(bit, set, contexts, count: 2)
    }

    /// A number below a bound, all of them equally likely.
    mutating func uniform(_ value: Int, below bound: Int) throws(StrategyError) -> Int {
        var (low, count) = (0, bound)
        // Halves: `true` is the lower one. Its probability is its share.
        while count > 1 {
            let half = count / 2
            let share = UInt32(min(max((half << 16) / count, 1), 65_535))
            let isLower = try coder.code(value - low < half, probability: share)
            (low, count) = isLower ? (low, half) : (low + half, count - half)
        }
        return low
    }

    /// A number of 64 bits: how many it has, and then those below the first; the highest two in the number's contexts.
    mutating func number(_ value: UInt64, _ context: UInt32) throws(StrategyError) -> UInt64 {
        let bits = try symbol(64 - value.leadingZeroBitCount, bits: 7, .number, context)
        guard bits <= 64 else { throw malformed("a number of \(bits) bits") }
        guard bits > 1 else { return UInt64(bits) }
        var result: UInt64 = 1
        for index in (0..<bits - 1).reversed() {
            let bit = value >> UInt64(index) & 1 == 1
            if bits - 1 - index <= 2 {
                let here = mix(context, UInt32(bits) << 8 | UInt32(truncatingIfNeeded: result & 7))
                result = result << 1 | (try self.bit(bit, .number, here, mix(here, 1)) ? 1 : 0)
            } else {
                result = result << 1 | (try coder.code(bit, probability: 1 << 15) ? 1 : 0)
            }
        }
        return result
    }

    /// A number that may be negative.
    mutating func signed(_ value: Int64, _ context: UInt32) throws(StrategyError) -> Int64 {
        let zigzag = UInt64(bitPattern: value << 1 ^ value >> 63)
        let coded = try number(zigzag, context)
        return Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1)
    }

    /// A number of few bits, each in the context of those before.
    mutating func symbol(
        _ value: Int, bits: Int, _ set: WeightSet, _ context: UInt32
    ) throws(StrategyError) -> Int {
        var node = 1
        for index in (0..<bits).reversed() {
            let here = mix(context, UInt32(node))
            node = node << 1 | (try bit(value >> index & 1 == 1, set, here, mix(here, 1)) ? 1 : 0)
        }
        return node - 1 << bits
    }

    /// Bytes, with their number ahead.
    mutating func bytes(_ value: ArraySlice<UInt8>, _ context: UInt32) throws(StrategyError) -> [UInt8] {
        let count = try number(UInt64(value.count), mix(context, 1))
        guard count <= UInt64(spelledLimit) else { throw malformed("\(count) bytes at once") }
        return try bytes(value, count: Int(count), context)
    }

    /// Bytes whose number is known.
    mutating func bytes(
        _ value: ArraySlice<UInt8>, count: Int, _ context: UInt32
    ) throws(StrategyError) -> [UInt8] {
        spelledBytes += count
        guard spelledBytes <= spelledLimit else { throw malformed("too many bytes are spelled out") }
        var result: [UInt8] = []
        result.reserveCapacity(min(count, 4096))
        var history: UInt32 = 0
        for index in 0..<count {
            let byte = Coder.isDecoder ? 0 : value[value.startIndex + index]
            let column = UInt32(truncatingIfNeeded: index & 511)
            var node: UInt32 = 1
            for shift in (0..<8).reversed() {
                var contexts = Predictor.Contexts()
                contexts[0] = mix(1, node)
                contexts[1] = mix(mix(2, history & 0xff), node)
                contexts[2] = mix(mix(3, history & 0xffff), node)
                contexts[3] = mix(mix(4, history & 0xff_ffff), node)
                contexts[4] = mix(mix(context, column), node)
                contexts[5] = mix(mix(context &+ 1, history), node)
                node = node << 1 | (try bit(byte >> UInt8(shift) & 1 == 1, .bytes, contexts, count: 6) ? 1 : 0)
            }
            result.append(UInt8(truncatingIfNeeded: node))
            history = history << 8 | node & 0xff
        }
        return result
    }

    private func malformed(_ reason: String) -> StrategyError { StrategyError(.malformed, Tree.name, reason) }
}

/// What decisions are about: each has weights of its own.
enum WeightSet: UInt32 {
    case number, bytes, walk, style, plain, order, link
    case time0, time1, time2, time3, time4, time5, time6, time7
    case timeKnown

    static let count = Int(WeightSet.timeKnown.rawValue) + 1

    /// The set for the time's candidate of a rank from 0 to 7.
    static func time(_ rank: Int) -> WeightSet {
        WeightSet(rawValue: WeightSet.time0.rawValue + UInt32(rank)) ?? .time7
    }
}

/// What a recipe's bytes are spent on, for a person.
enum CodedStream: Int, CaseIterable {
    case structure, order, walk, style, values, links, times, newTimes, payloads, literals

    var name: String {
        switch self {
        case .structure: "structure"
        case .order: "sibling order"
        case .walk: "walk"
        case .style: "header styles"
        case .values: "other values"
        case .links: "hard links"
        case .times: "which time"
        case .newTimes: "new times"
        case .payloads: "payloads"
        case .literals: "literal bytes"
        }
    }
}

/// A context made of two.
@inline(__always)
func mix(_ left: UInt32, _ right: UInt32) -> UInt32 { NameHash.mix(left, right) }
