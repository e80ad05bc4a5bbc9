internal import Tar

/// A modification time as a writer gives it: whole seconds, and the decimal digits of a pax record's fraction.
struct TimeValue: Hashable {
    static let maximumDigits = 18

    var seconds: Int64 = 0
    var digitCount: UInt8 = 0
    var digits: UInt64 = 0

    init() {}

    /// The time of a header whose fraction has been read.
    init(_ fields: HeaderFields) {
        seconds = fields.seconds
        digitCount = UInt8(max(fields.fraction.count - 1, 0))
        digits = Number.decimal(fields.fraction.dropFirst()) ?? 0
    }

    /// A dot and the digits, or nothing.
    var fraction: [UInt8] {
        guard digitCount > 0 else { return [] }
        let text = Array(String(digits).utf8)
        return [UInt8(ascii: ".")] + repeatElement(UInt8(ascii: "0"), count: max(Int(digitCount) - text.count, 0))
            + text
    }

    /// Whether the fraction is a half or more.
    var isUpperHalf: Bool { (0..<digitCount).reduce(1) { power, _ in power * 10 } <= 2 * digits && digitCount > 0 }
}

/// Predicts modification times, the one thing that a tree knows nothing of: from those of neighbours, of alike names, of
/// parents.
struct TimeModel {
    /// What the time of an entry may depend on.
    struct Subject {
        /// The directory that it is in, by its node.
        var directory: Int
        /// 0 to 2 by the node's kind, 3 for what is no node.
        var kind: UInt32
        var stem: UInt32 = 0
        var name: UInt32 = 0
        var suffix: UInt32 = 0
        var byteCount: UInt64 = 0
        /// A node whose time is likely the same: a hard link's target.
        var twin: Int?
    }

    private static let none: Int32 = -1
    /// Times that are not among so many latest ones are spelled out again.
    private static let maximumRecent = 512

    /// All times so far, each once.
    private var values: [TimeValue] = []
    private var indices: [TimeValue: Int32] = [:]
    /// Indices of the latest times, the last used one first.
    private var recent: [Int32] = []
    /// Of each node.
    private var times: [Int32]
    /// Of the last entry in each directory, of any kind and of each kind.
    private var lastInDirectory: [SIMD4<Int32>]
    private var lastOfAnyKind: [Int32]
    /// The last outcomes of each directory's first candidates, the latest in the lowest bit.
    private var histories: [UInt8]
    /// Times of what is alike, by a hash of that, with its tag. Later ones take earlier ones' places.
    private var alikeTags: [UInt32]
    private var alikeTimes: [Int32]
    private let alikeMask: UInt32
    private var history: UInt32 = 0
    private var previous = TimeModel.none
    private var lastNew = TimeValue()

    init(nodeCount: Int) {
        times = [Int32](repeating: TimeModel.none, count: nodeCount)
        lastOfAnyKind = times
        lastInDirectory = [SIMD4<Int32>](repeating: .init(repeating: TimeModel.none), count: nodeCount)
        histories = [UInt8](repeating: 0, count: nodeCount)
        let bits = min(max(Int.bitWidth - nodeCount.leadingZeroBitCount + 3, 8), 17)
        alikeMask = 1 << UInt32(bits) - 1
        alikeTags = [UInt32](repeating: 0, count: 1 << bits)
        alikeTimes = [Int32](repeating: TimeModel.none, count: 1 << bits)
    }

    /// Different times that some source proposes, the best source's first, and which sources propose each.
    private struct Candidates {
        var times = InlineArray<8, Int32>(repeating: TimeModel.none)
        var sources = InlineArray<8, UInt32>(repeating: 0)
        var count = 0

        mutating func add(_ time: Int32, _ source: UInt32) {
            guard time >= 0 else { return }
            for index in 0..<count where times[index] == time {
                sources[index] |= 1 << source
                return
            }
            guard count < times.count else { return }
            times[count] = time
            sources[count] = 1 << source
            count += 1
        }
    }

    private func keys(of subject: Subject) -> (inDirectory: UInt32, stem: UInt32, name: UInt32, size: UInt32) {
        let kind = subject.kind
        let size = UInt32(truncatingIfNeeded: subject.byteCount ^ subject.byteCount >> 32)
        return (
            mix(mix(subject.stem, UInt32(truncatingIfNeeded: subject.directory)), kind),
            mix(subject.stem, 16 + kind),
            mix(subject.name, 32 + kind), mix(size, 48 + kind)
        )
    }

    private func lookUp(_ key: UInt32) -> Int32 {
        let slot = Int(key & alikeMask)
        return alikeTags[slot] == key ? alikeTimes[slot] : TimeModel.none
    }

    private mutating func enter(_ key: UInt32, _ time: Int32) {
        let slot = Int(key & alikeMask)
        (alikeTags[slot], alikeTimes[slot]) = (key, time)
    }

    private func candidates(for subject: Subject, parent: Int) -> Candidates {
        var candidates = Candidates()
        let keys = keys(of: subject)
        let directory = subject.directory
        if let twin = subject.twin { candidates.add(times[twin], 0) }
        candidates.add(lookUp(keys.inDirectory), 1)
        candidates.add(lastInDirectory[directory][Int(subject.kind)], 2)
        candidates.add(lookUp(keys.stem), 3)
        candidates.add(lastOfAnyKind[directory], 4)
        candidates.add(previous, 5)
        candidates.add(lookUp(keys.name), 6)
        candidates.add(times[directory], 7)
        if subject.byteCount > 0 { candidates.add(lookUp(keys.size), 8) }
        if parent >= 0 { candidates.add(times[parent], 9) }
        return candidates
    }

    /// Codes the time of an entry.
    mutating func code<Coder>(
        _ value: TimeValue, of subject: Subject, node: Int?, parent: Int, in coder: inout RecipeCoder<Coder>
    ) throws(StrategyError) -> TimeValue {
        coder.stream = .times
        let candidates = candidates(for: subject, parent: parent)
        var found = TimeModel.none
        for rank in 0..<candidates.count {
            let candidate = candidates.times[rank]
            let contexts = contexts(subject, candidate, candidates.sources[rank], rank)
            let isIt = try coder.bit(
                !Coder.isDecoder && values[Int(candidate)] == value, .time(rank), contexts, count: 7)
            if rank == 0 {
                histories[subject.directory] = histories[subject.directory] << 1 | (isIt ? 1 : 0)
                history = history << 1 | (isIt ? 1 : 0)
            }
            if isIt {
                found = candidate
                break
            }
        }
        if found < 0 { found = try codeOther(value, subject, in: &coder) }
        note(found, of: subject, node: node)
        return values[Int(found)]
    }

    private func contexts(
        _ subject: Subject, _ candidate: Int32, _ sources: UInt32, _ rank: Int
    ) -> Predictor.Contexts {
        let kind = subject.kind
        let asked = mix(sources, UInt32(rank) << 2 | kind)
        let own = UInt32(histories[subject.directory])
        var contexts = Predictor.Contexts()
        contexts[0] = mix(asked, 1)
        contexts[1] = mix(mix(asked, 2), own & 7)
        contexts[2] = mix(mix(UInt32(rank) << 2 | kind, 3), UInt32(truncatingIfNeeded: subject.directory))
        contexts[3] = mix(mix(asked, 4), UInt32(bitPattern: candidate))
        contexts[4] = mix(mix(asked, 5), subject.suffix)
        contexts[5] = mix(mix(asked, 6), history & 15)
        contexts[6] = mix(mix(UInt32(rank) << 2 | kind, 7), mix(UInt32(bitPattern: candidate), subject.suffix))
        return contexts
    }

    /// Codes a time that no source proposed.
    private mutating func codeOther<Coder>(
        _ value: TimeValue, _ subject: Subject, in coder: inout RecipeCoder<Coder>
    ) throws(StrategyError) -> Int32 {
        let index = Coder.isDecoder ? TimeModel.none : indices[value] ?? TimeModel.none
        let isRecent = !Coder.isDecoder && recent.contains(index)
        let isKnown = try coder.bit(isRecent, .timeKnown, mix(64, subject.kind), mix(65, history & 7))
        if isKnown {
            guard !recent.isEmpty else {
                throw StrategyError(.malformed, Tree.name, "a known time, and there is none yet")
            }
            let rank = Coder.isDecoder ? 0 : recent.firstIndex(of: index) ?? 0
            let coded = try coder.number(UInt64(rank), mix(66, 0))
            guard coded < UInt64(recent.count) else {
                throw StrategyError(.malformed, Tree.name, "time \(coded) of \(recent.count)")
            }
            return recent[Int(coded)]
        }
        coder.stream = .newTimes
        let base = lastNew.seconds
        var new = TimeValue()
        new.seconds = base &+ (try coder.signed(value.seconds &- base, mix(67, 0)))
        let count = try coder.number(UInt64(value.digitCount), mix(68, 0))
        guard count <= UInt64(TimeValue.maximumDigits) else {
            throw StrategyError(.malformed, Tree.name, "a fraction of \(count) digits")
        }
        new.digitCount = UInt8(count)
        if count > 0 {
            let (high, low) = value.digits.quotientAndRemainder(dividingBy: 1_000_000_000)
            let bounds = [Int(max(count, 9) - 9), Int(min(count, 9))].map {
                (0..<$0).reduce(1) { product, _ in product * 10 }
            }
            let codedHigh = try coder.uniform(Int(high), below: bounds[0])
            new.digits = UInt64(codedHigh) * 1_000_000_000 + UInt64(try coder.uniform(Int(low), below: bounds[1]))
        }
        lastNew = new
        let known = indices[new]
        if known == nil {
            indices[new] = Int32(values.count)
            values.append(new)
        }
        let result = known ?? Int32(values.count - 1)
        recent.insert(result, at: 0)
        if recent.count > TimeModel.maximumRecent { recent.removeLast() }
        return result
    }

    private mutating func note(_ time: Int32, of subject: Subject, node: Int?) {
        if recent.first != time, let at = recent.firstIndex(of: time) {
            recent.remove(at: at)
            recent.insert(time, at: 0)
        }
        previous = time
        if let node { times[node] = time }
        lastInDirectory[subject.directory][Int(subject.kind)] = time
        lastOfAnyKind[subject.directory] = time
        let keys = keys(of: subject)
        enter(keys.inDirectory, time)
        enter(keys.stem, time)
        enter(keys.name, time)
        if subject.byteCount > 0 { enter(keys.size, time) }
    }
}
