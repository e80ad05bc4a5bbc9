internal import Digests
internal import Tar

extension TreeCodec {
    /// Codes what an entry says otherwise than predicted, field by field.
    mutating func codeValues(
        _ actual: EntryFields, _ node: Int?, _ style: Int
    ) throws(StrategyError) {
        let index = UInt32(style)
        for number in 0..<HeaderField.numbers.count {
            let (context, predicted) = (mix(mix(140, UInt32(number)), index), fields.numbers[number])
            if try coder.bit(actual.numbers[number] == predicted, .plain, context, mix(140, UInt32(number))) {
                continue
            }
            let difference = try coder.signed(actual.numbers[number] &- predicted, mix(141, UInt32(number)))
            fields.numbers[number] = predicted &+ difference
        }
        if node == nil {
            let shared = zip(lastPath, actual.path).prefix { $0 == $1 }.count
            let coded = Int(truncatingIfNeeded: try coder.number(UInt64(shared), mix(142, 0)))
            guard (0...lastPath.count).contains(coded) else {
                throw malformed("a path that shares \(coded) bytes of \(lastPath.count)")
            }
            fields.path = lastPath.prefix(coded) + (try coder.bytes(actual.path.dropFirst(shared)[...], mix(143, 0)))
        }
        fields.link = try codeText(fields.link, actual.link, 144, index)
        fields.userName = try codeText(fields.userName, actual.userName, 145, index)
        fields.groupName = try codeText(fields.groupName, actual.groupName, 146, index)
        let keys = styles.spelledKeys[style]
        if fields.records.count != keys.count { fields.records = keys.map { lastRecords[$0] ?? [] } }
        for (place, key) in keys.enumerated() {
            let value = Coder.isDecoder ? [] : actual.records[place]
            let kind = mix(147, NameHash.of(key[...]))
            fields.records[place] = try codeText(fields.records[place], value, kind, index)
        }
    }

    private mutating func codeText(
        _ text: [UInt8], _ actual: [UInt8], _ kind: UInt32, _ style: UInt32
    ) throws(StrategyError) -> [UInt8] {
        guard try !coder.bit(actual == text, .plain, mix(mix(148, kind), style), mix(148, kind)) else { return text }
        return try coder.bytes(actual[...], mix(149, kind))
    }

    // MARK: Hard links

    /// Codes which entry a hard link repeats: the how manieth of its size, from the last one back.
    mutating func codeLinkNode(_ target: Int?, node: Int?) throws(StrategyError) -> Int? {
        coder.stream = .links
        guard let node, tree.nodes[node].byteCount > 0 else { return nil }
        let last = sizes.last(tree.nodes[node].byteCount, in: tree)
        guard last >= 0 else { return nil }
        let rank = target.flatMap { linkRank(of: $0, byteCount: tree.nodes[node].byteCount) }
        guard try coder.bit(rank != nil, .link, mix(150, 0), mix(150, 1)) else { return nil }
        var (candidate, coded) = (last, try coder.number(rank ?? 0, mix(151, 0)))
        guard coded < TreeCodec.maximumLinkRank else { throw malformed("a hard link \(coded) files back") }
        while coded > 0, candidate >= 0 {
            candidate = sizes.earlier(than: candidate)
            coded -= 1
        }
        guard coded == 0, candidate >= 0 else { throw malformed("a hard link to no entry") }
        return Int(candidate)
    }

    /// How many files of its size, not 0, have come since a file had its entry; nil where that is not told.
    func linkRank(of target: Int, byteCount: UInt64) -> UInt64? {
        guard byteCount > 0 else { return nil }
        var candidate = sizes.last(byteCount, in: tree)
        for rank in 0..<TreeCodec.maximumLinkRank where candidate >= 0 {
            if candidate == Int32(target) { return rank }
            candidate = sizes.earlier(than: candidate)
        }
        return nil
    }

    private static var maximumLinkRank: UInt64 { 4096 }

    // MARK: Payloads

    /// Codes what follows an entry's headers where it may be another than predicted.
    mutating func codePayload(
        _ payload: TarPayload, _ node: Int?, _ style: Int
    ) throws(StrategyError) -> TarPayload {
        coder.stream = .payloads
        let predicted = style < 0 ? .none : predictedPayload(node, style)
        if try coder.bit(payload == predicted, .plain, mix(160, 0), mix(160, style < 0 ? 1 : 2)) {
            takePredicted(predicted, node)
            return predicted
        }
        switch payload {
        case .none: return try codePayload(kind: 0, nil, [], false, node)
        case .reference(let reference, let isPadded): return try codePayload(kind: 1, reference, [], isPadded, node)
        case .inline(let bytes, let isPadded): return try codePayload(kind: 2, nil, bytes, isPadded, node)
        }
    }

    private mutating func codePayload(
        kind: Int, _ reference: Recipe.Payload?, _ bytes: ArraySlice<UInt8>, _ isPadded: Bool, _ node: Int?
    ) throws(StrategyError) -> TarPayload {
        let kind = try coder.symbol(kind, bits: 2, .plain, mix(161, 0))
        if kind == 0 { return .none }
        guard kind < 3 else { throw malformed("a payload of kind 3") }
        let isPadded = try coder.bit(isPadded, .plain, mix(162, 0), mix(162, UInt32(kind)))
        if kind == 1 { return .reference(try codeReference(reference, own: node), isPadded: isPadded) }
        coder.stream = .literals
        return .inline(try coder.bytes(bytes, mix(163, 0))[...], isPadded: isPadded)
    }

    /// Codes where a payload is: the entry's own node, the next orphan, another orphan or node by its number, or a checksum
    /// where it is none of these.
    mutating func codeReference(_ payload: Recipe.Payload?, own: Int?) throws(StrategyError) -> Recipe.Payload {
        coder.stream = .payloads
        var place = (kind: 4, index: 0)
        if let payload {
            if let own, tree.object(of: own) == payload.object {
                place.kind = 0
            } else if nextOrphan < layer.orphans.count, layer.orphans[nextOrphan] == payload.object {
                place.kind = 1
            } else if let orphan = orphanIndices.number(of: payload.object, digest: { layer.orphans[$0] }) {
                place = (2, orphan)
            } else if let node = objectNodes.number(of: payload.object, digest: { tree.object(of: $0) ?? .zero }) {
                place = (3, node)
            }
        }
        var object: Digest?
        switch try coder.symbol(place.kind, bits: 3, .plain, mix(164, own == nil ? 0 : 1)) {
        case 0: object = own.flatMap { tree.object(of: $0) }
        case 1 where nextOrphan < layer.orphans.count:
            object = layer.orphans[nextOrphan]
            nextOrphan += 1
        case 2 where !layer.orphans.isEmpty:
            object = layer.orphans[try coder.uniform(place.index, below: layer.orphans.count)]
        case 3: object = tree.object(of: try coder.uniform(place.index, below: tree.nodes.count))
        case 4:
            object = Digest(
                try coder.bytes((payload?.object.bytes ?? [])[...], count: Digest.byteCount, mix(165, 0))[...])
        default: break
        }
        let byteCount = try coder.number(payload?.byteCount ?? 0, mix(166, 0))
        guard let object, byteCount > 0 else { throw malformed("a payload that is nowhere") }
        return Recipe.Payload(byteCount: byteCount, object: object)
    }
}
