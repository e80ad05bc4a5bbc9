internal import CZstd
public import Digests

/// A dictionary in zstd's own format (RFC 8878, section 5), named by the SHA-256 of its bytes.
///
/// It is trained once on recipes of many layers and kept once in a repository, so that short recipes need not spell out
/// what all of them have in common.
public struct ZstdDictionary: Equatable, Sendable {
    /// No dictionary has more bytes than these.
    public static let maximumBytes = 4 << 20
    /// libzstd trains none that has fewer.
    public static let minimumTrainedBytes = 256

    public let bytes: [UInt8]
    public let digest: Digest

    /// Takes bytes for a dictionary; an error of kind `malformed` where they are none. Bytes without the format's magic
    /// number are refused too, which zstd would take for content.
    public init(_ bytes: [UInt8]) throws(StrategyError) {
        try ZstdDictionary.check(bytes)
        // Its tables of codes are read here, once, so that damage shows before anything is compressed with it.
        guard let loaded = unsafe bytes.withUnsafeBytes({ unsafe ZSTD_createDDict($0.baseAddress, $0.count) }) else {
            throw ZstdDictionary.malformed("its tables are damaged, or there is no memory for them")
        }
        unsafe ZSTD_freeDDict(loaded)
        self.bytes = bytes
        digest = SHA256Stream.digest(of: bytes)
    }

    /// What is cheap to see: size and magic number.
    static func check(_ bytes: [UInt8]) throws(StrategyError) {
        guard bytes.count <= maximumBytes else {
            throw malformed("it has \(bytes.count) bytes, more than the \(maximumBytes) of the largest")
        }
        let magic: [UInt8] = [0x37, 0xa4, 0x30, 0xec]
        guard bytes.count > 8, bytes.starts(with: magic) else { throw malformed("it is no zstd dictionary") }
    }

    private static func malformed(_ reason: String) -> StrategyError { StrategyError(.malformed, "dictionary", reason) }

    /// Trains a dictionary of at most `byteCount` bytes: what many samples have in common. Equal samples give equal bytes
    /// with the same libzstd. An error of kind `cannot` where there are too few samples, or too little in them.
    public static func train(on samples: [[UInt8]], byteCount: Int) throws(StrategyError) -> ZstdDictionary {
        guard (minimumTrainedBytes...maximumBytes).contains(byteCount) else {
            throw StrategyError(
                .cannot, "dictionary", "its size is from \(minimumTrainedBytes) to \(maximumBytes) bytes")
        }
        let content = samples.flatMap(\.self)
        let sizes = samples.map(\.count)
        var result = 0
        let trained = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            result = unsafe content.withUnsafeBytes { content in
                unsafe sizes.withUnsafeBufferPointer {
                    unsafe ZDICT_trainFromBuffer(
                        buffer.baseAddress, byteCount, content.baseAddress, $0.baseAddress, UInt32($0.count))
                }
            }
            count = ZDICT_isError(result) == 0 ? result : 0
        }
        guard ZDICT_isError(result) == 0 else {
            let reason = unsafe String(cString: ZDICT_getErrorName(result))
            throw StrategyError(
                .cannot, "dictionary",
                "libzstd cannot train one of \(byteCount) bytes on \(samples.count) samples of \(content.count) bytes: "
                    + reason)
        }
        return try ZstdDictionary(trained)
    }
}

/// A zstd frame that refers to a dictionary. The frame does not name it (up to four bytes less): the strategy does.
enum ZstdDictionaryFrame {
    /// Appends a frame with the content's size and without a checksum.
    ///
    /// By `ZSTD_compress_usingDict`, which chooses its parameters by the content's size; those of `ZSTD_compress2`, chosen by
    /// the dictionary's, made a recipe of 1.5 MB 7 % longer than without a dictionary.
    static func append(
        _ content: [UInt8], level: Int, dictionary: [UInt8], to bytes: inout [UInt8]
    ) throws(StrategyError) {
        guard let context = unsafe ZSTD_createCCtx() else {
            throw StrategyError(.cannot, Zstd.name, "libzstd has no memory for a context")
        }
        defer { unsafe ZSTD_freeCCtx(context) }
        let bound = ZSTD_compressBound(content.count)
        var result = 0
        let frame = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            result = unsafe content.withUnsafeBytes { content in
                unsafe dictionary.withUnsafeBytes {
                    unsafe ZSTD_compress_usingDict(
                        context, buffer.baseAddress, bound, content.baseAddress, content.count, $0.baseAddress,
                        $0.count, Int32(level))
                }
            }
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0 else {
            throw StrategyError(.cannot, Zstd.name, "libzstd: \(Zstd.message(result))")
        }
        bytes += withoutDictionaryID(frame)
    }

    /// The same frame with no dictionary's number in its header (RFC 8878, section 3.1.1.1): after magic number and
    /// descriptor, and a window's size where the frame is no single segment.
    private static func withoutDictionaryID(_ frame: [UInt8]) -> [UInt8] {
        let descriptor = frame[4]
        let place = descriptor & 0x20 == 0 ? 6 : 5
        var frame = frame
        frame.removeSubrange(place..<place + [0, 1, 2, 4][Int(descriptor & 3)])
        frame[4] = descriptor & ~3
        return frame
    }
}
