/// The records of pax extended headers (POSIX.1-2001, `pax`): `LENGTH KEY=VALUE\n`, the length in decimal and counting
/// itself. A later record of the same key wins; an empty value takes an earlier one back.
///
/// Keys are raw bytes, since an attribute's name need not be UTF-8, and two names that only look alike are two.
public struct PaxRecords: Equatable, Sendable {
    /// Keys and values beyond this many bytes in all are not kept, however many headers bring them.
    public static let maximumBytes = 1 << 20

    private static let attributeMarker = Array("SCHILY.xattr.".utf8)
    private static let sparseMarker = Array("GNU.sparse.".utf8)

    public private(set) var values: [[UInt8]: [UInt8]] = [:]
    /// Whether a record names an extended attribute.
    public private(set) var hasExtendedAttributes = false
    /// How many records have named one so far.
    private(set) var attributeChanges = 0
    /// Whether the entry is in one of GNU's pax sparse forms (0.0, 0.1 or 1.0).
    public private(set) var describesSparseFile = false
    /// The values of `GNU.sparse.offset` and `GNU.sparse.numbytes`, which form 0.0 repeats in turns; nil where they are
    /// not in turns, not numbers, or too many.
    private(set) var sparseNumbers: [UInt64]? = []
    private var byteCount = 0

    public init() {}

    /// Adds the records of one extended header. What comes before the first malformed record, or the first that is too
    /// much, counts; false says that there was one.
    @discardableResult
    public mutating func merge(parsing bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count <= 20, let length = Number.decimal(digits),
                length <= UInt64(rest.count), length > UInt64(digits.count) + 1
            else { return rest.allSatisfy { $0 == 0 } }
            let record = rest.prefix(Int(length))
            let body = record.dropFirst(digits.count + 1).dropLast()
            guard record.last == UInt8(ascii: "\n"), let equals = body.firstIndex(of: UInt8(ascii: "=")),
                equals > body.startIndex, set(Array(body[..<equals]), to: Array(body[(equals + 1)...]))
            else { return false }
            rest = rest.dropFirst(Int(length))
        }
        return true
    }

    /// The value of a record that is there and not empty.
    public subscript(key: String) -> [UInt8]? {
        guard !values.isEmpty, let value = values[Array(key.utf8)], !value.isEmpty else { return nil }
        return value
    }

    /// A decimal record such as `size`, `uid` or `gid`.
    public func number(_ key: String) -> UInt64? {
        self[key].flatMap { Number.decimal($0[...]) }
    }

    /// Extended attributes (`SCHILY.xattr.NAME`), sorted by name.
    public var extendedAttributes: [ExtendedAttribute] {
        guard hasExtendedAttributes else { return [] }
        let marker = PaxRecords.attributeMarker
        return values.filter { $0.key.count > marker.count && $0.key.starts(with: marker) }
            .map { ExtendedAttribute(name: Array($0.key.dropFirst(marker.count)), value: $0.value) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Keeps a record; false where that would be too much.
    private mutating func set(_ key: [UInt8], to value: [UInt8]) -> Bool {
        let former = values[key].map { key.count + $0.count } ?? 0
        let sum = byteCount - former + key.count + value.count
        guard sum <= PaxRecords.maximumBytes else { return false }
        byteCount = sum
        values[key] = value
        if key.starts(with: PaxRecords.attributeMarker) {
            hasExtendedAttributes = true
            attributeChanges += 1
        }
        if key.starts(with: PaxRecords.sparseMarker) {
            describesSparseFile = true
            noteSparseNumber(key.dropFirst(PaxRecords.sparseMarker.count), value)
        }
        return true
    }

    private mutating func noteSparseNumber(_ key: ArraySlice<UInt8>, _ value: [UInt8]) {
        let isOffset = key.elementsEqual("offset".utf8)
        guard isOffset || key.elementsEqual("numbytes".utf8), let numbers = sparseNumbers else { return }
        guard let number = Number.decimal(value[...]), isOffset == numbers.count.isMultiple(of: 2),
            numbers.count < 2 * SparseFile.maximumParts
        else {
            sparseNumbers = nil
            return
        }
        sparseNumbers?.append(number)
    }
}

/// One extended attribute: raw bytes on both sides.
public struct ExtendedAttribute: Hashable, Sendable {
    public var name: [UInt8]
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// What one entry's attributes may take in all: what Linux holds. Each counts as its name, its value and 16 bytes,
    /// about what a file system keeps beside them.
    public static let maximumBytes = 64 << 10

    /// Whether attributes are more than an entry can have.
    static func areTooMany(_ attributes: [ExtendedAttribute]) -> Bool {
        attributes.reduce(0) { $0 + $1.name.count + $1.value.count + 16 } > maximumBytes
    }
}
