internal import CZstd
public import Digests

/// `zstd`: one zstd frame (RFC 8878) around an encoding's bytes, at a level from 1 to 22, alone or with a dictionary that
/// the repository holds.
///
/// Format: `Documentation/formats/zstd.md`.
public struct Zstd: Wrapper {
    public static let name = "zstd"
    public static let summary = "one zstd frame at a level from 1 to 22; zstd:LEVEL,dictionary=SHA256 with a dictionary"
    public static let representativeLevels = [3, 19]
    static let version: UInt8 = 1
    /// Room that is made for announced bytes before any came out; the rest is made when that many have.
    static let maximumRoomInAdvance = 64 << 20
    /// No recipe is longer than this many bytes when unwrapped: about five million entries of `raw`.
    static let maximumUnwrappedBytes: UInt64 = 4 << 30

    /// Level 3, libzstd's own default: nearly as small as 19 on recipes with checksums, in a fraction of time and memory.
    static let standard = Zstd()

    /// The version of the library that is used.
    public static var libraryVersion: String {
        let number = ZSTD_versionNumber()
        return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }

    /// The version of the library at build time.
    public static var builtVersion: String {
        "\(ZSTD_VERSION_MAJOR).\(ZSTD_VERSION_MINOR).\(ZSTD_VERSION_RELEASE)"
    }

    /// The parameter that names a dictionary.
    static let dictionaryKey = "dictionary"

    public let level: Int
    /// The digest of the dictionary that the frame refers to; nil where there is none.
    public let dictionary: Digest?

    private init() { (level, dictionary) = (3, nil) }

    public init(level: Int) throws(StrategyError) { try self.init(level: level, parameters: [:]) }

    /// A level with the dictionary of this digest.
    public init(level: Int, dictionary: Digest) throws(StrategyError) {
        try self.init(level: level, parameters: [Zstd.dictionaryKey: dictionary.hex])
    }

    /// A level from 1 to 22, and the parameter `dictionary`: the SHA-256 of a dictionary as 64 hexadecimal digits.
    public init(level: Int, parameters: [String: String]) throws(StrategyError) {
        guard (1...22).contains(level) else {
            throw StrategyError(.unknown, "zstd:\(level)", "zstd has the levels 1 to 22")
        }
        if let key = parameters.keys.filter({ $0 != Zstd.dictionaryKey }).min() {
            throw StrategyError(.unknown, "zstd:\(level),\(key)", "zstd takes no parameter but dictionary=SHA256")
        }
        self.level = level
        dictionary = try parameters[Zstd.dictionaryKey].map { text throws(StrategyError) in
            guard let digest = Digest(hex: text) else {
                throw StrategyError(
                    .unknown, "dictionary '\(text)'",
                    "a dictionary is named by the 64 hexadecimal digits of its SHA-256")
            }
            return digest
        }
    }

    public var description: String {
        "\(Zstd.name):\(level)" + (dictionary.map { ",\(Zstd.dictionaryKey)=\($0.hex)" } ?? "")
    }

    public var requiredDictionaries: Set<Digest> { dictionary.map { [$0] } ?? [] }

    /// The dictionary's bytes, where one is named.
    private func loadedDictionary(_ layer: LayerContext) throws(StrategyError) -> [UInt8]? {
        guard let dictionary else { return nil }
        guard let bytes = layer.dictionaries[dictionary] else { throw .absentDictionary(dictionary) }
        try ZstdDictionary.check(bytes)
        return bytes
    }

    public func wrap(_ bytes: [UInt8]) throws(StrategyError) -> [UInt8] { try wrap(bytes, with: .empty) }

    public func wrap(_ bytes: [UInt8], with layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try Zstd.checkLength(bytes.count)
        var header: [UInt8] = [Zstd.version]
        header.append(number: UInt64(bytes.count))
        if let dictionary = try loadedDictionary(layer) {
            try ZstdDictionaryFrame.append(bytes, level: level, dictionary: dictionary, to: &header)
            return header
        }
        let bound = ZSTD_compressBound(bytes.count)
        var result = 0
        let wrapped = unsafe [UInt8](unsafeUninitializedCapacity: header.count + bound) { buffer, count in
            for (index, byte) in header.enumerated() { unsafe buffer.initializeElement(at: index, to: byte) }
            result = unsafe bytes.withUnsafeBytes {
                unsafe ZSTD_compress(
                    buffer.baseAddress! + header.count, bound, $0.baseAddress, $0.count, Int32(level))
            }
            count = ZSTD_isError(result) == 0 ? header.count + result : 0
        }
        guard ZSTD_isError(result) == 0 else {
            throw StrategyError(.cannot, Zstd.name, "libzstd: \(Zstd.message(result))")
        }
        return wrapped
    }

    /// What `unwrap` would refuse is not wrapped.
    static func checkLength(_ byteCount: Int) throws(StrategyError) {
        guard UInt64(byteCount) <= maximumUnwrappedBytes else {
            throw StrategyError(
                .cannot, name, "the recipe has \(byteCount) bytes, more than the \(maximumUnwrappedBytes) it takes")
        }
    }

    public func unwrap(_ bytes: ArraySlice<UInt8>) throws(StrategyError) -> [UInt8] { try unwrap(bytes, with: .empty) }

    public func unwrap(_ bytes: ArraySlice<UInt8>, with layer: LayerContext) throws(StrategyError) -> [UInt8] {
        let source = try unwrapped(bytes, with: layer)
        var output: [UInt8] = []
        output.reserveCapacity(min(source.byteCount, Zstd.maximumRoomInAdvance))
        while case let piece = try source.next(), !piece.isEmpty {
            // One move instead of one per doubling.
            if output.count + piece.count > output.capacity { output.reserveCapacity(source.byteCount) }
            output.append(contentsOf: piece)
        }
        return output
    }

    public func unwrapped(
        _ bytes: ArraySlice<UInt8>, with layer: LayerContext
    ) throws(StrategyError) -> any ByteSource {
        var reader = ByteReader(bytes, of: Zstd.name)
        try reader.version(Zstd.version)
        let declared = try reader.number()
        guard declared <= Zstd.maximumUnwrappedBytes else {
            throw reader.malformed("\(declared) bytes are announced, more than any recipe has")
        }
        return try ZstdSource(reader, declared: Int(declared), dictionary: try loadedDictionary(layer))
    }

    public func wrap(_ source: any ByteSource, with layer: LayerContext) throws(StrategyError) -> [UInt8] {
        // What is short is no trouble as a whole.
        guard dictionary == nil, source.byteCount > ZstdStream.longByteCount else {
            return try wrap(Array(try source.rest()), with: layer)
        }
        try Zstd.checkLength(source.byteCount)
        var header: [UInt8] = [Zstd.version]
        header.append(number: UInt64(source.byteCount))
        return try ZstdStream.compress(source, level: level, after: header)
    }

    static func message(_ code: Int) -> String { unsafe String(cString: ZSTD_getErrorName(code)) }
}
