/// Something that takes any bytes, and the laws that hold whatever they are. The fuzzers and the tests share it.
public struct FuzzTarget: Sendable {
    /// The name of the fuzzer and of its folder in `Fuzzing/Seeds`.
    public let name: String
    /// Throws where a law is broken. Traps, endless loops and unbounded memory are for the caller to notice.
    public let check: @Sendable ([UInt8]) throws -> Void
    /// Makes the inputs from which fuzzing starts.
    public let makeSeeds: @Sendable () throws -> [FuzzSeed]

    /// Longer seeds are not kept.
    static let maximumSeedBytes = 8192

    public static let all = [splitter, decoders, blobs]
}

/// An input from which fuzzing starts.
public struct FuzzSeed: Sendable {
    public let name: String
    public let bytes: [UInt8]
    /// Whether another version of a compressor may make other bytes.
    public let isCompressed: Bool

    init(_ name: String, _ bytes: [UInt8], isCompressed: Bool = false) {
        self.name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        self.bytes = bytes
        self.isCompressed = isCompressed
    }
}

/// A law that an input broke.
public struct BrokenLaw: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Throws where a condition does not hold.
func law(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw BrokenLaw(text()) }
}
