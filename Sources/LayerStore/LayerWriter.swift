internal import Digests
internal import OSTree
internal import Strategies
internal import Tar

/// Takes a split layer: payloads become content objects, everything else goes into the recipe, and what ostree can hold
/// goes into the tree.
struct LayerWriter: SplitterSink {
    /// Payloads up to this many bytes are collected in memory, longer ones in a temporary file.
    static let maximumCollectedBytes = 1 << 20
    /// Runs of opaque bytes up to this length stay in the recipe; longer ones become payloads.
    static let maximumLiteralRun = 64 << 10
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
    /// What the encoding wants to know of payloads.
    private let requiredDigests: Set<PayloadDigest>
    private let contents: ContentWriter
    private var current: Pending?
    private var collected: [UInt8] = []
    private var spool: Spool?
    private var opaqueRun: [UInt8] = []
    private var literalRun: [UInt8] = []
    /// Literals in the recipe since the last entry.
    private var keptLiterals = 0
    private var kept: KeptAttributes
    private var seen = SeenPaths()
    private var expansion = SparseExpansion()

    /// An entry whose payload is on its way.
    private struct Pending {
        var entry: Entry
        /// Where the payload goes as a file; nil where it becomes an orphan.
        var path: [[UInt8]]?
        /// A hard link's payload repeats the file that it links to: with its attributes it is the same object.
        var linked: LayerTree.Node?
    }

    init(
        policy: PathPolicy, inlineLimit: UInt64 = 0, requiredDigests: Set<PayloadDigest> = [], contents: ContentWriter
    ) {
        self.policy = policy
        self.inlineLimit = min(inlineLimit, UInt64(LayerWriter.maximumLiteralRun))
        self.requiredDigests = requiredDigests
        self.contents = contents
        kept = KeptAttributes(in: contents.mode)
    }

    // MARK: What the splitter finds

    mutating func literal(_ bytes: ArraySlice<UInt8>) throws {
        try endOpaqueRun()
        try appendLiterals(bytes)
    }

    mutating func opaque(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(LayerWriter.maximumCollectedBytes - opaqueRun.count)
            opaqueRun += part
            rest = rest.dropFirst(part.count)
            if opaqueRun.count == LayerWriter.maximumCollectedBytes { try endOpaqueRun() }
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
        guard entry.size > 0 else { return try end(pending, payload: []) }
        current = pending
        if entry.size > UInt64(LayerWriter.maximumCollectedBytes) { spool = try contents.spool() }
    }

    mutating func payload(_ bytes: ArraySlice<UInt8>) throws {
        if let current, collected.isEmpty, spool == nil, UInt64(bytes.count) == current.entry.size {
            // The whole payload lies in one chunk, as most do: no need to collect it.
            try end(current, payload: bytes)
            self.current = nil
        } else if let spool {
            try spool.append(bytes)
        } else {
            collected += bytes
        }
    }

    mutating func payloadEnded(isWhole: Bool) throws {
        guard var pending = current else { return }
        current = nil
        if !isWhole { pending.path = nil }
        if let spool {
            self.spool = nil
            try end(pending, .spool(spool)) { [contents] in try contents.write(spool, $0) }
        } else {
            try end(pending, payload: collected[...])
            collected.removeAll(keepingCapacity: true)
        }
    }

    mutating func finding(_ finding: Finding) { findings.add(finding) }

    /// The layer is over.
    mutating func finish() throws { try endLiterals() }

    // MARK: Payloads

    private mutating func end(_ pending: Pending, payload: ArraySlice<UInt8>) throws {
        try end(pending, .bytes(payload)) { [contents] in try contents.write(payload, $0) }
    }

    private mutating func end(
        _ pending: Pending, _ payload: SparseExpansion.Payload, write: (FileAttributes) throws -> Digest
    ) throws {
        let byteCount = payload.byteCount
        guard let path = pending.path, pending.entry.kind == .regular else {
            // An orphan: nobody will ask for its attributes.
            let attributes = pending.linked?.attributes ?? .orphan
            if try !appendInline(payload), byteCount > 0 { try append(payload, object: try write(attributes)) }
            if let path = pending.path { try placeSparse(pending.entry, payload, at: path) }
            return
        }
        let (object, attributes) = try writeWithAttributes(of: pending.entry, write)
        if try !appendInline(payload) { try append(payload, object: object) }
        place(
            .init(content: .regular(byteCount: byteCount, object: object), attributes: attributes), pending.entry,
            at: path)
    }

    /// Refers to a payload, whose digests are computed where its object is a new one.
    private mutating func append(_ payload: SparseExpansion.Payload, object: Digest) throws {
        recipe.append(.init(byteCount: payload.byteCount, object: object))
        guard !requiredDigests.isEmpty, payloadDigests[object] == nil else { return }
        var digester = PayloadDigester(requiredDigests)
        try payload.forEachChunk { digester.update($0) }
        payloadDigests[object] = digester.finish()
    }

    /// Takes a payload into the recipe where it is small enough.
    private mutating func appendInline(_ payload: SparseExpansion.Payload) throws -> Bool {
        guard payload.byteCount <= inlineLimit else { return false }
        switch payload {
        case .bytes(let bytes): recipe.append(literal: bytes)
        case .spool(let spool):
            // It was announced as a long one, and was cut off.
            try spool.rewind()
            while case let bytes = try spool.next(), !bytes.isEmpty { recipe.append(literal: bytes) }
        }
        return true
    }

    /// Places a sparse file as the plain file that readers make of it.
    private mutating func placeSparse(
        _ entry: Entry, _ payload: SparseExpansion.Payload, at path: [[UInt8]]
    ) throws {
        guard let sparse = entry.sparse else { return }
        switch try expansion.expand(sparse, payload, into: { [contents] in try contents.spool() }) {
        case .refused(let reason):
            report(entry, reason)
        case .expanded(let file):
            let (object, attributes) = try writeWithAttributes(of: entry) { [contents] in try contents.write(file, $0) }
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
        try append(.bytes(bytes), object: try contents.write(bytes, .orphan))
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
            let (object, attributes) = try writeWithAttributes(of: entry) { [contents] in try contents.write([], $0) }
            place(.init(content: .regular(byteCount: 0, object: object), attributes: attributes), entry, at: path)
        case .symbolicLink:
            guard SymbolicLinkTarget.isRepresentable(entry.linkTarget) else {
                report(entry, "its target is empty, too long or not UTF-8")
                return
            }
            let (object, attributes) = try writeWithAttributes(of: entry) { [contents] in
                try contents.writeSymbolicLink(to: entry.linkTarget, $0)
            }
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
        guard case .path(let target) = policy.place(entry.linkTarget), let node = tree[target],
            node.content != .directory
        else {
            report(entry, "it links to '\(quote(entry.linkTarget))', which the tree does not hold")
            return nil
        }
        return place(node, entry, at: path) ? node : nil
    }

    @discardableResult
    private mutating func place(_ node: LayerTree.Node, _ entry: Entry, at path: [[UInt8]]) -> Bool {
        do {
            try tree.place(node, at: path)
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
        var attributes = contents.mode.canonical(plain)
        attributes.extendedAttributes = kept.list
        return attributes
    }

    /// Writes an object with an entry's attributes. Extended attributes that the repository's file system refuses, or
    /// does not give back as they are, are left out with a finding: the recipe has them anyway. An object that turned
    /// out wrong goes with the next prune, for nothing refers to it.
    private mutating func writeWithAttributes(
        of entry: Entry, _ write: (FileAttributes) throws -> Digest
    ) throws -> (Digest, FileAttributes) {
        var attributes = attributes(of: entry)
        if entry.kind == .symbolicLink { attributes.mode = 0o777 }
        do {
            let object = try write(attributes)
            try contents.verify(object, attributes)
            return (object, attributes)
        } catch let error as OSTreeError where error.mayConcern(attributes.extendedAttributes) {
            attributes.extendedAttributes = []
            let object = try write(attributes)
            report(entry, "its extended attributes were refused (\(error.reason))")
            return (object, attributes)
        }
    }

    private mutating func report(_ entry: Entry, _ reason: String) {
        findings.add(
            Finding(
                offset: entry.offset, kind: .notRepresentable, text: "\(entry.kind) '\(quote(entry.path))': \(reason)"))
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
