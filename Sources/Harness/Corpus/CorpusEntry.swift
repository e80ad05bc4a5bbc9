public import Digests
import Strategies

/// How a layer's paths map into its commit, as the tool's `--policy` spells it.
public enum CorpusPolicy: String, Codable, Sendable, CaseIterable {
    /// Image layers.
    case imageLayer = "ostree-ext:allow-nonusr"
    /// Source archives, whose paths stay as they are.
    case identity = "identity"
}

/// One layer of the corpus: what it is, and how to obtain it.
public struct CorpusEntry: Equatable, Sendable {
    /// The name that commands take, also the cache's file name: lower-case letters, digits, `.`, `_` and `-`.
    public var name: String
    /// The sets that hold it. Every entry is in `all`, without saying so.
    public var sets: [String]
    /// One line for lists.
    public var title: String
    /// Where its content comes from, in prose.
    public var source: String
    /// Under which terms that content may be used and passed on.
    public var licence: String
    public var policy: CorpusPolicy
    /// About how many bytes the file as fetched has.
    public var expectedBytes: UInt64
    /// About how many entries the tar stream has, where known.
    public var expectedEntries: Int?
    /// The digest of the file as fetched, where its source never changes.
    public var pin: Digest?
    public var needsNetwork: Bool
    public var recipe: CorpusRecipe

    /// The name of the image that it is a layer of, or nil.
    var image: String? {
        if case .imageLayer(let layer) = recipe { layer.image } else { nil }
    }
    /// The file's name ending in the cache.
    var fileExtension: String { recipe.fileRecipe?.fileExtension ?? "tar" }
}

extension CorpusEntry: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, sets, title, source, licence, policy, expectedBytes, expectedEntries, sha256, needsNetwork, recipe
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        sets = try values.decode([String].self, forKey: .sets)
        title = try values.decode(String.self, forKey: .title)
        source = try values.decode(String.self, forKey: .source)
        licence = try values.decode(String.self, forKey: .licence)
        expectedBytes = try values.decode(UInt64.self, forKey: .expectedBytes)
        expectedEntries = try values.decodeIfPresent(Int.self, forKey: .expectedEntries)
        needsNetwork = try values.decode(Bool.self, forKey: .needsNetwork)
        recipe = try values.decode(CorpusRecipe.self, forKey: .recipe)
        policy = try values.decodeIfPresent(CorpusPolicy.self, forKey: .policy) ?? recipe.usualPolicy
        if case .imageLayer = recipe {
            throw DecodingError.dataCorruptedError(
                forKey: .recipe, in: values, debugDescription: "layers of images stand under `images`")
        }
        pin = try values.decodeIfPresent(String.self, forKey: .sha256).map { hex in
            try StrictKeys.digest(hex, forKey: .sha256, in: values)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(sets, forKey: .sets)
        try values.encode(title, forKey: .title)
        try values.encode(source, forKey: .source)
        try values.encode(licence, forKey: .licence)
        try values.encode(policy, forKey: .policy)
        try values.encode(expectedBytes, forKey: .expectedBytes)
        try values.encodeIfPresent(expectedEntries, forKey: .expectedEntries)
        try values.encodeIfPresent(pin?.hex, forKey: .sha256)
        try values.encode(needsNetwork, forKey: .needsNetwork)
        try values.encode(recipe, forKey: .recipe)
    }
}

/// A key that may have any name.
struct AnyCodingKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Refuses keys that nothing reads: a mistyped key must not pass in silence.
enum StrictKeys {
    /// Throws a `DecodingError` that names the first key (in byte order) outside `allowed`.
    static func check(_ decoder: any Decoder, allowed: [String]) throws {
        let values = try decoder.container(keyedBy: AnyCodingKey.self)
        let unknown = values.allKeys.filter { !allowed.contains($0.stringValue) }
        guard let key = unknown.min(by: { $0.stringValue < $1.stringValue }) else { return }
        let suggestion = nearest(to: key.stringValue, among: allowed)
        let hint = suggestion.map { "did you mean `\($0)`?" } ?? "known keys: \(allowed.joined(separator: ", "))"
        throw DecodingError.dataCorruptedError(
            forKey: key, in: values, debugDescription: "unknown key `\(key.stringValue)` (\(hint))")
    }

    /// A text that becomes an argument of a program, and so must not look like an option.
    static func argument<Key>(_ key: Key, in values: KeyedDecodingContainer<Key>) throws -> String {
        let text = try values.decode(String.self, forKey: key)
        guard !text.hasPrefix("-") else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "`\(text)` looks like an option of a program")
        }
        return text
    }

    /// A digest in 64 hexadecimal digits.
    static func digest<Key>(
        _ hex: String, forKey key: Key, in values: KeyedDecodingContainer<Key>
    ) throws -> Digest {
        guard let digest = Digest(hex: hex) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "`\(hex)` is not 64 hexadecimal digits")
        }
        return digest
    }

    /// The one key of a mapping that must have exactly one.
    static func only<Key>(_ values: KeyedDecodingContainer<Key>) throws -> Key where Key: CaseIterable {
        guard let key = values.allKeys.first, values.allKeys.count == 1 else {
            let known = Key.allCases.map { "`\($0.stringValue)`" }.joined(separator: " or ")
            throw DecodingError.dataCorrupted(
                .init(codingPath: values.codingPath, debugDescription: "exactly one of \(known) is wanted here"))
        }
        return key
    }
}
