internal import Digests
internal import OSTree
internal import Tar

/// An entry on its way: what the writer knows of it, and the reader finds out.
struct EntryPlan {
    /// What the headers say. The writer leaves it out where all of it is predicted.
    var fields = EntryFields()
    /// The number of a style that is there already, or -1 and a new one.
    var styleIndex = -1
    var style: HeaderStyle?
    /// Whether no style writes the headers.
    var isSpelled = false
    var time = TimeValue()
    /// For a hard link: the node that it links to, where that has had its entry.
    var linkNode: Int?
    var payload = TarPayload.none
    /// Whether everything is as predicted, once the style, the link's node and the time are known.
    var isPlain = false
}

extension TreeCodec {
    mutating func codeEntry(_ item: TarItem?, node: Int?) throws(StrategyError) {
        let sort = sort(of: node)
        var plan = EntryPlan()
        if !Coder.isDecoder, case .entry(let headers, let payload)? = item?.content {
            plan = self.plan(headers, payload, sort, node: node)
        }
        guard let index = try codeStyleIndex(&plan, sort) else { return try codeSpelled(item, node: node) }
        styles.note(index, sort)
        let typeFlag = styles.styles[index].typeFlag
        if typeFlag == UInt8(ascii: "1"), node != nil { plan.linkNode = try codeLinkNode(plan.linkNode, node: node) }
        plan.time = try codeTime(plan, node)

        coder.stream = .values
        let isPlain = try coder.bit(
            plan.isPlain, .plain, mix(133, sort.rawValue << 16 | UInt32(index)), mix(mix(134, UInt32(index)), sort.kind)
        )
        if isPlain, !Coder.isDecoder {
            // The plan has left in `fields` what is predicted.
            count(item)
            takePredicted(plan.payload, node)
            return note(index, node: node)
        }
        predict(node, index, plan)
        if !isPlain { try codeValues(plan.fields, node, index) }
        let payload = try isPlain ? predictedPayload(node, index) : codePayload(plan.payload, node, index)
        rendered.removeAll(keepingCapacity: true)
        let attributes = try attributeValues(styles.attributeNames[index], node)
        guard styles.render(fields, attributes, index, to: &rendered) else {
            throw malformed("a header that its style cannot write")
        }
        emit(rendered[...])
        emit(payload)
        if isPlain { takePredicted(payload, node) }
        note(index, node: node)
    }

    /// Codes which style an entry has; nil where none has it.
    private mutating func codeStyleIndex(_ plan: inout EntryPlan, _ sort: EntrySort) throws(StrategyError) -> Int? {
        coder.stream = .style
        let expected = styles.expected(sort)
        let isExpected = expected >= 0 && plan.styleIndex == expected && !plan.isSpelled
        let context = mix(mix(130, sort.rawValue), UInt32(truncatingIfNeeded: expected))
        if try coder.bit(isExpected, .style, context, mix(131, sort.kind)) {
            guard expected >= 0 else { throw malformed("a style that there is not") }
            return expected
        }
        // 0: the headers' bytes; then a new style, and those that are there.
        let symbol = plan.isSpelled ? 0 : plan.styleIndex + 2
        let coded = Int(truncatingIfNeeded: try coder.number(UInt64(symbol), mix(132, sort.rawValue)))
        guard (0...styles.styles.count + 1).contains(coded) else {
            throw malformed("style \(coded) of \(styles.styles.count)")
        }
        if coded == 0 { return nil }
        guard coded == 1 else { return coded - 2 }
        guard styles.styles.count < StyleTable.maximumCount else { throw malformed("too many header styles") }
        return styles.append(try codeStyle(plan.style))
    }

    private mutating func codeTime(_ plan: EntryPlan, _ node: Int?) throws(StrategyError) -> TimeValue {
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
        return try times.code(plan.time, of: subject, node: node, parent: parent, in: &coder)
    }

    /// Headers that no style describes, byte by byte, with what follows them.
    private mutating func codeSpelled(_ item: TarItem?, node: Int?) throws(StrategyError) {
        var (bytes, payload) = (source[0..<0], TarPayload.none)
        if case .entry(let range, let following)? = item?.content {
            (bytes, payload) = (source[range], following)
        }
        coder.stream = .literals
        let spelled = try coder.bytes(bytes, mix(135, 0))
        guard !spelled.isEmpty else { throw malformed("headers of no bytes") }
        emit(spelled[...])
        emit(try codePayload(payload, node, -1))
    }

    // MARK: Predictions

    private func sort(of node: Int?) -> EntrySort {
        guard let node else { return EntrySort(rawValue: 3) }
        let info = tree.nodes[node]
        var sort = UInt32(info.kind.rawValue)
        if info.pathByteCount > HeaderField.name.count { sort |= 4 }
        if tree.target(of: node).count > HeaderField.linkName.count { sort |= 8 }
        if info.byteCount > 0, sizes.last(info.byteCount, in: tree) >= 0 { sort |= 16 }
        return EntrySort(rawValue: sort)
    }

    /// Makes `fields` what an entry likely says. Paths of no nodes are left out.
    mutating func predict(_ node: Int?, _ index: Int, _ plan: EntryPlan) {
        if node == nil {
            fields = styles.lastFields(of: index)
            fields.path = []
        }
        fields.numbers = styles.lastNumbers(of: index)
        fields.seconds = plan.time.seconds
        fields.fraction = plan.time.fraction
        let isRounded = plan.time.digitCount > 0 && styles.styles[index].roundsTime && plan.time.isUpperHalf
        fields.numbers[EntryFields.time] = plan.time.seconds &+ (isRounded ? 1 : 0)
        guard let node else { return }
        let info = tree.nodes[node]
        writePath(of: node, index)
        fields.numbers[EntryFields.mode] = styles.styles[index].typeBits | Int64(info.mode)
        fields.numbers[EntryFields.userID] = Int64(info.userID)
        fields.numbers[EntryFields.groupID] = Int64(info.groupID)
        fields.numbers[EntryFields.size] = styles.styles[index].hasSize ? Int64(truncatingIfNeeded: info.byteCount) : 0
        fields.userName = users.name(of: Int64(info.userID))
        fields.groupName = groups.name(of: Int64(info.groupID))
        fields.link.removeAll(keepingCapacity: true)
        if let target = plan.linkNode {
            fields.link.append(contentsOf: styles.styles[index].lead)
            tree.appendPath(of: target, to: &fields.link)
        } else if info.kind == .symbolicLink {
            fields.link.append(contentsOf: tree.target(of: node))
        }
        let keys = styles.spelledKeys[index]
        fields.records = keys.isEmpty ? [] : keys.map { lastRecords[$0] ?? [] }
    }

    /// Writes a node's path as a style has it.
    private mutating func writePath(of node: Int, _ index: Int) {
        let parent = Int(tree.nodes[node].parent)
        if parent != pathDirectory {
            pathPrefix.removeAll(keepingCapacity: true)
            if parent > 0 {
                tree.appendPath(of: parent, to: &pathPrefix)
                pathPrefix.append(UInt8(ascii: "/"))
            }
            pathDirectory = parent
        }
        fields.path.removeAll(keepingCapacity: true)
        fields.path.append(contentsOf: styles.styles[index].lead)
        fields.path.append(contentsOf: pathPrefix)
        fields.path.append(contentsOf: tree.name(of: node))
        // The root is the lead alone, if that has its slash.
        if styles.styles[index].endsInSlash, node > 0 || fields.path.last != UInt8(ascii: "/") {
            fields.path.append(UInt8(ascii: "/"))
        }
    }

    /// The payload that follows an entry's `fields`.
    func predictedPayload(_ node: Int?, _ index: Int) -> TarPayload {
        let size = fields.numbers[EntryFields.size]
        guard size > 0, styles.styles[index].mayHavePayload else { return .none }
        if isFile(node), let node, let object = tree.object(of: node) {
            return .reference(.init(byteCount: UInt64(size), object: object), isPadded: true)
        }
        guard nextOrphan < layer.orphans.count else { return .none }
        return .reference(.init(byteCount: UInt64(size), object: layer.orphans[nextOrphan]), isPadded: true)
    }

    /// Goes on to the next orphan where a predicted payload is one. By what was coded, and not by its object: that may be
    /// another one after a relabelling.
    mutating func takePredicted(_ payload: TarPayload, _ node: Int?) {
        if case .reference = payload, !isFile(node) { nextOrphan += 1 }
    }

    private func isFile(_ node: Int?) -> Bool {
        guard let node else { return false }
        return tree.nodes[node].kind == .regular
    }

    private func attributeValues(_ names: [[UInt8]], _ node: Int?) throws(StrategyError) -> [[UInt8]] {
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

    private mutating func note(_ index: Int, node: Int?) {
        users.note(fields.numbers[EntryFields.userID], fields.userName)
        groups.note(fields.numbers[EntryFields.groupID], fields.groupName)
        styles.setLastNumbers(fields.numbers, of: index)
        if !fields.records.isEmpty {
            for (key, value) in zip(styles.spelledKeys[index], fields.records) { lastRecords[key] = value }
        }
        if node == nil {
            styles.setLastFields(fields, of: index)
            lastPath = fields.path
        }
        if let node, tree.nodes[node].byteCount > 0 { sizes.note(node, in: tree) }
    }

    // MARK: The writer's side

    /// How an entry is written.
    private mutating func plan(_ headers: Range<Int>, _ payload: TarPayload, _ sort: EntrySort, node: Int?) -> EntryPlan
    {
        if let node, let plan = plainPlan(headers, payload, sort, node: node) { return plan }
        var plan = EntryPlan()
        plan.payload = payload
        plan.isSpelled = true
        let attributes = node.map { tree.extendedAttributes(of: $0) } ?? []
        let bytes = source[headers]
        guard let parts = TarHeaders(headers, of: source),
            var reading = HeaderReading(
                parts.header, parts.extensions, attribute: { name in attributes.first { $0.name == name }?.value }),
            reading.style.isTellable
        else { return plan }
        plan.fields = reading.fields
        plan.time = TimeValue(reading.fields)
        if let node { guard reading.fit(to: tree, node) else { return plan } }
        if reading.style.typeFlag == UInt8(ascii: "1"), let node {
            plan.linkNode = linkNode(reading.fields.link, of: node)
        }
        // A style that is there already and writes the same bytes is as good, and the expected one is best.
        let expected = styles.expected(sort)
        let candidates =
            (expected >= 0 ? [expected] : []) + styles.styles.indices.reversed().prefix(TreeCodec.maximumTries)
        plan.styleIndex = candidates.first { renders(styles.styles[$0], reading, node, as: bytes) } ?? -1
        if plan.styleIndex < 0 {
            guard styles.styles.count < StyleTable.maximumCount, renders(reading.style, reading, node, as: bytes)
            else { return plan }
            plan.style = reading.style
        }
        plan.isSpelled = false
        guard plan.styleIndex >= 0 else { return plan }
        predict(node, plan.styleIndex, plan)
        plan.isPlain = fields == plan.fields && predictedPayload(node, plan.styleIndex) == payload
        return plan
    }

    /// The plan of an entry that says what is predicted in a style that is there, as most do.
    private mutating func plainPlan(_ headers: Range<Int>, _ payload: TarPayload, _ sort: EntrySort, node: Int)
        -> EntryPlan?
    {
        let bytes = source[headers]
        let block = bytes.endIndex - Header.blockSize
        let typeFlag = bytes[block + HeaderField.typeFlag]
        let field = HeaderField.numbers[EntryFields.time]
        guard let seconds = Number.parse(bytes[block + field.lowerBound..<block + field.upperBound]) else {
            return nil
        }
        var plan = EntryPlan()
        plan.time.seconds = seconds
        plan.payload = payload
        plan.isPlain = true
        let expected = styles.expected(sort)
        if expected >= 0, isPlain(plan, expected, typeFlag, bytes, node: node) {
            plan.styleIndex = expected
            return plan
        }
        for index in styles.styles.indices.reversed().prefix(TreeCodec.maximumTries) where index != expected {
            if isPlain(plan, index, typeFlag, bytes, node: node) {
                plan.styleIndex = index
                return plan
            }
        }
        return nil
    }

    /// Styles that are tried on an entry, the latest ones.
    private static var maximumTries: Int { 32 }

    /// Whether a style writes an entry that says what is predicted.
    private mutating func isPlain(
        _ plan: EntryPlan, _ index: Int, _ typeFlag: UInt8, _ headers: ArraySlice<UInt8>, node: Int
    ) -> Bool {
        guard styles.styles[index].typeFlag == typeFlag, styles.isSimple(index) else { return false }
        predict(node, index, plan)
        guard predictedPayload(node, index) == plan.payload else { return false }
        rendered.removeAll(keepingCapacity: true)
        return styles.render(fields, [], index, to: &rendered)
            && Header.areEqual(rendered, headers)
    }

    /// The entry that a hard link repeats, where a recipe can name it.
    private func linkNode(_ link: [UInt8], of node: Int) -> Int? {
        guard let target = tree.node(at: link[...]), linkRank(of: target, byteCount: tree.nodes[node].byteCount) != nil
        else { return nil }
        return target
    }

    private mutating func renders(
        _ style: HeaderStyle, _ reading: HeaderReading, _ node: Int?, as actual: ArraySlice<UInt8>
    ) -> Bool {
        guard style.typeFlag == reading.style.typeFlag, style.spelledKeys == reading.style.spelledKeys,
            style.attributeNames == reading.style.attributeNames,
            let values = try? attributeValues(style.attributeNames, node)
        else { return false }
        if node != nil, style.lead != reading.style.lead || style.endsInSlash != reading.style.endsInSlash {
            return false
        }
        rendered.removeAll(keepingCapacity: true)
        return style.render(reading.fields, values, to: &rendered)
            && Header.areEqual(rendered, actual)
    }
}
