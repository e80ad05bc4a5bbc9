internal import Digests
internal import Tar

/// Unpacks what `RecipePacker` has packed. Format: `Documentation/formats/packed.md`.
struct RecipeUnpacker {
    private var fields: PackedFieldReader
    private var memory = PackingMemory()
    private var objects: ObjectUnpacker
    private var recipe = Recipe()
    private let streamLength: UInt64
    private let literalCount: UInt64

    private var path: [UInt8] = []
    private var link: [UInt8] = []
    private var block = [UInt8](repeating: 0, count: Header.blockSize)

    private static let zeros = [UInt8](
        repeating: 0, count: PackedToken.maximumZeroBlocks * Header.blockSize)

    /// The recipe in the streams; it must rebuild exactly so many bytes, so many of them literal.
    static func unpack(
        _ fields: PackedFieldReader, streamLength: UInt64, literalCount: UInt64, objects: PackedObjects = .spelled
    ) throws(StrategyError) -> Recipe {
        guard literalCount <= min(streamLength, PackedToken.maximumLiteralBytes) else {
            throw fields.malformed("\(literalCount) literal bytes of \(streamLength) are announced")
        }
        var unpacker = RecipeUnpacker(
            fields: fields, objects: ObjectUnpacker(objects), streamLength: streamLength, literalCount: literalCount)
        return try unpacker.run()
    }

    private init(
        fields: PackedFieldReader, objects: ObjectUnpacker, streamLength: UInt64, literalCount: UInt64
    ) {
        self.fields = fields
        self.objects = objects
        self.streamLength = streamLength
        self.literalCount = literalCount
    }

    private mutating func run() throws(StrategyError) -> Recipe {
        while fields.hasMore {
            let token = try fields.number(.tokens)
            switch token {
            case PackedToken.newShape:
                let shape = try shape()
                memory.shapes.append(shape)
                try header(shape)
            case PackedToken.zeroBlocks:
                let count = try fields.number(.extents)
                guard count <= UInt64(PackedToken.maximumZeroBlocks) else {
                    throw fields.malformed("\(count) blocks of zeros are more than one token has", .extents)
                }
                try append(RecipeUnpacker.zeros[..<(Int(count) * Header.blockSize)])
            case PackedToken.literal, PackedToken.paddedLiteral:
                let literal = try fields.take(try fields.number(.extents), .literals)
                try append(literal)
                if token == PackedToken.paddedLiteral { try appendPadding(after: UInt64(literal.count)) }
            case PackedToken.payload, PackedToken.paddedPayload:
                let count = try fields.number(.extents)
                try append(count, try objects.unpack(at: memory.entries.path.bytes, from: &fields))
                if token == PackedToken.paddedPayload { try appendPadding(after: count) }
            default:
                let number = token - PackedToken.firstShape
                guard number < UInt64(memory.shapes.count) else {
                    throw fields.malformed("a header has the shape \(number), and \(memory.shapes.count) are told")
                }
                try header(memory.shapes[Int(number)])
            }
        }
        guard fields.isAtEnd else { throw fields.malformed("bytes are left over") }
        guard recipe.streamLength == streamLength, UInt64(recipe.literalByteCount) == literalCount else {
            throw fields.malformed("the elements rebuild \(recipe.streamLength) of \(streamLength) bytes")
        }
        return recipe
    }

    // MARK: The recipe

    private mutating func append(_ literal: ArraySlice<UInt8>) throws(StrategyError) {
        guard UInt64(literal.count) <= literalCount - UInt64(recipe.literalByteCount),
            UInt64(literal.count) <= streamLength - recipe.streamLength
        else { throw fields.malformed("there are more than the \(literalCount) literal bytes announced") }
        recipe.append(literal: literal)
    }

    private mutating func appendPadding(after count: UInt64) throws(StrategyError) {
        try append(RecipeUnpacker.zeros[..<Int((0 &- count) % UInt64(Header.blockSize))])
    }

    private mutating func append(_ byteCount: UInt64, _ object: Digest) throws(StrategyError) {
        guard byteCount > 0, byteCount <= streamLength - recipe.streamLength else {
            throw fields.malformed("a payload of \(byteCount) bytes does not fit the stream's \(streamLength)")
        }
        recipe.append(Recipe.Payload(byteCount: byteCount, object: object))
    }

    // MARK: Headers

    private mutating func shape() throws(StrategyError) -> HeaderShape {
        var shape = HeaderShape()
        shape.typeFlag = try fields.byte(.shapes)
        guard let placement = HeaderShape.Placement(byte: try fields.byte(.shapes)) else {
            throw fields.malformed("a shape has an unknown placement", .shapes)
        }
        shape.placement = placement
        for _ in HeaderField.magic { shape.magic = shape.magic << 8 | UInt64(try fields.byte(.shapes)) }
        for number in HeaderNumber.allCases {
            let format = try fields.byte(.shapes)
            guard format <= NumberFormat.base256 || (number == .checksum && format == NumberFormat.verbatim) else {
                throw fields.malformed("a shape has an unknown format", .shapes)
            }
            shape.set(format, for: number)
        }
        return shape
    }

    private mutating func header(_ shape: HeaderShape) throws(StrategyError) {
        let changes = HeaderChanges(rawValue: try fields.byte(.changes))
        let isExtension = shape.isExtension
        let prefixCount = try readPath(shape)
        link.removeAll(keepingCapacity: true)
        if changes.contains(.link) { try readLink() }
        let values = try values(shape, changes)
        let owner = isExtension ? memory.extensions.owner : memory.entries.owner

        var block: [UInt8] = []
        swap(&block, &self.block)
        defer { swap(&block, &self.block) }
        var output = block.mutableSpan
        values.render(path: path, prefixCount: prefixCount, link: link, owner: memory.owners[owner], into: &output)
        let isVerbatim = shape.format(of: .checksum) == NumberFormat.verbatim
        if changes.contains(.patches) {
            try RecipeUnpacker.patch(&output, &fields, hasChecksum: isVerbatim)
        }
        if !isVerbatim { values.renderChecksum(into: &output) }
        try append(block[...])

        guard values.size > 0, isExtension || shape.mayHaveData, !changes.contains(.nothingFollows) else { return }
        if isExtension {
            try extensionData(values.size, shape.typeFlag)
        } else {
            try append(values.size, try objects.unpack(at: memory.entries.path.bytes, from: &fields))
        }
        try appendPadding(after: values.size)
    }

    /// Reads the path; how many bytes of it are the prefix.
    private mutating func readPath(_ shape: HeaderShape) throws(StrategyError) -> Int {
        if shape.isExtension {
            try readText(after: memory.extensions.path)
        } else {
            try readText(after: memory.entries.path)
        }
        if shape.placement.endsInSlash { path.append(UInt8(ascii: "/")) }
        var prefixCount = HeaderShape.prefixCount(of: path, shape.placement.rule)
        if shape.placement.rule == .spelled {
            prefixCount = Int(exactly: try fields.number(.extents)).flatMap { count in
                count > 0 && count <= HeaderField.prefix.count && count < path.count
                    && path.count - count - 1 <= HeaderField.name.count ? count : nil
            }
        }
        guard let prefixCount else { throw fields.malformed("a path does not fit its header", .names) }
        if shape.isExtension {
            memory.extensions.path.set(path[...])
        } else {
            if !memory.pathIsGiven { memory.entries.path.set(path[...]) }
            memory.pathIsGiven = false
        }
        return prefixCount
    }

    private mutating func readText(after last: RememberedPath) throws(StrategyError) {
        let difference = try fields.byte(.shared)
        let shared = Int(difference &+ UInt8(truncatingIfNeeded: last.folderByteCount))
        guard shared <= last.bytes.count else {
            throw fields.malformed("a path shares \(shared) bytes with one of \(last.bytes.count)", .shared)
        }
        path.removeAll(keepingCapacity: true)
        path.append(contentsOf: last.bytes[..<shared])
        path.append(contentsOf: try fields.text(.names))
    }

    private mutating func readLink() throws(StrategyError) {
        let tail = Int(try fields.byte(.linkTails))
        link.append(contentsOf: try fields.text(.links))
        guard tail <= path.count, link.count + tail <= HeaderField.linkName.count else {
            throw fields.malformed("a link does not fit its header", .links)
        }
        link.append(contentsOf: path[(path.count - tail)...])
    }

    private mutating func values(
        _ shape: HeaderShape, _ changes: HeaderChanges
    ) throws(StrategyError) -> HeaderValues {
        let flag = Int(shape.typeFlag)
        if changes.contains(.mode) {
            let rank = try fields.number(.modes)
            try RecipeUnpacker.take(rank, of: &memory.kinds[flag].modes, &fields, news: .modes)
        }
        if changes.contains(.owner) { try readOwner(isExtension: shape.isExtension) }
        if changes.contains(.size) {
            let low = UInt64(try fields.byte(.sizes))
            let rest = try fields.number(.sizeRests)
            guard rest >> 56 == 0 else { throw fields.malformed("a size exceeds 64 bits", .sizeRests) }
            memory.kinds[flag].size = rest << 8 | low
        }
        let time = try time(changes, isExtension: shape.isExtension)
        if changes.contains(.device) {
            memory.kinds[flag].deviceMajor = try fields.number(.devices)
            memory.kinds[flag].deviceMinor = try fields.number(.devices)
        }
        let owner = shape.isExtension ? memory.extensions.owner : memory.entries.owner
        var values = HeaderValues()
        values.shape = shape
        values.mode = memory.kinds[flag].modes.last
        values.userID = memory.owners[owner].userID
        values.groupID = memory.owners[owner].groupID
        values.size = memory.kinds[flag].size
        values.time = time
        values.deviceMajor = memory.kinds[flag].deviceMajor
        values.deviceMinor = memory.kinds[flag].deviceMinor
        return values
    }

    private mutating func time(
        _ changes: HeaderChanges, isExtension: Bool
    ) throws(StrategyError) -> UInt64 {
        if changes.contains(.time) {
            let rank = try fields.number(.times)
            if isExtension {
                try RecipeUnpacker.take(rank, of: &memory.extensions.times, &fields, news: .newTimes)
            } else {
                try RecipeUnpacker.take(rank, of: &memory.entries.times, &fields, news: .newTimes)
            }
        }
        return isExtension ? memory.extensions.times.last : memory.entries.times.last
    }

    /// Makes the value of a rank the last one: 0 for a new one, which is told as a difference.
    private static func take(
        _ rank: UInt64, of values: inout RecentValues, _ fields: inout PackedFieldReader, news: PackedField
    ) throws(StrategyError) {
        if rank == 0 {
            values.add(Zigzag.decode(try fields.number(news), after: values.last))
        } else if values.take(rank: rank) == nil {
            throw fields.malformed("a value of rank \(rank) is referred to, and there is none", news)
        }
    }

    private mutating func readOwner(isExtension: Bool) throws(StrategyError) {
        let code = try fields.number(.owners)
        if code == 0 {
            let (user, group) = (try fields.number(.owners), try fields.number(.owners))
            let (userName, groupName) = (Array(try fields.text(.owners)), Array(try fields.text(.owners)))
            guard userName.count <= HeaderField.userName.count, groupName.count <= HeaderField.groupName.count else {
                throw fields.malformed("an owner's name does not fit its header", .owners)
            }
            memory.owners.append(
                HeaderOwner(userID: user, groupID: group, userName: userName, groupName: groupName))
        } else if code > UInt64(memory.owners.count) {
            throw fields.malformed("the owner \(code) is referred to, and \(memory.owners.count) are told", .owners)
        }
        let number = code == 0 ? memory.owners.count - 1 : Int(code) - 1
        if isExtension {
            memory.extensions.owner = number
        } else {
            memory.entries.owner = number
        }
    }

    private static func patch(
        _ block: inout MutableSpan<UInt8>, _ fields: inout PackedFieldReader, hasChecksum: Bool
    ) throws(StrategyError) {
        var end: UInt64 = 0
        for _ in 0..<(try fields.number(.patches)) {
            let (gap, count) = (try fields.number(.patches), try fields.number(.patches))
            let room = UInt64(Header.blockSize) - end
            guard gap <= room, count <= room - gap else {
                throw fields.malformed("patches do not fit their header", .patches)
            }
            let start = Int(end + gap)
            for (index, byte) in (try fields.take(count, .patches)).enumerated() { block[start + index] = byte }
            end += gap + count
        }
        guard hasChecksum else { return }
        let field = HeaderNumber.checksum.field
        for (index, byte) in (try fields.take(UInt64(field.count), .patches)).enumerated() {
            block[field.lowerBound + index] = byte
        }
    }

    // MARK: Extension headers' data

    private mutating func extensionData(_ size: UInt64, _ typeFlag: UInt8) throws(StrategyError) {
        let flag = Int(typeFlag)
        let code = try fields.number(.extensionHeads)
        let shared = code >> 1
        let headCount = code & 1 == 0 ? size : try fields.number(.extensionHeads)
        guard shared <= headCount, headCount <= size, shared <= UInt64(memory.kinds[flag].data.count) else {
            throw fields.malformed("an extension header's data does not fit its size", .extensionHeads)
        }
        let head = try fields.take(headCount - shared, .extensions)
        memory.kinds[flag].data.replaceSubrange(Int(shared)..., with: head)
        try append(memory.kinds[flag].data[...])
        guard code & 1 == 1 else { return }
        try readText(after: memory.entries.path)
        guard UInt64(path.count) <= size - headCount else {
            throw fields.malformed("an extension header's path does not fit its size", .names)
        }
        memory.entries.path.set(path[...])
        memory.pathIsGiven = true
        try append(path[...])
        try append(try fields.take(size - headCount - UInt64(path.count), .extensions))
    }
}
