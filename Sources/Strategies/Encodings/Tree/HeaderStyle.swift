internal import Tar

/// What a header says, whoever wrote it.
struct EntryFields: Equatable {
    /// The path and the link's target, as extension headers have them where there are any.
    var path: [UInt8] = []
    var link: [UInt8] = []
    /// Mode, owner, group, size, time, and a device's numbers, as in `HeaderField.numbers`; 0 where unreadable.
    var numbers = SIMD8<Int64>()
    var userName: [UInt8] = []
    var groupName: [UInt8] = []
    /// What follows the time's seconds in a pax record: a dot and digits, or nothing.
    var fraction: [UInt8] = []
    /// The seconds of the pax record's time.
    var seconds: Int64 = 0
    /// Values of pax records that nothing predicts, in the records' order.
    var records: [[UInt8]] = []

    static let mode = 0, userID = 1, groupID = 2, size = 3, time = 4
}

/// How a writer lays out the header of one sort of entry: with the entry's fields, it gives the header's bytes and those of
/// the extension headers ahead of it.
struct HeaderStyle: Hashable {
    var typeFlag: UInt8
    /// How each of `HeaderField.numbers` is written, and at last the checksum.
    var forms: [NumberForm]
    /// How a path that does not fit the name goes into the prefix.
    var split = PathSplit.none
    /// What becomes of bytes beyond ASCII in the header's own names; a pax record has them whole.
    var ascii = ASCIIRule.kept
    /// Bytes of all other fields: the magic, and whatever a number's constant form or an odd writer left in a header.
    var base: [UInt8]
    /// Ahead of the tree's path.
    var lead: [UInt8] = []
    /// Behind it.
    var endsInSlash = false
    /// Bits of the mode beyond those that a tree keeps.
    var typeBits: Int64 = 0
    /// Whether the size field has the file's size.
    var hasSize = true
    /// Whether a time with a fraction is rounded to the nearest second, and not down.
    var roundsTime = false
    var extensions: [ExtensionStyle] = []

    /// The keys of the pax records whose values the recipe spells out, in their order.
    var spelledKeys: [[UInt8]] { records.filter { $0.source == .spelled }.map(\.key) }

    /// The names of the extended attributes that come from the tree, in the records' order.
    var attributeNames: [[UInt8]] {
        records.filter { $0.source == .attribute }.map { Array($0.key.dropFirst(HeaderReading.attributeMarker.count)) }
    }

    /// How many extension headers, how many pax records of one, and how many bytes in a text a style may have.
    static let maximumExtensions = 16, maximumRecords = 64, maximumTextBytes = 255

    /// Whether the style has no more of anything than a recipe tells.
    var isTellable: Bool {
        extensions.count <= HeaderStyle.maximumExtensions && lead.count <= HeaderStyle.maximumTextBytes
            && extensions.allSatisfy { style in
                guard style.middle.count <= HeaderStyle.maximumTextBytes else { return false }
                guard case .records(let records) = style.content else { return true }
                return records.count <= HeaderStyle.maximumRecords
                    && records.allSatisfy { $0.key.count <= HeaderStyle.maximumTextBytes }
            }
    }

    /// Whether a header's time and the tree's node are all there is to know of an entry: no hard link, and no pax record but of
    /// the path and the target.
    var isSimple: Bool {
        typeFlag != UInt8(ascii: "1")
            && records.allSatisfy { record in
                switch record.source {
                case .path, .link: true
                case .time, .attribute, .spelled: false
                }
            }
    }

    /// Whether pax records may say something even of an entry whose path and target are short.
    var hasRecords: Bool { !records.isEmpty }

    private var records: [PaxRecordStyle] {
        guard !extensions.isEmpty else { return [] }
        return extensions.flatMap { part -> [PaxRecordStyle] in
            guard case .records(let records) = part.content else { return [] }
            return records
        }
    }

    /// Whether a payload follows where the size is not 0: not behind links, devices, directories and fifos.
    var mayHavePayload: Bool { !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(typeFlag) }

    /// Blanks what the fields fill.
    static func blank(_ base: inout [UInt8], _ forms: [NumberForm]) {
        func clear(_ range: Range<Int>) { for index in range { base[index] = 0 } }
        clear(HeaderField.name)
        clear(HeaderField.linkName)
        clear(HeaderField.checksum)
        clear(HeaderField.userName)
        clear(HeaderField.groupName)
        base[HeaderField.typeFlag] = 0
        for (index, field) in HeaderField.numbers.enumerated() where forms[index] != .constant { clear(field) }
    }

    /// Appends the bytes of an entry's headers; false where the style cannot write it.
    ///
    /// - Parameter isExtended: whether an extension header may be there. If not, they are not looked at.
    func render(
        _ fields: EntryFields, _ extended: [[UInt8]], to output: inout [UInt8], extended isExtended: Bool = true
    ) -> Bool {
        if isExtended {
            for style in extensions {
                guard style.render(fields, extended, self, to: &output) else { return false }
            }
        }
        let start = output.count
        output.append(contentsOf: base)
        output[start + HeaderField.typeFlag] = typeFlag
        guard writePath(ascii.apply(to: fields.path), to: &output, at: start),
            HeaderStyle.write(
                ascii.apply(to: fields.link)[...], to: &output, HeaderField.linkName, at: start, cut: true),
            HeaderStyle.write(fields.userName[...], to: &output, HeaderField.userName, at: start),
            HeaderStyle.write(fields.groupName[...], to: &output, HeaderField.groupName, at: start)
        else { return false }
        for index in 0..<HeaderField.numbers.count {
            guard forms[index].write(fields.numbers[index], into: &output, HeaderField.numbers[index], at: start) else {
                return false
            }
        }
        return HeaderStyle.writeChecksum(forms[7], to: &output, at: start)
    }

    private func writePath(_ path: [UInt8], to output: inout [UInt8], at start: Int) -> Bool {
        if path.count > HeaderField.name.count, let slash = split.place(in: path) {
            return HeaderStyle.write(path[(slash + 1)...], to: &output, HeaderField.name, at: start)
                && HeaderStyle.write(path[..<slash], to: &output, HeaderField.prefix, at: start)
        }
        return HeaderStyle.write(path[...], to: &output, HeaderField.name, at: start, cut: true)
    }

    static func write(
        _ text: ArraySlice<UInt8>, to output: inout [UInt8], _ field: Range<Int>, at start: Int, cut: Bool = false
    ) -> Bool {
        guard cut || text.count <= field.count else { return false }
        var index = start + field.lowerBound
        for byte in text.prefix(field.count) {
            output[index] = byte
            index += 1
        }
        return true
    }

    /// Writes the checksum of a block whose own field is blank.
    static func writeChecksum(_ form: NumberForm, to output: inout [UInt8], at start: Int) -> Bool {
        guard form != .constant else { return true }
        let sum = sum(output.span.extracting(start..<start + Header.blockSize))
        return form.write(Int64(sum), into: &output, HeaderField.checksum, at: start)
    }

    private static func sum(_ block: Span<UInt8>) -> UInt32 {
        var sum = UInt32(HeaderField.checksum.count) * 32
        for index in 0..<Header.blockSize { sum &+= UInt32(block[index]) }
        return sum
    }
}

/// What a writer makes of a name that is not ASCII where a header has no room for other bytes.
enum ASCIIRule: UInt8, CaseIterable {
    /// It stays as it is.
    case kept
    /// Bytes beyond ASCII are left out: Go.
    case dropped
    /// Each character beyond ASCII becomes a question mark: Python.
    case replaced

    func apply(to name: [UInt8]) -> [UInt8] {
        guard self != .kept, name.contains(where: { $0 >= 0x80 }) else { return name }
        return name.compactMap { byte in
            switch byte {
            case 0x80..<0xc0: nil
            case 0xc0...: self == .dropped ? nil : UInt8(ascii: "?")
            default: byte
            }
        }
    }
}

/// How a path of more than 100 bytes is divided into prefix and name.
enum PathSplit: UInt8, CaseIterable {
    /// Not at all: extension headers have it.
    case none
    /// At the last slash that leaves no more than 155 bytes ahead of it: Go, GNU tar.
    case late
    /// At the first slash that leaves no more than 100 bytes behind it: Python.
    case early

    /// The slash's place; nil where the path cannot be divided.
    func place(in path: [UInt8]) -> Int? {
        let slash = UInt8(ascii: "/")
        let place: Int?
        switch self {
        case .none: return nil
        case .late: place = path.dropLast().prefix(156).lastIndex(of: slash)
        case .early: place = path.indices.first { path[$0] == slash && path.count - $0 - 1 <= 100 }
        }
        guard let place, place > 0, place <= 155, (1...100).contains(path.count - place - 1) else { return nil }
        return place
    }
}

extension Header {
    /// Whether headers are the bytes in a range of others. Whole blocks are compared at once.
    static func areEqual(_ headers: [UInt8], _ others: ArraySlice<UInt8>) -> Bool {
        guard headers.count == others.count else { return false }
        var start = 0
        while headers.count - start >= blockSize {
            guard
                areEqualBlocks(
                    headers.span.extracting(start..<start + blockSize),
                    others.span.extracting(start..<start + blockSize))
            else { return false }
            start += blockSize
        }
        return headers[start...] == others.dropFirst(start)
    }

    private static func areEqualBlocks(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        var difference: UInt8 = 0
        for index in 0..<blockSize { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
