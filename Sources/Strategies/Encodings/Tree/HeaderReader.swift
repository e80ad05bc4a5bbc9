internal import Tar

/// What an entry's headers say and how they are laid out, as far as a style can render both again.
struct HeaderReading {
    var fields = EntryFields()
    var style: HeaderStyle

    /// Attributes' values of more bytes are taken from the tree, if it has them.
    static let maximumSpelledAttribute = 64
    static let attributeMarker = Array("SCHILY.xattr.".utf8)

    /// Reads a header and the extension headers ahead of it.
    ///
    /// - Parameter attributes: those of the tree's node; a record of one of these with the same value is taken from there.
    /// - Returns: nil where the layout is none that a style describes. A reading is no proof: what it renders has to be
    ///   compared.
    init?(
        _ header: ArraySlice<UInt8>, _ extensions: [(header: ArraySlice<UInt8>, data: ArraySlice<UInt8>)],
        attribute: ([UInt8]) -> [UInt8]?
    ) {
        guard let parsed = Header(header) else { return nil }
        fields.path = parsed.path
        fields.link = parsed.linkName
        let numbers = [
            parsed.mode, parsed.userID, parsed.groupID, parsed.size, parsed.modificationTime,
            Number.parse(header[at: HeaderField.numbers[5]]), Number.parse(header[at: HeaderField.numbers[6]]),
        ]
        for (index, number) in numbers.enumerated() { fields.numbers[index] = number ?? 0 }
        fields.seconds = fields.numbers[EntryFields.time]
        fields.userName = header.text(HeaderField.userName)
        fields.groupName = header.text(HeaderField.groupName)
        var forms = numbers.indices.map { NumberForm.of(numbers[$0], in: header, HeaderField.numbers[$0]) }
        forms.append(HeaderReading.checksumForm(of: header))
        var base = Array(header)
        HeaderStyle.blank(&base, forms)
        style = HeaderStyle(typeFlag: parsed.typeFlag, forms: forms, base: base)

        for part in extensions { guard read(part.header, part.data, attribute) else { return nil } }
        for rule in ASCIIRule.allCases where rule.apply(to: fields.path).starts(with: parsed.name) {
            style.ascii = rule
            break
        }
        if style.ascii == .kept {
            // Or the link tells.
            style.ascii =
                ASCIIRule.allCases.first { $0.apply(to: fields.link).starts(with: parsed.linkName) } ?? .kept
        }
        if !parsed.name.elementsEqual(parsed.path), fields.path == parsed.path {
            style.split =
                PathSplit.allCases.first { $0.place(in: parsed.path) == parsed.path.count - parsed.name.count - 1 }
                ?? .none
            if style.split != .none { for index in HeaderField.prefix { style.base[index] = 0 } }
        }
    }

    /// Sets what the style says of paths, modes and sizes from what the tree has of the entry; false where the paths differ
    /// in more than what is ahead of them and a slash.
    mutating func fit(to tree: TarTree, _ node: Int) -> Bool {
        var path: [UInt8] = []
        tree.appendPath(of: node, to: &path)
        let slash = UInt8(ascii: "/")
        style.endsInSlash = fields.path.last == slash
        if node == 0 {
            style.lead = fields.path
        } else {
            let ending = path.count + (style.endsInSlash ? 1 : 0)
            guard fields.path.count >= ending,
                fields.path.dropLast(style.endsInSlash ? 1 : 0).suffix(path.count).elementsEqual(path)
            else { return false }
            style.lead = Array(fields.path.dropLast(ending))
        }
        let info = tree.nodes[node]
        style.typeBits = fields.numbers[EntryFields.mode] & ~0o7777
        style.hasSize = UInt64(exactly: fields.numbers[EntryFields.size]) == info.byteCount
        return true
    }

    private static func checksumForm(of header: ArraySlice<UInt8>) -> NumberForm {
        var sum: UInt32 = 8 * 32
        for (index, byte) in header.enumerated() where !HeaderField.checksum.contains(index) { sum &+= UInt32(byte) }
        return NumberForm.of(Int64(sum), in: header, HeaderField.checksum)
    }

    private mutating func read(
        _ header: ArraySlice<UInt8>, _ data: ArraySlice<UInt8>, _ attribute: ([UInt8]) -> [UInt8]?
    ) -> Bool {
        let typeFlag = header[header.startIndex + HeaderField.typeFlag]
        let content: ExtensionStyle.Content
        switch typeFlag {
        case UInt8(ascii: "L"):
            content = .path(isTerminated: data.last == 0)
            fields.path = Array(data.last == 0 ? data.dropLast() : data)
        case UInt8(ascii: "K"):
            content = .link(isTerminated: data.last == 0)
            fields.link = Array(data.last == 0 ? data.dropLast() : data)
        case UInt8(ascii: "x"):
            guard let records = readRecords(data, attribute) else { return false }
            content = .records(records)
        default: return false
        }
        var base = Array(header)
        let time = NumberForm.of(fields.seconds, in: header, ExtensionStyle.timeField)
        let size = NumberForm.of(Int64(data.count), in: header, ExtensionStyle.sizeField)
        var blanked = [HeaderField.checksum]
        if time != .constant { blanked.append(ExtensionStyle.timeField) }
        if size != .constant { blanked.append(ExtensionStyle.sizeField) }
        let checksum = HeaderReading.checksumForm(of: header)
        var result = ExtensionStyle(
            typeFlag: typeFlag, content: content, size: size, time: time, checksum: checksum, base: [])
        if let (naming, middle) = naming(of: header.text(HeaderField.name)) {
            (result.naming, result.middle) = (naming, middle)
            blanked.append(HeaderField.name)
        }
        for range in blanked { for index in range { base[index] = 0 } }
        base[HeaderField.typeFlag] = 0
        result.base = base
        style.extensions.append(result)
        return true
    }

    /// The rule behind an extension header's name, where it is made of the path.
    private func naming(of name: [UInt8]) -> (ExtensionStyle.Naming, [UInt8])? {
        let slash = UInt8(ascii: "/")
        guard let start = name.firstRange(of: Array("PaxHeaders".utf8))?.lowerBound else { return nil }
        guard let end = name[start...].firstIndex(of: slash) else { return nil }
        let middle = [slash] + name[start...end]
        return (
            name.starts(with: [UInt8(ascii: "."), slash]) && !fields.path.starts(with: [UInt8(ascii: "."), slash])
                ? .dotted : start == 0 ? .plain : .dotted, middle
        )
    }

    private mutating func readRecords(
        _ data: ArraySlice<UInt8>, _ attribute: ([UInt8]) -> [UInt8]?
    ) -> [PaxRecordStyle]? {
        var rest = data
        var styles: [PaxRecordStyle] = []
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count < 8, let length = Number.decimal(digits), length <= UInt64(rest.count) else {
                return nil
            }
            let record = rest.prefix(Int(length)).dropFirst(digits.count + 1).dropLast()
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let (key, value) = (Array(record[..<equals]), Array(record[(equals + 1)...]))
            styles.append(PaxRecordStyle(key: key, source: source(of: key, value, attribute)))
            rest = rest.dropFirst(Int(length))
        }
        return styles
    }

    private mutating func source(
        of key: [UInt8], _ value: [UInt8], _ attribute: ([UInt8]) -> [UInt8]?
    ) -> PaxRecordStyle.Source {
        let isASCII = value.allSatisfy { $0 < 0x80 }
        switch String(decoding: key, as: UTF8.self) {
        case "path":
            fields.path = value
            return .path(value.count > HeaderField.name.count ? .unfit : isASCII ? .always : .unfitOrNotASCII)
        case "linkpath":
            fields.link = value
            return .link(value.count > HeaderField.linkName.count ? .unfit : isASCII ? .always : .unfitOrNotASCII)
        case "mtime":
            let whole = value.prefix { $0 != UInt8(ascii: ".") }
            let fraction = value.dropFirst(whole.count)
            guard let seconds = Number.decimal(whole).flatMap({ Int64(exactly: $0) }),
                seconds.description.utf8.elementsEqual(whole),
                fraction.count != 1, fraction.count <= TimeValue.maximumDigits + 1,
                fraction.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
            else { break }
            fields.seconds = seconds
            fields.fraction = Array(fraction)
            if fields.numbers[EntryFields.time] == seconds &+ 1 { style.roundsTime = true }
            return .time(fraction.isEmpty ? .always : .unfit)
        default:
            guard key.starts(with: HeaderReading.attributeMarker) else { break }
            // Short values are spelled out, so that a repository may give its files other attributes.
            if value.count > HeaderReading.maximumSpelledAttribute,
                attribute(Array(key.dropFirst(HeaderReading.attributeMarker.count))) == value
            {
                return .attribute
            }
        }
        fields.records.append(value)
        return .spelled
    }
}

extension ArraySlice<UInt8> {
    fileprivate subscript(at range: Range<Int>) -> ArraySlice<UInt8> {
        self[startIndex + range.lowerBound..<startIndex + range.upperBound]
    }

    /// A field up to its first NUL.
    fileprivate func text(_ range: Range<Int>) -> [UInt8] { Array(self[at: range].prefix { $0 != 0 }) }
}
