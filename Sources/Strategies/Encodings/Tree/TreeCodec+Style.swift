internal import Tar

extension TreeCodec {
    /// Codes a style by what it has otherwise than the most alike of those that are there and of the usual writers'.
    mutating func codeStyle(_ style: HeaderStyle?) throws(StrategyError) -> HeaderStyle {
        coder.stream = .style
        let references = HeaderStyle.usual + styles.styles
        let nearest = style.flatMap { style in
            references.indices.min { references[$0].distance(to: style) < references[$1].distance(to: style) }
        }
        let reference = references[try coder.uniform(nearest ?? 0, below: references.count)]
        if try isSame(style == reference, 0) { return reference }
        let style = style ?? reference
        var result = reference
        result.typeFlag = UInt8(truncatingIfNeeded: try codeNumber(Int64(style.typeFlag), Int64(reference.typeFlag), 1))
        for index in reference.forms.indices {
            let raw = try codeNumber(Int64(style.forms[index].rawValue), Int64(reference.forms[index].rawValue), 2)
            result.forms[index] = try form(raw)
        }
        result.split = try enumeration(try codeNumber(Int64(style.split.rawValue), Int64(reference.split.rawValue), 3))
        result.ascii = try enumeration(try codeNumber(Int64(style.ascii.rawValue), Int64(reference.ascii.rawValue), 22))
        if try !isSame(style.lead == reference.lead, 4) { result.lead = try codeText(style.lead, 4) }
        result.endsInSlash = try isSame(style.endsInSlash, 5)
        result.typeBits = try codeNumber(style.typeBits, reference.typeBits, 6)
        result.hasSize = try isSame(style.hasSize == reference.hasSize, 7) == reference.hasSize
        result.roundsTime = try isSame(style.roundsTime == reference.roundsTime, 8) == reference.roundsTime
        result.base = try codeBase(style.base, reference.base)
        let count = try codeNumber(Int64(style.extensions.count), Int64(reference.extensions.count), 9)
        guard (0...HeaderStyle.maximumExtensions).contains(Int(count)) else {
            throw malformed("\(count) extension headers at once")
        }
        result.extensions = []
        for index in 0..<Int(count) {
            result.extensions.append(try codeExtension(index < style.extensions.count ? style.extensions[index] : nil))
        }
        return result
    }

    private mutating func codeExtension(_ style: ExtensionStyle?) throws(StrategyError) -> ExtensionStyle {
        let references = ExtensionStyle.usual + styles.extensions
        let nearest = style.flatMap { style in
            references.indices.min { references[$0].distance(to: style) < references[$1].distance(to: style) }
        }
        let reference = references[try coder.uniform(nearest ?? 0, below: references.count)]
        if try isSame(style == reference, 10) { return reference }
        let style = style ?? reference
        var result = reference
        result.typeFlag = UInt8(
            truncatingIfNeeded: try codeNumber(Int64(style.typeFlag), Int64(reference.typeFlag), 11))
        result.naming = try enumeration(
            try codeNumber(Int64(style.naming.rawValue), Int64(reference.naming.rawValue), 12))
        if try !isSame(style.middle == reference.middle, 13) {
            result.middle = try codeText(style.middle, 13)
        }
        result.size = try form(try codeNumber(Int64(style.size.rawValue), Int64(reference.size.rawValue), 14))
        result.time = try form(try codeNumber(Int64(style.time.rawValue), Int64(reference.time.rawValue), 14))
        result.checksum = try form(
            try codeNumber(Int64(style.checksum.rawValue), Int64(reference.checksum.rawValue), 14))
        result.base = try codeBase(style.base, reference.base)
        result.content = try codeContent(style.content)
        return result
    }

    private mutating func codeContent(_ content: ExtensionStyle.Content) throws(StrategyError) -> ExtensionStyle.Content
    {
        let (kind, records): (Int, [PaxRecordStyle]) =
            switch content {
            case .path(let isTerminated): (isTerminated ? 1 : 0, [])
            case .link(let isTerminated): (isTerminated ? 3 : 2, [])
            case .records(let records): (4, records)
            }
        let coded = try coder.symbol(kind, bits: 3, .style, mix(170, 15))
        switch coded {
        case 0, 1: return .path(isTerminated: coded == 1)
        case 2, 3: return .link(isTerminated: coded == 3)
        case 4: break
        default: throw malformed("extension data of kind \(coded)")
        }
        let count = try coder.number(UInt64(records.count), mix(170, 16))
        guard count <= UInt64(HeaderStyle.maximumRecords) else { throw malformed("\(count) pax records at once") }
        var result: [PaxRecordStyle] = []
        for index in 0..<Int(count) { result.append(try codeRecord(index < records.count ? records[index] : nil)) }
        return .records(result)
    }

    private mutating func codeRecord(_ style: PaxRecordStyle?) throws(StrategyError) -> PaxRecordStyle {
        let known = PaxRecordStyle.usual
        let place = style.flatMap { known.firstIndex(of: $0) } ?? known.count
        let coded = try coder.uniform(place, below: known.count + 1)
        if coded < known.count { return known[coded] }
        let key = try codeText(style?.key ?? [], 17)
        let source = try coder.symbol(style?.source.code ?? 0, bits: 4, .style, mix(170, 18))
        guard let source = PaxRecordStyle.Source(code: source) else {
            throw malformed("a pax record of source \(source)")
        }
        return PaxRecordStyle(key: key, source: source)
    }

    /// Codes the runs of a block's bytes that differ from another's.
    private mutating func codeBase(_ base: [UInt8], _ reference: [UInt8]) throws(StrategyError) -> [UInt8] {
        var (result, position) = (reference, 0)
        while position < result.count {
            let equal = zip(base[position...], result[position...]).prefix { $0 == $1 }.count
            let coded = Int(truncatingIfNeeded: try coder.number(UInt64(equal), mix(170, 19)))
            guard (0...result.count - position).contains(coded) else {
                throw malformed("a header of more than one block")
            }
            position += coded
            if position == result.count { break }
            let different = Coder.isDecoder ? 0 : zip(base[position...], result[position...]).prefix { $0 != $1 }.count
            let count = Int(truncatingIfNeeded: try coder.number(UInt64(different), mix(170, 20)))
            guard (1...result.count - position).contains(count) else {
                throw malformed("a header of more than one block")
            }
            let bytes = try coder.bytes(
                Coder.isDecoder ? [] : base[position..<position + count], count: count, mix(170, 21))
            result.replaceSubrange(position..<position + count, with: bytes)
            position += count
        }
        return result
    }

    private mutating func codeText(_ text: [UInt8], _ what: UInt32) throws(StrategyError) -> [UInt8] {
        let coded = try coder.bytes(text[...], mix(170, what))
        guard coded.count <= HeaderStyle.maximumTextBytes else {
            throw malformed("a style's text of \(coded.count) bytes")
        }
        return coded
    }

    private mutating func isSame(_ same: Bool, _ what: UInt32) throws(StrategyError) -> Bool {
        try coder.bit(same, .style, mix(171, what), mix(173, 0))
    }

    private mutating func codeNumber(_ value: Int64, _ reference: Int64, _ what: UInt32) throws(StrategyError) -> Int64
    {
        try isSame(value == reference, what)
            ? reference : reference &+ coder.signed(value &- reference, mix(172, what))
    }

    private func form(_ raw: Int64) throws(StrategyError) -> NumberForm { try enumeration(raw) }

    private func enumeration<Value: RawRepresentable>(_ raw: Int64) throws(StrategyError) -> Value
    where Value.RawValue == UInt8 {
        guard let raw = UInt8(exactly: raw), let value = Value(rawValue: raw) else {
            throw malformed("a header style that there is not")
        }
        return value
    }
}

extension PaxRecordStyle.Source {
    init?(code: Int) {
        switch code {
        case 0...2: self = .path(PaxRecordStyle.Need.allCases[code])
        case 3...5: self = .link(PaxRecordStyle.Need.allCases[code - 3])
        case 6: self = .time(.unfit)
        case 7: self = .time(.always)
        case 8: self = .attribute
        case 9: self = .spelled
        default: return nil
        }
    }

    var code: Int {
        switch self {
        case .path(let need): Int(need.rawValue)
        case .link(let need): 3 + Int(need.rawValue)
        case .time(let need): need == .always ? 7 : 6
        case .attribute: 8
        case .spelled: 9
        }
    }
}
