import Tar

/// What goes before an entry's header, or between it and its payload.
extension TarBuilder {
    /// A pax extended header for the next entry.
    public mutating func pax(_ records: KeyValuePairs<String, String>) {
        pax(records: records.flatMap { TarBuilder.record($0.key, Array($0.value.utf8)) })
    }

    /// The same, of records as they are; `typeFlag` `x` is for the next entry, `g` for all that follow.
    public mutating func pax(records: [UInt8], typeFlag: Unicode.Scalar = "x") {
        var fields = HeaderFields(typeFlag: UInt8(ascii: typeFlag), path: "././@PaxHeader", dialect: dialect)
        fields.size = Int64(records.count)
        header(fields)
        data(records)
    }

    /// A pax global header.
    public mutating func globalPax(_ records: KeyValuePairs<String, String>) {
        pax(records: records.flatMap { TarBuilder.record($0.key, Array($0.value.utf8)) }, typeFlag: "g")
    }

    /// A pax header that gives the next entry an extended attribute.
    public mutating func extendedAttribute(_ name: String, _ value: [UInt8]) {
        pax(records: TarBuilder.record("SCHILY.xattr." + name, value))
    }

    /// One pax record with its length.
    public static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let body = [UInt8(ascii: " ")] + Array(key.utf8) + [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
        var length = body.count + 1
        while String(length).utf8.count + body.count != length { length = String(length).utf8.count + body.count }
        return Array(String(length).utf8) + body
    }

    /// GNU's header for a path beyond 100 bytes.
    public mutating func longName(_ path: [UInt8]) { long("L", path) }

    /// GNU's header for a link's target beyond 100 bytes.
    public mutating func longLink(_ target: [UInt8]) { long("K", target) }

    /// A file in GNU's old sparse form: four parts of its map in the header, the others in blocks behind it.
    public mutating func sparseFile(
        _ path: String, parts: [(offset: Int64, bytes: [UInt8])], realSize: Int64,
        edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        let payload = parts.flatMap(\.bytes)
        var map = parts.map { part in
            HeaderFields.number(part.offset, width: 12) + HeaderFields.number(Int64(part.bytes.count), width: 12)
        }
        var fields = HeaderFields(typeFlag: UInt8(ascii: "S"), path: path, dialect: .gnu)
        (fields.mode, fields.size) = (0o644, Int64(payload.count))
        let first = map.prefix(4)
        map.removeFirst(first.count)
        fields.overlay = [
            386: Array(first.joined()), 482: [map.isEmpty ? 0 : 1], 483: HeaderFields.number(realSize, width: 12),
        ]
        edit(&fields)
        header(fields)
        while !map.isEmpty {
            let next = map.prefix(21)
            map.removeFirst(next.count)
            var block = Array(next.joined())
            block += [UInt8](repeating: 0, count: 504 - block.count) + [map.isEmpty ? 0 : 1]
            raw(block + [UInt8](repeating: 0, count: Header.blockSize - block.count))
        }
        data(payload)
    }

    private mutating func long(_ typeFlag: Unicode.Scalar, _ text: [UInt8]) {
        var fields = HeaderFields(typeFlag: UInt8(ascii: typeFlag), path: "././@LongLink", dialect: dialect)
        fields.size = Int64(text.count + 1)
        header(fields)
        data(text + [0])
    }

    /// Writes the headers that hold what the entry's own has no room for.
    mutating func extend(_ fields: inout HeaderFields) {
        if dialect == .gnu {
            if fields.linkName.count > 100 { longLink(fields.linkName) }
            if fields.path.count > 100 { longName(fields.path) }
            return
        }
        guard dialect != .v7 else { return }
        fields.splitPath()
        var records: [UInt8] = []
        if fields.path.count > 100 { records += TarBuilder.record("path", fields.path) }
        if fields.linkName.count > 100 { records += TarBuilder.record("linkpath", fields.linkName) }
        if !records.isEmpty { pax(records: records) }
    }
}
