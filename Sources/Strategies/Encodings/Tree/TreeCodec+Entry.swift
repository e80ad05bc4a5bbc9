internal import Digests
internal import OSTree
internal import Tar

/// An entry on its way: what the writer knows of it, and the reader finds out.
struct EntryPlan {
    var fields = HeaderFields()
    var style: HeaderStyle?
    /// The index of a style that is there already.
    var styleIndex: Int?
    var time = TimeValue()
    /// For a hard link: the node that it links to, where that has had its entry.
    var linkNode: Int?
    var payload = TarPayload.none
    /// Whether everything is as predicted, once the style, the link's node and the time are known.
    var isPlain = false
}

extension TreeCodec {
    mutating func codeEntry(_ item: TarItem?, node: Int?) throws(StrategyError) {
        var plan = EntryPlan()
        var isSpelled = false
        if !Coder.isDecoder, case .entry(let headers, let payload)? = item?.content {
            if let found = self.plan(headers, payload, node: node) { plan = found } else { isSpelled = true }
        }
        coder.stream = .style
        let sort = sort(of: node)
        let kind = sort & 3
        let styleContext = hash(sort, UInt32(truncatingIfNeeded: styles.expected(sort) ?? -1))
        let expected = styles.expected(sort)
        var styleIndex = expected
        if try coder.bit(
            !isSpelled && expected != nil && plan.styleIndex == expected, .style, hash(130, styleContext),
            hash(131, kind))
        {
            guard expected != nil else { throw malformed("a style that there is not") }
        } else {
            // 0: the headers' bytes; then a new style, and those that are there.
            let symbol = isSpelled ? 0 : (plan.styleIndex ?? -1) + 2
            let coded = Int(truncatingIfNeeded: try coder.number(UInt64(symbol), hash(132, sort)))
            guard (0...styles.styles.count + 1).contains(coded) else {
                throw malformed("style \(coded) of \(styles.styles.count)")
            }
            if coded == 0 { return try codeSpelled(item, node: node) }
            if coded == 1 {
                guard styles.styles.count < StyleTable.maximumCount else { throw malformed("too many header styles") }
                let style = try codeStyle(plan.style)
                styleIndex = styles.append(style)
            } else {
                styleIndex = coded - 2
            }
        }
        guard let styleIndex else { throw malformed("a style that there is not") }
        styles.note(styleIndex, sort)
        let style = styles.styles[styleIndex]
        if style.typeFlag == UInt8(ascii: "1"), node != nil {
            plan.linkNode = try codeLinkNode(plan.linkNode, node: node)
        }

        var subject = TimeModel.Subject(directory: 0, kind: 3)
        var parent = -1
        if let node {
            let info = tree.nodes[node]
            let directory = max(Int(info.parent), 0)
            parent = Int(tree.nodes[directory].parent)
            subject = TimeModel.Subject(
                directory: directory, kind: UInt32(info.kind.rawValue), stem: info.stemHash, name: info.nameHash,
                suffix: info.suffixHash, byteCount: info.byteCount, twin: plan.linkNode)
        }
        plan.time = try times.code(plan.time, of: subject, node: node, parent: parent, in: &coder)

        coder.stream = .values
        let isPlain = try coder.bit(
            plan.isPlain, .plain, hash(133, styleContext), hash(hash(134, UInt32(styleIndex)), kind))
        var fields = predictedFields(node, style, styleIndex, plan)
        if !isPlain { try codeValues(&fields, plan.fields, node, style, UInt32(styleIndex)) }
        let payload =
            try isPlain ? predictedPayload(fields, node, style) : codePayload(plan.payload, fields, node, style)
        rendered.removeAll(keepingCapacity: true)
        let attributes = try attributeValues(style, node)
        guard style.render(fields, attributes, into: &block, to: &rendered) else {
            throw malformed("a header that its style cannot write")
        }
        recipe.append(literal: rendered[...])
        append(payload)
        note(fields, styleIndex, node: node, payload)
    }

    /// Headers that no style describes, byte by byte, with what follows them.
    private mutating func codeSpelled(_ item: TarItem?, node: Int?) throws(StrategyError) {
        var (bytes, payload) = (source.literals[0..<0], TarPayload.none)
        if case .entry(let range, let following)? = item?.content {
            (bytes, payload) = (source.literals[range], following)
        }
        coder.stream = .literals
        recipe.append(literal: try coder.bytes(bytes, hash(135, 0))[...])
        append(try codePayload(payload, nil, node, nil))
    }

    private mutating func append(_ payload: TarPayload) {
        switch payload {
        case .none: break
        case .reference(let payload, let isPadded):
            recipe.append(payload)
            if isPadded { appendPadding(after: payload.byteCount) }
        case .inline(let bytes, let isPadded):
            recipe.append(literal: bytes)
            if isPadded { appendPadding(after: UInt64(bytes.count)) }
        }
    }

    private mutating func appendPadding(after count: UInt64) {
        let padding = Int((0 &- count) % UInt64(Header.blockSize))
        if padding > 0 { recipe.append(literal: TreePadding.zeros.prefix(padding)) }
    }

    // MARK: Predictions

    /// What tells apart entries that likely have another style: the node's kind, whether its path or link is too long for
    /// a header, whether it has extended attributes that some style knows, whether a file of its size was there.
    private func sort(of node: Int?) -> UInt32 {
        guard let node else { return 3 }
        let info = tree.nodes[node]
        var sort = UInt32(info.kind.rawValue)
        if pathByteCount(of: node) > HeaderField.name.count { sort |= 4 }
        if info.target.count > HeaderField.linkName.count { sort |= 8 }
        if info.byteCount > 0, lastOfSize[info.byteCount] != nil { sort |= 16 }
        if tree.hasAttributes(node), styles.knowsAttribute(of: tree.extendedAttributes(of: node)) { sort |= 32 }
        return sort
    }

    private func pathByteCount(of node: Int) -> Int {
        var (count, node) = (-1, node)
        while node > 0 {
            count += tree.nodes[node].name.count + 1
            node = Int(tree.nodes[node].parent)
        }
        return count
    }

    mutating func path(of node: Int, _ style: HeaderStyle) -> [UInt8] {
        let parent = Int(tree.nodes[node].parent)
        if parent != pathDirectory {
            pathPrefix.removeAll(keepingCapacity: true)
            if parent > 0 {
                tree.appendPath(of: parent, to: &pathPrefix)
                pathPrefix.append(UInt8(ascii: "/"))
            }
            pathDirectory = parent
        }
        var path: [UInt8] = []
        let name = tree.name(of: node)
        path.reserveCapacity(style.lead.count + pathPrefix.count + name.count + 1)
        path += style.lead
        path += pathPrefix
        path += name
        // The root is the lead alone, if that has its slash.
        if style.endsInSlash, node > 0 || path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        return path
    }

    mutating func predictedFields(_ node: Int?, _ style: HeaderStyle, _ index: Int?, _ plan: EntryPlan) -> HeaderFields
    {
        var fields = styles.lastFields(of: index)
        (fields.seconds, fields.fraction) = (plan.time.seconds, plan.time.fraction)
        fields.numbers[HeaderFields.time] = plan.time.seconds &+ (style.roundsTime && plan.time.isUpperHalf ? 1 : 0)
        guard let node else {
            fields.path = []
            return fields
        }
        let info = tree.nodes[node]
        fields.path = path(of: node, style)
        fields.numbers[HeaderFields.mode] = style.typeBits | Int64(info.mode)
        fields.numbers[HeaderFields.userID] = Int64(info.userID)
        fields.numbers[HeaderFields.groupID] = Int64(info.groupID)
        fields.numbers[HeaderFields.size] = style.hasSize ? Int64(truncatingIfNeeded: info.byteCount) : 0
        fields.userName = owners.user(Int64(info.userID))
        fields.groupName = owners.group(Int64(info.groupID))
        if let target = plan.linkNode {
            fields.link = style.lead
            tree.appendPath(of: target, to: &fields.link)
        } else {
            fields.link = Array(tree.target(of: node))
        }
        fields.records = style.spelledKeys.map { lastRecords[$0] ?? [] }
        return fields
    }

    func predictedPayload(_ fields: HeaderFields, _ node: Int?, _ style: HeaderStyle) -> TarPayload {
        let size = fields.numbers[HeaderFields.size]
        guard size > 0, style.mayHavePayload else { return .none }
        if let node, let object = tree.objects[node], tree.nodes[node].kind == .regular {
            return .reference(.init(byteCount: UInt64(size), object: object), isPadded: true)
        }
        guard nextOrphan < layer.orphans.count else { return .none }
        return .reference(.init(byteCount: UInt64(size), object: layer.orphans[nextOrphan]), isPadded: true)
    }

    private func attributeValues(_ style: HeaderStyle, _ node: Int?) throws(StrategyError) -> [[UInt8]] {
        let names = style.attributeNames
        guard !names.isEmpty else { return [] }
        let present = node.map { tree.extendedAttributes(of: $0) } ?? []
        var values: [[UInt8]] = []
        for name in names {
            guard let attribute = present.first(where: { $0.name == name }) else {
                throw malformed("the tree lacks an extended attribute that a header has")
            }
            values.append(attribute.value)
        }
        return values
    }

    private mutating func note(_ fields: HeaderFields, _ index: Int, node: Int?, _ payload: TarPayload) {
        let style = styles.styles[index]
        owners.note(fields)
        styles.setLastFields(fields, of: index)
        for (key, value) in zip(style.spelledKeys, fields.records) where lastRecords[key] != value {
            lastRecords[key] = value
        }
        if case .reference(let reference, _) = payload, nextOrphan < layer.orphans.count,
            reference.object == layer.orphans[nextOrphan]
        {
            nextOrphan += 1
        }
        if let node, tree.nodes[node].byteCount > 0 {
            let size = tree.nodes[node].byteCount
            earlierOfSize[node] = lastOfSize[size] ?? -1
            lastOfSize[size] = Int32(node)
        }
        if node == nil { lastPath = fields.path }
    }

    // MARK: The writer's side

    /// How an entry is written, or nil where its headers have to be spelled out.
    private mutating func plan(_ headers: Range<Int>, _ payload: TarPayload, node: Int?) -> EntryPlan? {
        guard let parts = TarHeaders(headers, of: source) else { return nil }
        let attributes = node.map { tree.extendedAttributes(of: $0) } ?? []
        guard
            var reading = HeaderReading(
                parts.header, parts.extensions, attribute: { name in attributes.first { $0.name == name }?.value })
        else { return nil }
        var plan = EntryPlan()
        plan.fields = reading.fields
        plan.payload = payload
        plan.time = TimeValue(reading.fields)
        if let node { guard reading.fit(to: tree, node) else { return nil } }
        if reading.style.typeFlag == UInt8(ascii: "1"), node != nil {
            plan.linkNode = tree.node(at: reading.fields.link[...]).flatMap {
                isDone[$0] && tree.nodes[$0].byteCount == tree.nodes[node ?? 0].byteCount ? $0 : nil
            }
        }
        // A style that is there already and writes the same bytes is as good, and the expected one is best.
        let sort = sort(of: node)
        let actual = source.literals[headers]
        for index in [styles.expected(sort)].compactMap(\.self) + styles.styles.indices.reversed() {
            let style = styles.styles[index]
            if style.typeFlag == reading.style.typeFlag, renders(style, reading, node, as: actual) {
                plan.styleIndex = index
                break
            }
        }
        let style = plan.styleIndex.map { styles.styles[$0] } ?? reading.style
        if plan.styleIndex == nil {
            guard renders(style, reading, node, as: actual) else { return nil }
            plan.style = style
        }
        plan.fields.fraction = plan.time.fraction
        let predicted = predictedFields(node, style, plan.styleIndex, plan)
        plan.isPlain = predicted == plan.fields && predictedPayload(predicted, node, style) == payload
        return plan
    }

    private mutating func renders(
        _ style: HeaderStyle, _ reading: HeaderReading, _ node: Int?, as actual: ArraySlice<UInt8>
    ) -> Bool {
        guard style.spelledKeys == reading.style.spelledKeys, let values = try? attributeValues(style, node) else {
            return false
        }
        if let node, path(of: node, style) != reading.fields.path { return false }
        rendered.removeAll(keepingCapacity: true)
        return style.render(reading.fields, values, into: &block, to: &rendered) && rendered.elementsEqual(actual)
    }
}

/// Zeros for paddings.
enum TreePadding {
    static let zeros = [UInt8](repeating: 0, count: Header.blockSize)
}
