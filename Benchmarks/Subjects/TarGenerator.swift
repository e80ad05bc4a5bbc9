/// Writes POSIX tar streams of an exact length, with pseudo-random content that is the same in every run.
struct TarGenerator {
    private static let blockSize = 512

    private(set) var stream: [UInt8] = []
    /// What has been put in.
    private(set) var content = CountingSink()
    private(set) var headerOffsets: [Int] = []
    private var state: UInt64 = 0x6c61_7965_726c_6162

    /// Directories of twenty files of up to 4 KB and a link each, and at the end a file that fills the length.
    static func smallFiles(byteCount: Int) -> TarGenerator {
        var generator = TarGenerator()
        generator.stream.reserveCapacity(byteCount)
        let largestDirectory = 22 * blockSize + 20 * 4_096
        var directory = 0
        while generator.stream.count + largestDirectory + 4 * blockSize <= byteCount {
            let path = "usr/share/package-\(directory)/"
            generator.entry("5", path)
            for file in 0..<20 {
                generator.entry("0", path + "file-\(file).txt", payloadBytes: Int(generator.random() % 4_097))
            }
            generator.entry("2", path + "link", target: "file-0.txt")
            directory += 1
        }
        generator.fill(to: byteCount)
        return generator
    }

    static func oneLargeFile(byteCount: Int) -> TarGenerator {
        var generator = TarGenerator()
        generator.stream.reserveCapacity(byteCount)
        generator.fill(to: byteCount)
        return generator
    }

    /// One more file and the end marker, so that the stream has this length, a multiple of a block.
    private mutating func fill(to byteCount: Int) {
        let end = 2 * TarGenerator.blockSize
        entry("0", "usr/lib/large", payloadBytes: byteCount - stream.count - TarGenerator.blockSize - end)
        append(literal: [UInt8](repeating: 0, count: end))
        precondition(stream.count == byteCount)
    }

    private mutating func entry(_ typeFlag: Character, _ path: String, target: String = "", payloadBytes: Int = 0) {
        headerOffsets.append(stream.count)
        append(literal: header(typeFlag, path, target: target, payloadBytes: payloadBytes))
        content.entryCount += 1
        content.payloadBytes += payloadBytes
        for _ in 0..<payloadBytes / 8 { word(random()) }
        for _ in 0..<payloadBytes % 8 { stream.append(UInt8(truncatingIfNeeded: random())) }
        let padding = (TarGenerator.blockSize - payloadBytes % TarGenerator.blockSize) % TarGenerator.blockSize
        append(literal: [UInt8](repeating: 0, count: padding))
    }

    private mutating func header(_ typeFlag: Character, _ path: String, target: String, payloadBytes: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarGenerator.blockSize)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(path, at: 0)
        put(octal(typeFlag == "5" ? 0o755 : 0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(payloadBytes, digits: 11), at: 124)
        put(octal(1_700_000_000 + Int(random() % 10_000), digits: 11), at: 136)
        put("        ", at: 148)
        put(String(typeFlag), at: 156)
        put(target, at: 157)
        put("ustar\u{0}00root", at: 257)
        put("root", at: 297)
        put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0}", at: 148)
        return block
    }

    private mutating func append(literal bytes: [UInt8]) {
        stream += bytes
        content.literalBytes += bytes.count
    }

    private mutating func word(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { stream.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// The next pseudo-random number: Marsaglia's xorshift with the shifts 13, 7 and 17.
    private mutating func random() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
