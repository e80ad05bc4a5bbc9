/// What the usual writers' headers look like, so that a layer of theirs need not say it.
extension HeaderStyle {
    static let usual: [HeaderStyle] = [style(gnu, "0"), style(ustar, "0"), style([], "0")]

    private static let gnu = Array("ustar  \0".utf8)
    private static let ustar = Array("ustar\u{0}00".utf8)

    private static func style(_ magic: [UInt8], _ typeFlag: Unicode.Scalar) -> HeaderStyle {
        var base = [UInt8](repeating: 0, count: 512)
        _ = write(magic[...], to: &base, HeaderField.magic, at: 0)
        let device: NumberForm = magic == ustar ? .octalNUL : .constant
        return HeaderStyle(
            typeFlag: UInt8(ascii: typeFlag),
            forms: [.octalNUL, .octalNUL, .octalNUL, .octalNUL, .octalNUL, device, device, .octalNULSpace], base: base)
    }

    /// About how many bytes it takes to tell another style by this one.
    func distance(to other: HeaderStyle) -> Int {
        var distance = zip(base, other.base).count { $0 != $1 } * 2 + zip(forms, other.forms).count { $0 != $1 }
        distance += (typeFlag == other.typeFlag ? 0 : 1) + (lead == other.lead ? 0 : 2) + (split == other.split ? 0 : 1)
        return distance + (extensions == other.extensions ? 0 : 4) + (endsInSlash == other.endsInSlash ? 0 : 1)
    }
}

extension ExtensionStyle {
    static let usual: [ExtensionStyle] = [
        ExtensionStyle(
            typeFlag: UInt8(ascii: "x"), content: .records([]), size: .octalNUL, time: .constant,
            checksum: .octalNULSpace,
            base: [UInt8](repeating: 0, count: 512))
    ]

    /// About how many bytes it takes to tell another style by this one.
    func distance(to other: ExtensionStyle) -> Int {
        zip(base, other.base).count { $0 != $1 } * 2 + (content == other.content ? 0 : 4)
            + (middle == other.middle ? 0 : 4)
            + (typeFlag == other.typeFlag ? 0 : 1)
    }
}

extension PaxRecordStyle {
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
