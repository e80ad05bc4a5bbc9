/// One line of a tar-split file: a JSON object that stands for raw bytes, or for an entry.
struct TarSplitLine {
    enum Kind: Int64 {
        case file = 1
        case segment = 2
    }

    var kind = Kind.segment
    /// An entry's path.
    var name: [UInt8] = []
    /// An entry's payload bytes.
    var byteCount: UInt64 = 0
    /// Base64: a segment's bytes, or the CRC of an entry's payload.
    var payload: ArraySlice<UInt8> = []

    /// The line in these bytes, whose end they do not hold; a reason where it is none.
    ///
    /// Keys may come in any order, others than the known ones are skipped, as Go's decoder does it.
    init(_ line: ArraySlice<UInt8>) throws(JSONReader.Malformation) {
        var reader = JSONReader(line)
        var (kind, size) = (Int64(0), Int64(0))
        var rawName: ArraySlice<UInt8> = []
        try reader.object { (key, reader) throws(JSONReader.Malformation) in
            switch key {
            case .type: kind = try reader.integer()
            case .name: name = Array(try reader.text())
            case .rawName: rawName = try reader.text()
            case .size: size = try reader.integer()
            case .payload: payload = try reader.text()
            case .other: try reader.skipValue()
            }
        }
        guard let known = Kind(rawValue: kind) else { throw .init("type \(kind) is unknown") }
        guard let byteCount = UInt64(exactly: size) else { throw .init("the size is negative") }
        (self.kind, self.byteCount) = (known, byteCount)
        if !rawName.isEmpty {
            name = []
            guard name.append(decodingBase64: rawName) else { throw .init("the raw name is not base64") }
        }
    }
}

/// Writes a tar-split file's lines as Go's `encoding/json` does.
struct TarSplitWriter {
    private(set) var bytes: [UInt8] = []
    private var position = 0

    /// Forgets the bytes, which somebody else has now.
    mutating func removeBytes() { bytes.removeAll(keepingCapacity: true) }

    mutating func append(segment: ArraySlice<UInt8>) {
        append(#"{"type":2,"payload":""#)
        bytes.append(base64: segment)
        append(#"","position":"#)
        endLine()
    }

    /// Appends an entry, with the size and CRC of its payload where it has one.
    mutating func append(file name: [UInt8], payload: (byteCount: UInt64, crc: [UInt8])?) {
        append(#"{"type":1"#)
        append(name: name)
        if let payload {
            append(#","size":\#(payload.byteCount),"payload":""#)
            bytes.append(base64: payload.crc[...])
            append(#"","position":"#)
        } else {
            append(#","payload":null,"position":"#)
        }
        endLine()
    }

    private mutating func endLine() {
        append("\(position)}\n")
        position += 1
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func append(name: [UInt8]) {
        guard !name.isEmpty else { return }
        guard let text = String(validating: name, as: UTF8.self) else {
            append(#","name_raw":""#)
            bytes.append(base64: name[...])
            return append(#"""#)
        }
        append(#","name":""#)
        if name.allSatisfy(TarSplitWriter.isPlain) {
            bytes.append(contentsOf: name)
        } else {
            for scalar in text.unicodeScalars { append(escaped: scalar) }
        }
        append(#"""#)
    }

    /// Whether Go writes an ASCII character as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): false
        default: (0x20..<0x80).contains(byte)
        }
    }

    private mutating func append(escaped scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": append(#"\""#)
        case "\\": append(#"\\"#)
        case "\n": append(#"\n"#)
        case "\r": append(#"\r"#)
        case "\t": append(#"\t"#)
        case "\0"..<" ", "<", ">", "&", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            append(#"\u"# + String(repeating: "0", count: 4 - digits.count) + digits)
        default: bytes.append(contentsOf: UTF8.encode(scalar)!)
        }
    }
}
