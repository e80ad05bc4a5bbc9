/// Reads gzip (RFC 1951 and 1952) bit by bit, without any of the code that is tested. Sums are not looked at.
struct GzipReader {
    private struct Damage: Error {}

    /// The bytes of all members, one after the other; nil where one of them is damaged. What follows is left out.
    static func content(of blob: [UInt8]) -> [UInt8]? {
        var reader = GzipReader(blob)
        do {
            while reader.isAtHeader, try reader.skipHeader() { try reader.inflate() }
            return reader.output
        } catch {
            return nil
        }
    }

    private let bytes: [UInt8]
    private var place = 0
    /// Bits of the byte before `place` that are not read yet.
    private var bits: UInt8 = 0
    private var bitCount = 0
    private var output: [UInt8] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Members

    private var isAtHeader: Bool { bytes[place...].starts(with: [0x1f, 0x8b, 8]) }

    /// False where it is no head, or is not there as a whole.
    private mutating func skipHeader() throws -> Bool {
        guard bytes.count - place >= 10, bytes[place + 3] < 0x20 else { return false }
        let flags = bytes[place + 3]
        var end = place + 10
        if flags & 4 > 0 {
            guard end + 2 <= bytes.count else { return false }
            end += 2 + Int(bytes[end]) + Int(bytes[end + 1]) << 8
        }
        for flag: UInt8 in [8, 16] where flags & flag > 0 {
            guard end <= bytes.count, let zero = bytes[end...].firstIndex(of: 0) else { return false }
            end = zero + 1
        }
        end += flags & 2 > 0 ? 2 : 0
        guard end <= bytes.count else { return false }
        place = end
        return true
    }

    private mutating func inflate() throws {
        let start = output.count
        var isLast = false
        while !isLast {
            isLast = try read(1) == 1
            switch try read(2) {
            case 0: try copyStored()
            case 1:
                let lengths =
                    [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
                    + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
                try copyTokens(Code(lengths[...]), Code([UInt8](repeating: 5, count: 30)[...]), start)
            case 2:
                let (literals, distances) = try readCodes()
                try copyTokens(literals, distances, start)
            default: throw Damage()
            }
        }
        bitCount = 0
        guard place + 8 <= bytes.count else { throw Damage() }
        place += 8
    }

    // MARK: Blocks

    private mutating func copyStored() throws {
        bitCount = 0
        let (length, complement) = (try read(16), try read(16))
        guard length ^ complement == 0xffff, place + length <= bytes.count else { throw Damage() }
        output += bytes[place..<place + length]
        place += length
    }

    private mutating func copyTokens(_ literals: Code, _ distances: Code, _ start: Int) throws {
        while case let symbol = try read(literals), symbol != 256 {
            guard symbol > 256 else {
                output.append(UInt8(symbol))
                continue
            }
            let length: Int
            switch symbol {
            case ..<265: length = symbol - 254
            case ..<285:
                let extra = (symbol - 261) / 4
                length = 3 + (4 + (symbol - 261) % 4) << extra + (try read(extra))
            case 285: length = 258
            default: throw Damage()
            }
            let near = try read(distances)
            guard near < 30 else { throw Damage() }
            let extra = max(0, near / 2 - 1)
            let distance = 1 + (near < 2 ? near : (2 + near % 2) << extra) + (try read(extra))
            guard distance <= output.count - start else { throw Damage() }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private mutating func readCodes() throws -> (literals: Code, distances: Code) {
        let (literalCount, distanceCount, stepCount) = (try read(5) + 257, try read(5) + 1, try read(4) + 4)
        guard literalCount <= 286, distanceCount <= 30 else { throw Damage() }
        var steps = [UInt8](repeating: 0, count: 19)
        for step in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].prefix(stepCount) {
            steps[step] = UInt8(try read(3))
        }
        let code = Code(steps[...])
        var lengths: [UInt8] = []
        while lengths.count < literalCount + distanceCount {
            switch try read(code) {
            case 16:
                guard let last = lengths.last else { throw Damage() }
                lengths += [UInt8](repeating: last, count: 3 + (try read(2)))
            case 17: lengths += [UInt8](repeating: 0, count: 3 + (try read(3)))
            case 18: lengths += [UInt8](repeating: 0, count: 11 + (try read(7)))
            case let length: lengths.append(UInt8(length))
            }
        }
        guard lengths.count == literalCount + distanceCount else { throw Damage() }
        return (Code(lengths[..<literalCount]), Code(lengths[literalCount...]))
    }

    // MARK: Bits

    private mutating func read(_ count: Int) throws -> Int {
        var value = 0
        for shift in 0..<count { value |= try bit() << shift }
        return value
    }

    private mutating func bit() throws -> Int {
        if bitCount == 0 {
            guard place < bytes.count else { throw Damage() }
            (bits, bitCount) = (bytes[place], 8)
            place += 1
        }
        defer {
            bits >>= 1
            bitCount -= 1
        }
        return Int(bits & 1)
    }

    /// A code's symbols in the order of their codes, and how many have each length.
    private struct Code {
        var symbols: [Int]
        var counts = [Int](repeating: 0, count: 16)

        init(_ lengths: ArraySlice<UInt8>) {
            symbols = (1...15).flatMap { length in
                lengths.enumerated().filter { $0.element == length }.map(\.offset)
            }
            for length in lengths { counts[Int(length)] += 1 }
        }
    }

    private mutating func read(_ code: Code) throws -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value |= try bit()
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            (index, first, value) = (index + count, (first + count) << 1, value << 1)
        }
        throw Damage()
    }
}
