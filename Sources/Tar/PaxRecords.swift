/// The records of pax extended headers (POSIX.1-2001, `pax`): `LENGTH KEY=VALUE\n`, the length in decimal and counting
/// itself. A later record of the same key wins; an empty value takes an earlier one back.
public struct PaxRecords: Equatable, Sendable {
    public private(set) var values: [String: [UInt8]] = [:]

    public init() {}

    /// Adds the records of one extended header. What comes before the first malformed record counts; false says that
    /// there was one.
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
                equals > body.startIndex
            else { return false }
            set(String(decoding: body[..<equals], as: UTF8.self), to: Array(body[(equals + 1)...]))
            rest = rest.dropFirst(Int(length))
        }
        return true
    }

    /// These records with another header's laid over them.
    public func overlaid(with local: PaxRecords) -> PaxRecords {
        guard !values.isEmpty else { return local }
        var result = self
        for (key, value) in local.values { result.values[key] = value }
        return result
    }

    /// The value of a record that is there and not empty.
    public subscript(key: String) -> [UInt8]? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return value
    }

    /// A decimal record such as `size`, `uid` or `gid`.
    public func number(_ key: String) -> UInt64? {
        self[key].flatMap { Number.decimal($0[...]) }
    }

    /// Extended attributes (`SCHILY.xattr.NAME`), sorted by name.
    public var extendedAttributes: [ExtendedAttribute] {
        let marker = "SCHILY.xattr."
        return values.filter { $0.key.hasPrefix(marker) && $0.key.utf8.count > marker.utf8.count }
            .map { ExtendedAttribute(name: Array($0.key.utf8.dropFirst(marker.utf8.count)), value: $0.value) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Whether the entry is in one of GNU's pax sparse forms (0.0, 0.1 or 1.0).
    public var describesSparseFile: Bool {
        values.keys.contains { $0.hasPrefix("GNU.sparse.") }
    }

    private mutating func set(_ key: String, to value: [UInt8]) { values[key] = value }
}

/// One extended attribute: raw bytes on both sides.
public struct ExtendedAttribute: Hashable, Sendable {
    public var name: [UInt8]
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}
