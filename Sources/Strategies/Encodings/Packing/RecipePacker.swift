internal import Digests
internal import Tar

/// Packs a recipe's elements into streams. Format: `Documentation/formats/packed.md`.
struct RecipePacker {
    private var fields: PackedFieldWriter
    private var memory = PackingMemory()
    private var objects: ObjectPacker
    private var shapeNumbers: [HeaderShape: Int] = [:]
    private var ownerNumbers: [HeaderOwner: Int] = [HeaderOwner(): 0]

    // Room that is used again for each header.
    private var path: [UInt8] = []
    private var link: [UInt8] = []
    private var rendered = [UInt8](repeating: 0, count: Header.blockSize)
    private var patches = PackedPatches()

    /// The streams of a recipe, by `PackedField`, or one of all where they are interleaved.
    static func pack(
        _ recipe: Recipe, interleaved: Bool, objects: PackedObjects = .spelled
    ) -> [[UInt8]] {
        var packer = RecipePacker(
            fields: PackedFieldWriter(interleaved: interleaved), objects: ObjectPacker(objects))
        packer.pack(recipe)
        return packer.fields.streams
    }

    private init(fields: PackedFieldWriter, objects: ObjectPacker) {
        self.fields = fields
        self.objects = objects
    }

    private mutating func pack(_ recipe: Recipe) {
        let literals = recipe.literalBytes()
        var outline = Outline(recipe, literals: literals)
        var next = outline.next()
        while let element = next {
            next = outline.next()
            switch element {
            case .header(let offset):
                if packHeader(literals[offset..<offset + Header.blockSize], in: literals, before: next) {
                    next = outline.next()
                }
            case .data(let range, let isPadded):
                pack(literals[range], isPadded ? PackedToken.paddedLiteral : PackedToken.literal)
            case .literal(let range): pack(literals[range], PackedToken.literal)
            case .payload(let payload, let isPadded):
                pack(payload, isPadded ? PackedToken.paddedPayload : PackedToken.payload)
            case .piece(let payload): pack(payload, PackedToken.payload)
            case .zeroBlocks(let count): packZeroBlocks(count)
            }
        }
    }

    // MARK: What is no header

    private mutating func pack(_ literal: ArraySlice<UInt8>, _ token: UInt64) {
        fields.append(number: token, to: .tokens)
        fields.append(number: UInt64(literal.count), to: .extents)
        fields.append(literal, to: .literals)
    }

    private mutating func pack(_ payload: Recipe.Payload, _ token: UInt64) {
        fields.append(number: token, to: .tokens)
        fields.append(number: payload.byteCount, to: .extents)
        objects.pack(payload.object, at: memory.entries.path.bytes, into: &fields)
    }

    private mutating func packZeroBlocks(_ count: Int) {
        for start in stride(from: 0, to: count, by: PackedToken.maximumZeroBlocks) {
            fields.append(number: PackedToken.zeroBlocks, to: .tokens)
            fields.append(number: UInt64(min(count - start, PackedToken.maximumZeroBlocks)), to: .extents)
        }
    }

    // MARK: Headers

    /// Packs a header, and the data or payload behind it where it is as announced; whether it was.
    private mutating func packHeader(
        _ block: ArraySlice<UInt8>, in literals: LiteralBytes, before next: Outline.Element?
    ) -> Bool {
        let bytes = block.span
        var values = HeaderValues(bytes)
        let prefixCount = readTexts(block, &values.shape)
        let isExtension = values.shape.isExtension
        let owner = ownerNumber(values, block, isExtension ? memory.extensions.owner : memory.entries.owner)
        render(values, prefixCount, memory.owners[owner.number], bytes, &values.shape)

        let shape = shapeNumber(values.shape)
        let isAnnounced = values.size > 0 && (isExtension || values.shape.mayHaveData)
        let follows = isAnnounced && values.isFollowed(by: next)
        var changes = HeaderChanges()
        if isAnnounced, !follows { changes.insert(.nothingFollows) }
        if !patches.isEmpty { changes.insert(.patches) }
        if owner.isChange { changes.insert(.owner) }
        if !link.isEmpty { changes.insert(.link) }
        let ranks = note(values, &changes)

        fields.append(
            number: shape.isNew ? PackedToken.newShape : PackedToken.firstShape + UInt64(shape.number), to: .tokens)
        if shape.isNew { pack(values.shape) }
        fields.append(changes.rawValue, to: .changes)
        packPath(values.shape, prefixCount)
        if !changes.isEmpty { pack(values, changes, ranks, owner) }
        if follows { packFollowing(next, values.shape.typeFlag, in: literals) }
        return follows
    }

    /// Reads path and link into their buffers, and finds the placement; how many bytes of the path are the prefix.
    private mutating func readTexts(_ block: ArraySlice<UInt8>, _ shape: inout HeaderShape) -> Int {
        let bytes = block.span
        let start = block.startIndex
        path.removeAll(keepingCapacity: true)
        link.removeAll(keepingCapacity: true)
        let nameCount = bytes.textCount(HeaderField.name)
        let prefixCount = shape.hasPrefix ? bytes.textCount(HeaderField.prefix) : 0
        if prefixCount > 0 {
            let prefix = start + HeaderField.prefix.lowerBound
            path.append(contentsOf: block[prefix..<prefix + prefixCount])
            path.append(UInt8(ascii: "/"))
        }
        path.append(contentsOf: block[start..<start + nameCount])
        shape.placement.endsInSlash = path.last == UInt8(ascii: "/")
        if prefixCount > 0 {
            let rules: [HeaderShape.Placement.Rule] = [.longestPrefix, .shortestPrefix]
            shape.placement.rule =
                rules.first { HeaderShape.prefixCount(of: path, $0) == prefixCount } ?? .spelled
        }
        let linkName = start + HeaderField.linkName.lowerBound
        link.append(contentsOf: block[linkName..<linkName + bytes.textCount(HeaderField.linkName)])
        return prefixCount
    }

    /// Renders the header as unpacking will, and notes what is not as the block has it.
    private mutating func render(
        _ values: HeaderValues, _ prefixCount: Int, _ owner: HeaderOwner, _ block: Span<UInt8>,
        _ shape: inout HeaderShape
    ) {
        var room: [UInt8] = []
        swap(&room, &rendered)
        defer { swap(&room, &rendered) }
        var output = room.mutableSpan
        values.render(path: path, prefixCount: prefixCount, link: link, owner: owner, into: &output)
        patches.find(in: block, besides: output.span)
        let checksum = HeaderNumber.checksum.field
        let (format, value) = NumberFormat.read(block, checksum)
        var isSum = format != NumberFormat.empty && value == HeaderValues.checksum(of: block)
        if isSum {
            NumberFormat.write(value, format, into: &output, checksum)
            for index in checksum where output[index] != block[index] { isSum = false }
        }
        shape.set(isSum ? format : NumberFormat.verbatim, for: .checksum)
        if !isSum { patches.checksum = checksum.map { block[$0] } }
    }

    private mutating func shapeNumber(_ shape: HeaderShape) -> (number: Int, isNew: Bool) {
        let flag = Int(shape.typeFlag)
        let last = memory.kinds[flag].shape
        if last >= 0, memory.shapes[last] == shape { return (last, false) }
        if let known = shapeNumbers[shape] {
            memory.kinds[flag].shape = known
            return (known, false)
        }
        let number = memory.shapes.count
        memory.shapes.append(shape)
        shapeNumbers[shape] = number
        memory.kinds[flag].shape = number
        return (number, true)
    }

    private struct OwnerNumber {
        var number: Int
        var isNew = false
        var isChange = true
    }

    private mutating func ownerNumber(
        _ values: HeaderValues, _ block: ArraySlice<UInt8>, _ last: Int
    ) -> OwnerNumber {
        let bytes = block.span
        let userCount = bytes.textCount(HeaderField.userName)
        let groupCount = bytes.textCount(HeaderField.groupName)
        let isLast =
            memory.owners[last].userID == values.userID && memory.owners[last].groupID == values.groupID
            && memory.owners[last].userName.count == userCount && memory.owners[last].groupName.count == groupCount
            && bytes.holds(memory.owners[last].userName, at: HeaderField.userName.lowerBound)
            && bytes.holds(memory.owners[last].groupName, at: HeaderField.groupName.lowerBound)
        if isLast { return OwnerNumber(number: last, isChange: false) }
        let user = block.startIndex + HeaderField.userName.lowerBound
        let group = block.startIndex + HeaderField.groupName.lowerBound
        let owner = HeaderOwner(
            userID: values.userID, groupID: values.groupID, userName: Array(block[user..<user + userCount]),
            groupName: Array(block[group..<group + groupCount]))
        if let known = ownerNumbers[owner] { return OwnerNumber(number: known) }
        memory.owners.append(owner)
        ownerNumbers[owner] = memory.owners.count - 1
        return OwnerNumber(number: memory.owners.count - 1, isNew: true)
    }

    private struct Ranks {
        var mode: Int?
        var time: Int?
        var lastMode: UInt64
        var lastTime: UInt64
    }

    /// Compares the numbers with those remembered, and remembers them.
    private mutating func note(_ values: HeaderValues, _ changes: inout HeaderChanges) -> Ranks {
        let flag = Int(values.shape.typeFlag)
        var ranks = Ranks(lastMode: memory.kinds[flag].modes.last, lastTime: 0)
        ranks.mode = memory.kinds[flag].modes.note(values.mode)
        if values.shape.isExtension {
            ranks.lastTime = memory.extensions.times.last
            ranks.time = memory.extensions.times.note(values.time)
        } else {
            ranks.lastTime = memory.entries.times.last
            ranks.time = memory.entries.times.note(values.time)
        }
        if ranks.mode != 0 { changes.insert(.mode) }
        if ranks.time != 0 { changes.insert(.time) }
        if memory.kinds[flag].size != values.size {
            changes.insert(.size)
            memory.kinds[flag].size = values.size
        }
        if memory.kinds[flag].deviceMajor != values.deviceMajor || memory.kinds[flag].deviceMinor != values.deviceMinor
        {
            changes.insert(.device)
            (memory.kinds[flag].deviceMajor, memory.kinds[flag].deviceMinor) = (values.deviceMajor, values.deviceMinor)
        }
        return ranks
    }

    private mutating func pack(_ shape: HeaderShape) {
        fields.append(shape.typeFlag, to: .shapes)
        fields.append(shape.placement.byte, to: .shapes)
        for shift in stride(from: 56, through: 0, by: -8) {
            fields.append(UInt8(truncatingIfNeeded: shape.magic >> UInt64(shift)), to: .shapes)
        }
        for number in HeaderNumber.allCases { fields.append(shape.format(of: number), to: .shapes) }
    }

    private mutating func packPath(_ shape: HeaderShape, _ prefixCount: Int) {
        let told = path.dropLast(shape.placement.endsInSlash ? 1 : 0)
        if shape.isExtension {
            packText(told, against: memory.extensions.path)
            memory.extensions.path.set(path[...])
        } else {
            packText(told, against: memory.entries.path)
            if !memory.pathIsGiven { memory.entries.path.set(path[...]) }
            memory.pathIsGiven = false
        }
        if shape.placement.rule == .spelled { fields.append(number: UInt64(prefixCount), to: .extents) }
    }

    private mutating func packText(_ text: ArraySlice<UInt8>, against last: RememberedPath) {
        let shared = last.sharedCount(text)
        fields.append(UInt8(truncatingIfNeeded: shared - last.folderByteCount), to: .shared)
        fields.append(text: text.dropFirst(shared), to: .names)
    }

    private mutating func pack(_ values: HeaderValues, _ changes: HeaderChanges, _ ranks: Ranks, _ owner: OwnerNumber) {
        if changes.contains(.link) {
            let tail = path.sharedTailCount(link)
            fields.append(UInt8(tail), to: .linkTails)
            fields.append(text: link.dropLast(tail), to: .links)
        }
        if changes.contains(.mode) {
            fields.append(number: UInt64(ranks.mode ?? 0), to: .modes)
            if ranks.mode == nil {
                fields.append(number: Zigzag.encode(values.mode, after: ranks.lastMode), to: .modes)
            }
        }
        if changes.contains(.owner) { pack(owner, isExtension: values.shape.isExtension) }
        if changes.contains(.size) {
            fields.append(UInt8(truncatingIfNeeded: values.size), to: .sizes)
            fields.append(number: values.size >> 8, to: .sizeRests)
        }
        if changes.contains(.time) {
            fields.append(number: UInt64(ranks.time ?? 0), to: .times)
            if ranks.time == nil {
                fields.append(number: Zigzag.encode(values.time, after: ranks.lastTime), to: .newTimes)
            }
        }
        if changes.contains(.device) {
            fields.append(number: values.deviceMajor, to: .devices)
            fields.append(number: values.deviceMinor, to: .devices)
        }
        if changes.contains(.patches) { patches.pack(into: &fields) }
    }

    private mutating func pack(_ owner: OwnerNumber, isExtension: Bool) {
        fields.append(number: owner.isNew ? 0 : UInt64(owner.number) + 1, to: .owners)
        if owner.isNew {
            let definition = memory.owners[owner.number]
            fields.append(number: definition.userID, to: .owners)
            fields.append(number: definition.groupID, to: .owners)
            fields.append(text: definition.userName[...], to: .owners)
            fields.append(text: definition.groupName[...], to: .owners)
        }
        if isExtension {
            memory.extensions.owner = owner.number
        } else {
            memory.entries.owner = owner.number
        }
    }

    // MARK: What follows a header

    private mutating func packFollowing(_ next: Outline.Element?, _ typeFlag: UInt8, in literals: LiteralBytes) {
        switch next {
        case .payload(let payload, _): objects.pack(payload.object, at: memory.entries.path.bytes, into: &fields)
        case .data(let range, _): packExtension(literals[range], typeFlag)
        default: break
        }
    }

    /// Packs an extension header's data: what stands before a path, the path among the other paths, and the rest.
    private mutating func packExtension(_ data: ArraySlice<UInt8>, _ typeFlag: UInt8) {
        let toldPath = ExtensionPath.range(in: data, typeFlag)
        let head = toldPath.map { data[..<$0.lowerBound] } ?? data
        let shared = memory.kinds[Int(typeFlag)].data[...].sharedCount(head, atMost: head.count)
        fields.append(number: UInt64(shared) << 1 | (toldPath == nil ? 0 : 1), to: .extensionHeads)
        memory.kinds[Int(typeFlag)].data.replaceSubrange(shared..., with: head.dropFirst(shared))
        if let toldPath {
            fields.append(number: UInt64(head.count), to: .extensionHeads)
            fields.append(head.dropFirst(shared), to: .extensions)
            packText(data[toldPath], against: memory.entries.path)
            memory.entries.path.set(data[toldPath])
            memory.pathIsGiven = true
            fields.append(data[toldPath.upperBound...], to: .extensions)
        } else {
            fields.append(head.dropFirst(shared), to: .extensions)
        }
    }
}

extension HeaderValues {
    /// Whether an element is the data or payload that this header announces, and padded.
    fileprivate func isFollowed(by next: Outline.Element?) -> Bool {
        switch next {
        case .payload(let payload, isPadded: true): !shape.isExtension && payload.byteCount == size
        case .data(let range, isPadded: true): shape.isExtension && UInt64(range.count) == size
        default: false
        }
    }
}
