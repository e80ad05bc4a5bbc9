/// What the usual writers' headers look like, so that a layer of theirs need not say it.
extension HeaderStyle {
    /// For each magic, the style of files, directories, symbolic links and hard links, without and with `./` ahead of paths.
    static let usual: [HeaderStyle] = [gnu, ustar, []].flatMap { magic in
        ["0", "5", "2", "1"].flatMap { typeFlag in
            ["", "./"].map { style(magic, UInt8(ascii: typeFlag), lead: Array($0.utf8)) }
        }
    }

    fileprivate static let gnu = Array("ustar  \0".utf8)
    fileprivate static let ustar = Array("ustar\u{0}00".utf8)

    private static func style(_ magic: [UInt8], _ typeFlag: UInt8, lead: [UInt8]) -> HeaderStyle {
        var base = [UInt8](repeating: 0, count: 512)
        _ = write(magic[...], to: &base, HeaderField.magic, at: 0)
        let device: NumberForm = magic == ustar ? .octalNUL : .constant
        return HeaderStyle(
            typeFlag: typeFlag,
            forms: [.octalNUL, .octalNUL, .octalNUL, .octalNUL, .octalNUL, device, device, .octalNULSpace],
            split: magic == ustar ? .late : .none, base: base, lead: lead, endsInSlash: typeFlag == UInt8(ascii: "5"),
            hasSize: typeFlag != UInt8(ascii: "1"), extensions: magic == gnu ? ExtensionStyle.gnuLong : [])
    }

    /// POSIX's own, with paths divided and nothing ahead of them.
    static func ustarStyle(_ typeFlag: UInt8) -> HeaderStyle { style(ustar, typeFlag, lead: []) }

    /// About how many bytes it takes to tell another style by this one.
    func distance(to other: HeaderStyle) -> Int {
        var distance = zip(base, other.base).count { $0 != $1 } * 2 + zip(forms, other.forms).count { $0 != $1 }
        distance += (typeFlag == other.typeFlag ? 0 : 1) + (lead == other.lead ? 0 : 2) + (split == other.split ? 0 : 1)
        return distance + (extensions == other.extensions ? 0 : 4) + (endsInSlash == other.endsInSlash ? 0 : 1)
    }
}

extension ExtensionStyle {
    /// GNU tar's long link and long path, Go's and Python's pax headers, and a blank one.
    static let usual =
        gnuLong + [
            header(
                "x", .records([]), name: "", mode: "0000000", magic: HeaderStyle.ustar, naming: .plain,
                middle: "/PaxHeaders.0/"),
            header("x", .records([]), name: "././@PaxHeader", mode: "0000000", magic: HeaderStyle.ustar),
            ExtensionStyle(
                typeFlag: UInt8(ascii: "x"), content: .records([]), size: .octalNUL, time: .constant,
                checksum: .octalNULSpace, base: [UInt8](repeating: 0, count: 512)),
        ]

    static let gnuLong = [
        header("K", .link(isTerminated: true), name: "././@LongLink", mode: "0000644", magic: HeaderStyle.gnu),
        header("L", .path(isTerminated: true), name: "././@LongLink", mode: "0000644", magic: HeaderStyle.gnu),
    ]

    /// A pax header as the canonical form has it.
    static func canonical(_ records: [PaxRecordStyle]) -> ExtensionStyle {
        header("x", .records(records), name: "././@PaxHeader", mode: "0000000", magic: HeaderStyle.ustar)
    }

    private static func header(
        _ typeFlag: Unicode.Scalar, _ content: Content, name: String, mode: String, magic: [UInt8],
        naming: Naming = .constant, middle: String = ""
    ) -> ExtensionStyle {
        var base = [UInt8](repeating: 0, count: 512)
        var texts = [(HeaderField.name, name), (HeaderField.numbers[0], mode)]
        texts += [(HeaderField.numbers[1], "0000000"), (HeaderField.numbers[2], "0000000")]
        texts.append((HeaderField.numbers[HeaderFields.time], "00000000000"))
        if magic == HeaderStyle.gnu { texts += [(HeaderField.userName, "root"), (HeaderField.groupName, "root")] }
        for (field, text) in texts { _ = HeaderStyle.write(Array(text.utf8)[...], to: &base, field, at: 0) }
        _ = HeaderStyle.write(magic[...], to: &base, HeaderField.magic, at: 0)
        return ExtensionStyle(
            typeFlag: UInt8(ascii: typeFlag), content: content, naming: naming, middle: Array(middle.utf8),
            size: .octalNUL, time: .constant, checksum: .octalNULSpace, base: base)
    }

    /// About how many bytes it takes to tell another style by this one.
    func distance(to other: ExtensionStyle) -> Int {
        zip(base, other.base).count { $0 != $1 } * 2 + (content == other.content ? 0 : 4)
            + (middle == other.middle ? 0 : 4) + (typeFlag == other.typeFlag ? 0 : 1)
    }
}

extension PaxRecordStyle {
    /// The records that need no key spelled out.
    static let usual: [PaxRecordStyle] = [
        PaxRecordStyle(key: Array("path".utf8), source: .path(.unfit)),
        PaxRecordStyle(key: Array("path".utf8), source: .path(.unfitOrNotASCII)),
        PaxRecordStyle(key: Array("linkpath".utf8), source: .link(.unfit)),
        PaxRecordStyle(key: Array("linkpath".utf8), source: .link(.unfitOrNotASCII)),
        PaxRecordStyle(key: Array("mtime".utf8), source: .time(.unfit)),
        PaxRecordStyle(key: Array("mtime".utf8), source: .time(.always)),
        PaxRecordStyle(key: Array("SCHILY.xattr.security.capability".utf8), source: .spelled),
    ]
}
