internal import Tar

/// How a writer lays out an extension header ahead of an entry's own: pax records, or GNU's long path or link.
struct ExtensionStyle: Hashable {
    /// What is in it.
    enum Content: Hashable {
        /// The path (`L`) or the link's target (`K`), with a NUL behind it or not; there only where the header's own field
        /// has no room.
        case path(isTerminated: Bool)
        case link(isTerminated: Bool)
        /// Pax records; there only where a record is.
        case records([PaxRecordStyle])
    }

    /// How the extension header's own name is made.
    enum Naming: UInt8, CaseIterable {
        /// It is always the same.
        case constant
        /// The path's directory or a dot, the middle, the path's last name: GNU tar's `%d/PaxHeaders/%f`.
        case dotted
        /// The same without the dot: Go.
        case plain
    }

    var typeFlag: UInt8
    var content: Content
    var naming = Naming.constant
    /// Between the two parts of the name.
    var middle: [UInt8] = []
    /// How the size, the time (of the entry; `constant` for any other) and the checksum are written.
    var size: NumberForm
    var time: NumberForm
    var checksum: NumberForm
    /// Bytes of all other fields, the name too where it is constant.
    var base: [UInt8]

    static let sizeField = HeaderField.numbers[EntryFields.size]
    static let timeField = HeaderField.numbers[EntryFields.time]

    /// Appends the extension header with its data and padding, where there has to be one; false where the style cannot
    /// write it.
    func render(
        _ fields: EntryFields, _ extended: [[UInt8]], _ style: HeaderStyle, to output: inout [UInt8]
    ) -> Bool {
        var data: [UInt8] = []
        switch content {
        case .path(let isTerminated):
            guard !style.fits(fields.path) else { return true }
            data = fields.path + (isTerminated ? [0] : [])
        case .link(let isTerminated):
            guard fields.link.count > HeaderField.linkName.count else { return true }
            data = fields.link + (isTerminated ? [0] : [])
        case .records(let records):
            var (literals, attributes) = (fields.records[...], extended[...])
            for record in records {
                guard record.append(fields, style, &literals, &attributes, to: &data) else { return false }
            }
            if data.isEmpty { return true }
        }
        let start = output.count
        output.append(contentsOf: base)
        output[start + HeaderField.typeFlag] = typeFlag
        if naming != .constant {
            let name = name(of: style.ascii.apply(to: fields.path))
            guard HeaderStyle.write(name[...], to: &output, HeaderField.name, at: start, cut: true) else {
                return false
            }
        }
        guard size.write(Int64(data.count), into: &output, ExtensionStyle.sizeField, at: start),
            time.write(fields.seconds, into: &output, ExtensionStyle.timeField, at: start),
            HeaderStyle.writeChecksum(checksum, to: &output, at: start)
        else { return false }
        output += data
        output.append(contentsOf: repeatElement(0, count: -data.count & (Header.blockSize - 1)))
        return true
    }

    private func name(of path: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        let trimmed = path.reversed().drop { $0 == slash }.reversed()
        let text = Array(trimmed)
        let at = text.lastIndex(of: slash)
        let (directory, last) = (at.map { text[..<$0] } ?? [], text[(at.map { $0 + 1 } ?? 0)...])
        if naming == .dotted { return (directory.isEmpty ? [UInt8(ascii: ".")] : Array(directory)) + middle + last }
        let cleaned = directory.starts(with: [UInt8(ascii: "."), slash]) ? directory.dropFirst(2) : directory
        return cleaned.isEmpty || cleaned.elementsEqual(".".utf8)
            ? Array(middle.dropFirst()) + last : Array(cleaned) + middle + last
    }
}

extension HeaderStyle {
    /// Whether a path needs no extension header.
    func fits(_ path: [UInt8]) -> Bool { path.count <= HeaderField.name.count || split.place(in: path) != nil }
}

/// One pax record, `LENGTH KEY=VALUE\n`.
struct PaxRecordStyle: Hashable {
    enum Source: Hashable {
        /// Where the header's own field has no room, or also where they are not ASCII, or always.
        case path(Need), link(Need)
        /// Where it has a fraction, or always.
        case time(Need)
        /// An extended attribute of the tree's node.
        case attribute
        /// A value that the recipe spells out unless it is the last one of this key.
        case spelled
    }

    enum Need: UInt8, CaseIterable { case unfit, unfitOrNotASCII, always }

    var key: [UInt8]
    var source: Source

    /// Appends the record, where there has to be one.
    func append(
        _ fields: EntryFields, _ style: HeaderStyle, _ literals: inout ArraySlice<[UInt8]>,
        _ attributes: inout ArraySlice<[UInt8]>, to data: inout [UInt8]
    ) -> Bool {
        switch source {
        case .path(let need):
            guard need.isMet(by: fields.path, fits: style.fits(fields.path)) else { return true }
            append(fields.path, to: &data)
        case .link(let need):
            guard need.isMet(by: fields.link, fits: fields.link.count <= HeaderField.linkName.count) else {
                return true
            }
            append(fields.link, to: &data)
        case .time(let need):
            guard need == .always || !fields.fraction.isEmpty else { return true }
            append(Array(String(fields.seconds).utf8) + fields.fraction, to: &data)
        case .attribute:
            guard let value = attributes.popFirst() else { return false }
            append(value, to: &data)
        case .spelled:
            guard let value = literals.popFirst() else { return false }
            append(value, to: &data)
        }
        return true
    }

    private func append(_ value: [UInt8], to data: inout [UInt8]) {
        let rest = key.count + value.count + 3
        // The length counts its own digits.
        var length = rest + 1
        while String(length).utf8.count + rest != length { length += 1 }
        data += String(length).utf8
        data.append(UInt8(ascii: " "))
        data += key
        data.append(UInt8(ascii: "="))
        data += value
        data.append(UInt8(ascii: "\n"))
    }
}

extension PaxRecordStyle.Need {
    func isMet(by text: [UInt8], fits: Bool) -> Bool {
        switch self {
        case .unfit: !fits
        case .unfitOrNotASCII: !fits || text.contains { $0 >= 0x80 }
        case .always: true
        }
    }
}
