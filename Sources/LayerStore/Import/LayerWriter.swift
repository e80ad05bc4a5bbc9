internal import Digests
internal import OSTree
internal import Strategies
internal import Tar

/// Takes a split layer: payloads become content objects, everything else goes into the recipe, and what ostree can hold
/// goes into the tree.
///
/// Objects are written by others meanwhile (`ObjectPool`): recipe and tree hold tickets for them until `finish`.
struct LayerWriter: SplitterSink {
    /// Payloads up to this many bytes wait in their buffers until they are whole, so that they can be looked for before
    /// anything is written; longer ones are written as they come.
    static let maximumCollectedBytes = 4 << 20
    /// Buffers that pieces of a payload may keep: not all that there are.
    static let maximumWaitingBuffers = 8
    /// Runs of opaque bytes up to this length stay in the recipe; longer ones become payloads.
    static let maximumLiteralRun = 64 << 10
    /// A longer run of opaque bytes becomes several payloads.
    static let maximumPieceBytes = 1 << 20
    /// Literals of one entry (its extension headers, its header, what came between it and the last payload) up to this
    /// many bytes stay in the recipe; more become payloads. So a recipe grows by entries, whatever is in the stream.
    static let maximumLiterals = 256 << 10
    /// Paths of more names are not representable.
    static let maximumPathNames = 255

    private(set) var recipe = Recipe()
    private(set) var tree = LayerTree()
    private(set) var findings = FindingLog()
    private(set) var entryCount = 0
    /// The required digests of the recipe's payloads, by their objects.
    private(set) var payloadDigests: [Digest: [PayloadDigest: [UInt8]]] = [:]

    private let policy: PathPolicy
    /// Payloads up to this many bytes are literals of the recipe.
    private let inlineLimit: UInt64
    private let objects: ObjectPool
    private var current: Pending?
    private var collected = Collected.none
    private var opaqueRun: [UInt8] = []
    private var literalRun: [UInt8] = []
    /// Literals in the recipe since the last entry.
    private var keptLiterals = 0
    private var kept: KeptAttributes
    private var seen = SeenPaths()
    private var below = ChangesetLog()
    private var expansion = SparseExpansion()

    /// An entry whose payload is on its way.
    private struct Pending {
        var entry: Entry
        /// Where the payload goes as a file; nil where it becomes an orphan.
        var path: [[UInt8]]?
        /// A hard link's payload repeats the file that it links to: with its attributes it is the same object.
        var linked: LayerTree.Node?
    }

    /// What has come of the current payload.
    private enum Collected {
        case none
        /// Slices of the last buffers.
        case pieces(ContentBytes, buffers: Int)
        /// Its bytes are written as they come; `start` has the first ones, as many as could be literals.
        case stream(PooledStream, FileAttributes, byteCount: UInt64, start: [UInt8])
        /// Its bytes are on the disk, since they may be asked for twice.
        case spool(Spool)
    }

    init(policy: PathPolicy, inlineLimit: UInt64 = 0, objects: ObjectPool) {
        self.policy = policy
        self.inlineLimit = min(inlineLimit, UInt64(LayerWriter.maximumLiteralRun))
        self.objects = objects
        kept = KeptAttributes(in: objects.mode)
    }

    /// In how many of the last buffers pieces of a payload wait for the rest.
    var waitingBuffers: Int {
        if case .pieces(_, let buffers) = collected { buffers } else { 0 }
    }

    /// What the layer says about those below it, once it is finished.
    var changeset: LayerChangeset { below.changeset(with: tree) }

    // MARK: What the splitter finds

    mutating func literal(_ bytes: ArraySlice<UInt8>) throws {
        try endOpaqueRun()
        try appendLiterals(bytes)
    }

    mutating func opaque(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(LayerWriter.maximumPieceBytes - opaqueRun.count)
            opaqueRun += part
            rest = rest.dropFirst(part.count)
            if opaqueRun.count == LayerWriter.maximumPieceBytes { try endOpaqueRun() }
        }
    }

    mutating func entry(_ entry: Entry) throws {
        try endLiterals()
        entryCount += 1
        if let finding = seen.note(entry) { findings.add(finding) }
        let path = placement(of: entry)
        var pending = Pending(entry: entry)
        switch entry.kind {
        case _ where entry.size == 0 && entry.kind != .sparse:
            if let path { try place(entry, at: path) }
            return
        case .regular, .sparse:
            pending.path = path
        case .directory, .symbolicLink:
            if let path { try place(entry, at: path) }
        case .hardLink:
            if let path, let node = placeHardLink(entry, at: path), case .regular = node.content {
                pending.linked = node
            }
        case .characterDevice, .blockDevice, .fifo, .other:
            if path != nil { report(entry, "ostree cannot hold it") }
        }
        guard entry.size > 0 else { return try end(pending, .bytes(ContentBytes([]))) }
        current = pending
        collected = try collecting(pending)
    }

    mutating func payload(_ bytes: ArraySlice<UInt8>) throws {
        switch collected {
        case .none: collected = .pieces(ContentBytes(bytes), buffers: 1)
        case .pieces(var pieces, let buffers):
            collected = .none
            pieces.others.append(bytes)
            if buffers < LayerWriter.maximumWaitingBuffers {
                collected = .pieces(pieces, buffers: buffers + 1)
            } else {
                // The buffers came nearly empty, as inflating gives them: others wait for them.
                collected = .pieces(ContentBytes((pieces.first + pieces.others.joined())[...]), buffers: 0)
            }
        case .spool(let spool): try spool.append(bytes)
        case .stream(let stream, let attributes, let count, var start):
            try objects.append(bytes, to: stream)
            if start.count < inlineLimit { start += bytes.prefix(Int(inlineLimit) - start.count) }
            collected = .stream(stream, attributes, byteCount: count + UInt64(bytes.count), start: start)
        }
    }

    mutating func payloadEnded(isWhole: Bool) throws {
        guard var pending = current else { return }
        current = nil
        if !isWhole { pending.path = nil }
        let whole = collected
        collected = .none
        switch whole {
        case .none: try end(pending, .bytes(ContentBytes([])))
        case .pieces(let pieces, _): try end(pending, .bytes(pieces))
        case .spool(let spool): try end(pending, .spool(spool))
        case .stream(let stream, let attributes, let count, let start):
            if count <= inlineLimit {
                // It was announced as a long one, and was cut off.
                recipe.append(literal: start[...])
                return try stream.discard()
            }
            try stream.end()
            recipe.append(.init(byteCount: count, object: stream.ticket))
            guard let path = pending.path else { return }
            let content = LayerTree.Content.regular(byteCount: count, object: stream.ticket)
            place(.init(content: content, attributes: attributes), pending.entry, at: path)
        }
    }

    mutating func finding(_ finding: Finding) { findings.add(finding) }

    /// The layer is over: waits for its objects, and puts them in the place of their tickets.
    mutating func finish() throws {
        try endLiterals()
        let results = try objects.finish()
        recipe.replaceObjects { results.objects[Ticket.number($0)] }
        tree.replaceObjects { object in
            let ticket = Ticket.number(object)
            return (results.objects[ticket], results.refusals[ticket] == nil)
        }
        findings.add(sorted: results.refusals.sorted { $0.key < $1.key }.compactMap(\.value.finding))
        payloadDigests = results.digests
    }

    // MARK: Payloads

    /// How a payload is going to be collected.
    private mutating func collecting(_ pending: Pending) throws -> Collected {
        guard pending.entry.size > UInt64(LayerWriter.maximumCollectedBytes) else { return .none }
        var attributes = pending.linked?.attributes ?? .orphan
        if pending.path != nil { attributes = self.attributes(of: pending.entry) }
        if pending.entry.kind == .sparse || !attributes.extendedAttributes.isEmpty {
            return .spool(try Spool(in: objects.temporaryFolder))
        }
        let stream = try objects.begin(byteCount: pending.entry.size, attributes)
        return .stream(stream, attributes, byteCount: 0, start: [])
    }

    private mutating func end(_ pending: Pending, _ payload: SparseExpansion.Payload) throws {
        let byteCount = payload.byteCount
        guard let path = pending.path, pending.entry.kind == .regular else {
            // An orphan: nobody will ask for its attributes.
            let attributes = pending.linked?.attributes ?? .orphan
            if try !appendInline(payload), byteCount > 0 {
                recipe.append(.init(byteCount: byteCount, object: try write(payload, attributes)))
            }
            if let path = pending.path { try placeSparse(pending.entry, payload, at: path) }
            return
        }
        let attributes = attributes(of: pending.entry)
        let object = try write(payload, attributes, for: pending.entry)
        if try !appendInline(payload) { recipe.append(.init(byteCount: byteCount, object: object)) }
        place(
            .init(content: .regular(byteCount: byteCount, object: object), attributes: attributes), pending.entry,
            at: path)
    }

    /// Has a payload written. Where extended attributes may be refused, a finding is to say of which entry.
    private func write(
        _ payload: SparseExpansion.Payload, _ attributes: FileAttributes, for entry: Entry? = nil
    ) throws -> Digest {
        let origin = entry.flatMap { attributes.extendedAttributes.isEmpty ? nil : finding(about: $0, "") }
        switch payload {
        case .bytes(let bytes): return try objects.write(bytes, attributes, for: origin)
        case .spool(let spool): return try objects.write(spool, attributes, for: origin)
        }
    }

    /// Takes a payload into the recipe where it is small enough.
    private mutating func appendInline(_ payload: SparseExpansion.Payload) throws -> Bool {
        guard payload.byteCount <= inlineLimit else { return false }
        try payload.forEachChunk { recipe.append(literal: $0) }
        return true
    }

    /// Places a sparse file as the plain file that readers make of it.
    private mutating func placeSparse(
        _ entry: Entry, _ payload: SparseExpansion.Payload, at path: [[UInt8]]
    ) throws {
        guard let sparse = entry.sparse else { return }
        switch try expansion.expand(sparse, payload, into: { [objects] in try Spool(in: objects.temporaryFolder) }) {
        case .refused(let reason):
            report(entry, reason)
        case .expanded(let file):
            let attributes = attributes(of: entry)
            let object = try write(.spool(file), attributes, for: entry)
            let content = LayerTree.Content.regular(byteCount: file.byteCount, object: object)
            place(.init(content: content, attributes: attributes), entry, at: path)
        }
    }

    /// A run of opaque bytes: short ones are literals, others are pieces that become objects.
    private mutating func endOpaqueRun() throws {
        guard !opaqueRun.isEmpty else { return }
        if opaqueRun.count <= LayerWriter.maximumLiteralRun {
            try appendLiterals(opaqueRun[...])
        } else {
            try endLiteralRun()
            try appendPiece(opaqueRun[...])
        }
        opaqueRun.removeAll(keepingCapacity: true)
    }

    private mutating func appendLiterals(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(LayerWriter.maximumLiterals - literalRun.count)
            literalRun += part
            rest = rest.dropFirst(part.count)
            if literalRun.count == LayerWriter.maximumLiterals { try endLiteralRun() }
        }
    }

    /// Literals on their way: they stay literals unless the entry would have too many.
    private mutating func endLiteralRun() throws {
        guard !literalRun.isEmpty else { return }
        if keptLiterals + literalRun.count < LayerWriter.maximumLiterals {
            recipe.append(literal: literalRun[...])
            keptLiterals += literalRun.count
        } else {
            try appendPiece(literalRun[...])
        }
        literalRun.removeAll(keepingCapacity: true)
    }

    /// An entry begins, or the stream is over: so are the literals up to here.
    private mutating func endLiterals() throws {
        try endOpaqueRun()
        try endLiteralRun()
        keptLiterals = 0
    }

    private mutating func appendPiece(_ bytes: ArraySlice<UInt8>) throws {
        // The run's own array is used again.
        let piece = ContentBytes(Array(bytes)[...])
        recipe.append(.init(byteCount: UInt64(bytes.count), object: try objects.write(piece, .orphan)))
    }

    // MARK: The tree

    /// Where the policy puts an entry, or nil with a finding where no tree can hold it.
    private mutating func placement(of entry: Entry) -> [[UInt8]]? {
        switch policy.place(entry.path) {
        case .path(let path) where path.count > LayerWriter.maximumPathNames:
            report(entry, "the path has more than \(LayerWriter.maximumPathNames) names")
            return nil
        case .path(let path):
            return path
        case .dropped:
            below.note(droppedPath: entry.path)
            return nil
        case .unrepresentable(let reason):
            report(entry, reason)
            return nil
        }
    }

    /// Places an entry that has no payload.
    private mutating func place(_ entry: Entry, at path: [[UInt8]]) throws {
        switch entry.kind {
        case .directory:
            place(.init(content: .directory, attributes: attributes(of: entry)), entry, at: path)
        case .regular:
            let attributes = attributes(of: entry)
            let object = try write(.bytes(ContentBytes([])), attributes, for: entry)
            place(.init(content: .regular(byteCount: 0, object: object), attributes: attributes), entry, at: path)
        case .symbolicLink:
            guard SymbolicLinkTarget.isRepresentable(entry.linkTarget) else {
                report(entry, "its target is empty, too long or not UTF-8")
                return
            }
            var attributes = attributes(of: entry)
            attributes.mode = 0o777
            let origin = attributes.extendedAttributes.isEmpty ? nil : finding(about: entry, "")
            let object = try objects.writeSymbolicLink(to: entry.linkTarget, attributes, for: origin)
            let content = LayerTree.Content.symbolicLink(target: entry.linkTarget, object: object)
            place(.init(content: content, attributes: attributes), entry, at: path)
        case .hardLink:
            _ = placeHardLink(entry, at: path)
        case .characterDevice, .blockDevice, .fifo, .other:
            report(entry, "ostree cannot hold it")
        case .sparse:
            break
        }
    }

    /// The node that the link shares, where the tree holds it now.
    private mutating func placeHardLink(_ entry: Entry, at path: [[UInt8]]) -> LayerTree.Node? {
        if case .path(let target) = policy.place(entry.linkTarget) {
            if let node = tree[target], node.content != .directory { return place(node, entry, at: path) ? node : nil }
            // A layer below may have it.
            if tree[path] == nil { below.note(linkTo: target, at: path) }
        }
        report(entry, "it links to '\(quote(entry.linkTarget))', which the tree does not hold")
        return nil
    }

    @discardableResult
    private mutating func place(_ node: LayerTree.Node, _ entry: Entry, at path: [[UInt8]]) -> Bool {
        do {
            try tree.place(node, at: path)
            below.note(placed: path)
            return true
        } catch {
            switch error {
            case .parentIsNoDirectory: report(entry, "a file or link stands where its parent should be")
            case .directoryInTheWay: report(entry, "a directory that is not empty stands in its place")
            }
            return false
        }
    }

    /// What the repository keeps of an entry's attributes; a finding says what it does not.
    private mutating func attributes(of entry: Entry) -> FileAttributes {
        kept.take(entry.extendedAttributes)
        for loss in kept.losses { report(entry, loss) }
        let plain = FileAttributes(mode: entry.mode, userID: entry.userID, groupID: entry.groupID)
        var attributes = objects.mode.canonical(plain)
        attributes.extendedAttributes = kept.list
        return attributes
    }

    private mutating func report(_ entry: Entry, _ reason: String) { findings.add(finding(about: entry, reason)) }

    private func finding(about entry: Entry, _ reason: String) -> Finding {
        Finding(
            offset: entry.offset, kind: .notRepresentable, text: "\(entry.kind) '\(quote(entry.path))': \(reason)")
    }
}

/// What a symbolic link can point to in a tree.
enum SymbolicLinkTarget {
    static func isRepresentable(_ target: [UInt8]) -> Bool {
        !target.isEmpty && target.count <= PathPolicy.maximumPathBytes && !target.contains(0)
            && String(validating: target, as: UTF8.self) != nil
    }
}

extension FileAttributes {
    /// The attributes of objects that stand in no tree.
    static let orphan = FileAttributes(mode: 0o644)
}
