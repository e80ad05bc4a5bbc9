/// Predicts binary decisions from what followed in the same contexts before: each context has an adaptive probability, and
/// the contexts are mixed in the logistic domain with weights that learn which of them to trust. All integers, so that every
/// machine predicts the same.
///
/// The method is that of the PAQ family of compressors (M. Mahoney, "Adaptive weighing of context models for lossless data
/// compression", 2005).
struct Predictor {
    /// Contexts per decision; unused ones are 0.
    typealias Contexts = SIMD8<UInt32>

    /// Slots for adaptive probabilities: 22 bits of probability, 10 bits that count the decisions seen. Contexts are hashed
    /// into them and may collide.
    private var slots: [UInt32]
    private let slotMask: UInt32
    private var weights: [SIMD8<Int32>]
    /// Decisions that a weight set has learnt from.
    private var experience: [Int32]

    // What the last `predict` saw, for `learn`.
    private var positions = SIMD8<UInt32>()
    private var inputs = SIMD8<Int32>()
    private var set = 0
    private var predicted: Int32 = 0

    // Tables at hand: a global one is looked for at each use.
    private let stretch = Logistic.stretch
    private let confidence = Logistic.confidence
    private let rate = Logistic.rate

    init(slotBits: Int, weightSets: Int) {
        slots = [UInt32](repeating: 1 << 31, count: 1 << slotBits)
        slotMask = UInt32(1 << slotBits - 1)
        weights = [SIMD8<Int32>](repeating: .init(repeating: Predictor.initialWeight), count: weightSets)
        experience = [Int32](repeating: 0, count: weightSets)
    }

    private static let initialWeight: Int32 = 26_000
    /// Decisions after which an adaptive probability no longer slows down.
    private static let slotLimit: UInt32 = 24

    /// The probability of `true` in 65536ths. There are 2, 6 or 7 contexts.
    mutating func predict(_ contexts: Contexts, count: Int, set: Int) -> UInt32 {
        self.set = set
        let positions = contexts & .init(repeating: slotMask)
        self.positions = positions
        if count == 2 {
            inputs = SIMD8(input(positions[0]), input(positions[1]), 0, 0, 0, 0, 0, 0)
        } else {
            inputs = SIMD8(
                input(positions[0]), input(positions[1]), input(positions[2]), input(positions[3]), input(positions[4]),
                input(positions[5]), count == 7 ? input(positions[6]) : 0, 0)
        }
        let products = inputs &* (weights[set] &>> 4)
        predicted = Logistic.squash(products.wrappedSum() >> 12)
        return UInt32(predicted)
    }

    /// The log-odds that a slot says, as far as it is believed.
    private func input(_ position: UInt32) -> Int32 {
        let slot = slots[Int(position)]
        return (stretch[Int(slot >> 20)] &* confidence[Int(min(slot & 1023, 15))]) >> 8
    }

    /// Tells what the decision was that `predict` was asked for.
    mutating func learn(_ bit: Bool, count: Int) {
        adapt(positions[0], bit)
        adapt(positions[1], bit)
        if count > 2 {
            adapt(positions[2], bit)
            adapt(positions[3], bit)
            adapt(positions[4], bit)
            adapt(positions[5], bit)
            if count == 7 { adapt(positions[6], bit) }
        }
        let error = (bit ? 65_535 : 0) - predicted
        let age = experience[set]
        experience[set] = min(age + 1, 255)
        let rate = 6 + 64 / (2 + age >> 4)
        let steps = (inputs &* .init(repeating: error) &+ .init(repeating: 1 << 17)) &>> 18
        weights[set] &+= steps &* .init(repeating: rate)
    }

    private mutating func adapt(_ position: UInt32, _ bit: Bool) {
        let slot = slots[Int(position)]
        let (seen, probability) = (slot & 1023, Int64(slot >> 10))
        let target: Int64 = bit ? 1 << 22 - 1 : 0
        let moved = probability &+ (((target &- probability) &* Int64(rate[Int(seen)])) >> 16)
        slots[Int(position)] = UInt32(truncatingIfNeeded: moved) << 10 | min(seen + 1, Predictor.slotLimit)
    }
}

/// The logistic function in integers: probabilities in 65536ths, their log-odds in 256ths, from -11 to 11.
enum Logistic {
    static let limit: Int32 = 11 * 256

    /// 65536 / (1 + exp(-x)) for x = -11, -10.5 … 11, from 1 to 65535.
    private static let samples: [Int32] = [
        1, 2, 3, 5, 8, 13, 22, 36, 60, 98, 162, 266, 439, 720, 1_179, 1_921, 3_108, 4_972, 7_812, 11_955, 17_625,
        24_743,
        32_768, 40_793, 47_911, 53_581, 57_724, 60_564, 62_428, 63_615, 64_357, 64_816, 65_097, 65_270, 65_374, 65_438,
        65_476, 65_500, 65_514, 65_523, 65_528, 65_531, 65_533, 65_534, 65_535,
    ]

    /// The probability of log-odds; straight lines between the samples.
    static func squash(_ odds: Int32) -> Int32 {
        let clamped = min(max(odds, -limit), limit - 1) + limit
        let (index, rest) = (Int(clamped >> 7), clamped & 127)
        return min(max((samples[index] * (128 - rest) + samples[index + 1] * rest + 64) >> 7, 1), 65_535)
    }

    /// The log-odds of a probability in 4096ths: the least that `squash` takes there.
    static let stretch: [Int32] = {
        var table: [Int32] = []
        var odds = -limit
        for step in 0..<4096 {
            while odds < limit - 1, squash(odds) < step * 16 + 8 { odds += 1 }
            table.append(odds)
        }
        return table
    }()

    /// How far a probability is believed that so many decisions have shaped, in 256ths.
    static let confidence: [Int32] = (0..<16).map { 256 * 3 * $0 / (3 * $0 + 1) }

    /// The part of its error by which a probability moves that so many decisions have shaped, in 65536ths.
    static let rate: [Int32] = (0..<1024).map { 65_536 * 2 / (2 * $0 + 3) }
}
