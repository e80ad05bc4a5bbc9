internal import Digests
internal import OSTree
internal import Strategies
internal import Tar

/// Looks at one layer, part after part, and keeps what is wrong.
struct LayerCheck {
    private let repository: Repository
    private let objects: ObjectCheck
    private(set) var name: StoredLayers.Name
    var verdict: LayerVerdict

    init(_ name: StoredLayers.Name, _ objects: ObjectCheck, in repository: Repository) {
        (self.name, self.objects, self.repository) = (name, objects, repository)
        verdict = LayerVerdict(ref: name.ref, commit: name.commit)
    }

    mutating func add(_ damage: LayerDamage) { verdict.damages.append(damage) }

    // MARK: Commits and trees

    /// The layer's commit; nil where it cannot be read.
    mutating func commit() throws -> Commit? {
        guard let commit = try self.commit(name.commit, .layer) else {
            verdict.unchecked.append("all that the commit names, and the stream")
            return nil
        }
        verdict.diffID = commit.metadataText(LayerCommit.diffIDKey).flatMap { Digest(oci: $0) }
        return commit
    }

    private mutating func commit(_ checksum: Digest, _ holder: LayerDamage.Holder) throws -> Commit? {
        let damage = try objects.damage(.commit, checksum)
        if let damage {
            add(LayerDamage(.commit, damage.kind, object: checksum, holder: holder, reason: damage.reason))
            if damage.kind == .missing { return nil }
        }
        do throws(OSTreeError) { return try repository.commit(checksum) } catch {
            if damage == nil {
                add(LayerDamage(.commit, .malformed, object: checksum, holder: holder, reason: error.reason))
            }
            return nil
        }
    }

    /// Compares all objects of a commit's tree.
    mutating func tree(of commit: Commit, _ holder: LayerDamage.Holder) throws {
        let walk = TreeWalk(in: repository) { [objects] in try objects.damage($0.kind, $0.object) != nil }
        let isDamaged = try walk.look(at: commit.tree)
        if walk.isTooDeep {
            add(
                LayerDamage(
                    .directory, .malformed, object: commit.tree.contents, holder: holder,
                    reason: "the tree is deeper than any layer's"))
        }
        guard isDamaged else { return }
        var (found, numbers): ([LayerDamage], [Repository.ObjectName: Int]) = ([], [:])
        try walk.paths(below: commit.tree) { name, path in
            if numbers[name] == nil {
                numbers[name] = found.count
                found.append(LayerDamage(part(name.kind), .changed, object: name.object, holder: holder, reason: ""))
            }
            guard let number = numbers[name] else { return }
            if let orphan = orphan(path, holder) {
                found[number].orphans.append(orphan)
            } else {
                found[number].paths.append(path)
            }
        }
        for (name, number) in numbers {
            guard let damage = try objects.damage(name.kind, name.object) else { continue }
            (found[number].kind, found[number].reason) = (damage.kind, damage.reason)
        }
        verdict.damages += found
        if found.contains(where: { $0.part == .directory }) {
            verdict.unchecked.append("what the damaged directories held")
        }
        if walk.isCut {
            verdict.unchecked.append("further paths that use damaged objects: there are too many to tell")
        }
    }

    private func part(_ kind: Repository.ObjectKind) -> LayerDamage.Part {
        switch kind {
        case .file: .file
        case .directoryTree: .directory
        case .directoryMetadata: .directoryAttributes
        case .commit: .commit
        }
    }

    private func orphan(_ path: String, _ holder: LayerDamage.Holder) -> Int? {
        switch holder {
        case .orphans: Int(path)
        case .recipe where path.hasPrefix("orphans/"): Int(path.dropFirst(8))
        default: nil
        }
    }

    /// Looks at the commits that belong to the layer's: whether they are there, whole, and kept by a ref.
    mutating func companions(of commit: Commit, _ diffID: Digest) throws {
        let layer = StoredLayer(diffID: diffID, commit: commit.checksum)
        var shown: Set<Digest>?
        for kind in LayerRefs.Companion.allCases {
            guard let companion = try kind.commit(of: layer, in: repository) else { continue }
            let holder: LayerDamage.Holder = kind == .orphans ? .orphans : .recipe
            guard let found = try self.commit(companion, holder) else { continue }
            if shown == nil { shown = Set(try repository.refsEverywhere(below: nil).values) }
            if shown?.contains(companion) == false {
                add(
                    LayerDamage(
                        .ref, .unprotected, object: companion, holder: holder,
                        reason:
                            "no ref shows the commit, so that the next prune takes it away; \(kind.ref(of: diffID, commit: companion)) should"
                    ))
            }
            try tree(of: found, holder)
        }
    }

    // MARK: The recipe

    /// Loads the recipe, looks through its segments, and rebuilds the stream where nothing is in the way.
    mutating func recipe(
        of layer: StoredLayer, keptBy storage: any Storage, _ progress: @escaping (UInt64) -> Void
    ) throws {
        guard let encoded = try load(layer, keptBy: storage) else {
            verdict.unchecked.append("the stream, since the recipe cannot be decoded")
            return
        }
        verdict.streamLength = encoded.streamLength
        let before = verdict.damages
        var scan = SegmentScan(objects)
        do {
            try encoded.hand(to: &scan)
        } catch let error where error is StrategyError || error is OSTreeError || error is LayerStoreError {
            try rethrowInterruption(error)
            scan.failure = scan.failure ?? error
        }
        if let failure = scan.failure as? LayerStoreError, failure.kind == .interrupted { throw failure }
        try note(scan)
        if let failure = scan.failure {
            report(failure, of: encoded, mayBeOf: before)
            verdict.unchecked.append("the stream, since the recipe cannot be decoded")
            return
        }
        guard scan.offset == encoded.streamLength else {
            let reason = "it rebuilds \(scan.offset) bytes instead of \(encoded.streamLength)"
            report(StrategyError(.malformed, "recipe", reason), of: encoded, mayBeOf: before)
            return
        }
        guard scan.damaged.isEmpty else {
            verdict.unchecked.append(
                "the recipe's own bytes beyond their form, since the stream's digest needs all payloads")
            return
        }
        try stream(encoded, mayBeOf: before, progress)
    }

    /// Loads a recipe, with all that its encoding needs; nil where that cannot be, which is told.
    private mutating func load(_ layer: StoredLayer, keptBy storage: any Storage) throws -> EncodedRecipe? {
        let envelope: Envelope
        do {
            envelope = try storage.load(layer, in: repository)
        } catch {
            try rethrowInterruption(error)
            // What is damaged of the recipe's commit is told already.
            if verdict.damages.contains(where: { $0.holder == .recipe && $0.part != .ref }) { return nil }
            addRecipe(error)
            return nil
        }
        guard envelope.diffID == layer.diffID else {
            add(
                LayerDamage(
                    .recipe, .foreign,
                    reason: "its envelope names the layer \(envelope.diffID) instead of \(layer.diffID)"))
            return nil
        }
        let encoding: any Encoding
        do { encoding = try Strategy.encoding(envelope.encoding) } catch {
            addRecipe(StrategyError(.malformed, "envelope", "its encoding is unknown: \(error.reason)"))
            return nil
        }
        var dictionaries: [Digest: [UInt8]] = [:]
        for digest in encoding.requiredDictionaries.sorted() {
            do {
                dictionaries[digest] = try StoredDictionaries(in: repository).load(digest)
            } catch {
                try rethrowInterruption(error)
                let isAbsent = (error as? StrategyError)?.kind == .absent || (error as? OSTreeError)?.code == .notFound
                add(
                    LayerDamage(
                        .dictionary, isAbsent ? .missing : .changed, object: digest, holder: .none, reason: "\(error)"))
            }
        }
        guard dictionaries.count == encoding.requiredDictionaries.count else { return nil }
        var context = LayerContext(attachment: envelope.attachment)
        if encoding.usesTree {
            do {
                context = try EncodedRecipe.context(of: layer, envelope, in: repository)
            } catch {
                try rethrowInterruption(error)
                if verdict.isSound { addRecipe(error) }
                return nil
            }
        }
        context.dictionaries = dictionaries
        return EncodedRecipe(diffID: layer.diffID, envelope: envelope, encoding: encoding, context: context)
    }

    /// Tells which damaged objects the recipe uses, and where first.
    private mutating func note(_ scan: SegmentScan) throws {
        for use in scan.damaged {
            let number: Int
            if let known = verdict.damages.firstIndex(where: { $0.part == .file && $0.object == use.payload.object }) {
                number = known
            } else {
                guard let damage = try objects.damage(.file, use.payload.object) else { continue }
                number = verdict.damages.count
                add(
                    LayerDamage(
                        .file, damage.kind, object: use.payload.object, holder: .none,
                        reason: "\(damage.reason); neither the layer's tree nor its orphans hold it"))
            }
            verdict.damages[number].segment = use.segment
            verdict.damages[number].streamOffset = use.offset
            if verdict.damages[number].kind == .changed, let length = length(of: use.payload) {
                verdict.damages[number].reason += "; \(length)"
            }
        }
    }

    /// How many bytes a damaged object has, where that is another number than the recipe wants.
    private func length(of payload: Recipe.Payload) -> String? {
        var (found, chunk) = (UInt64(0), [UInt8](repeating: 0, count: 1 << 16))
        do {
            let stream = try PayloadStream(payload.object, in: repository)
            while found <= payload.byteCount, Interruption.pending == nil,
                case let count = try stream.read(into: &chunk, at: 0, upTo: chunk.count), count > 0
            {
                found += UInt64(count)
            }
        } catch {
            return "\(found) of its \(payload.byteCount) bytes can be read"
        }
        if found == payload.byteCount { return "as many bytes as before" }
        return found > payload.byteCount
            ? "it has more than its \(payload.byteCount) bytes" : "it has \(found) of its \(payload.byteCount) bytes"
    }

    /// Rebuilds the stream out of sound payloads, and compares it with the diff ID.
    private mutating func stream(
        _ encoded: EncodedRecipe, mayBeOf before: [LayerDamage], _ progress: @escaping (UInt64) -> Void
    ) throws {
        verdict.isExact = false
        do {
            let rebuilder = Rebuilder(encoded, diffID: encoded.diffID, repository: repository)
            let digest = try rebuilder.run(into: NullSink(), hashing: true, progress: progress)
            guard digest != encoded.diffID else {
                verdict.isExact = true
                return
            }
            let found = digest.map { "\($0)" } ?? "unknown"
            report(
                StrategyError(
                    .malformed, "recipe",
                    "it rebuilds \(found) instead of \(encoded.diffID) though all payloads are sound, so its own bytes have changed"
                ), of: encoded, mayBeOf: before)
        } catch let error as LayerStoreError where error.kind == .check {
            report(error, of: encoded, mayBeOf: before)
        }
    }

    /// What is wrong with a recipe; where its encoding has looked at a damaged tree, that may be all there is to it.
    private mutating func report(_ error: any Error, of encoded: EncodedRecipe, mayBeOf before: [LayerDamage]) {
        let tree: [LayerDamage.Part] = [.file, .directory, .directoryAttributes, .commit]
        if encoded.encoding.usesTree, before.contains(where: { tree.contains($0.part) }) {
            verdict.unchecked.append(
                "the recipe's own bytes, since its encoding needs the damaged objects above (\(error))")
        } else {
            addRecipe(error)
        }
    }

    private mutating func addRecipe(_ error: any Error) {
        let known = error as? StrategyError
        var damage = LayerDamage(.recipe, known?.kind == .absent ? .missing : .malformed, reason: "\(error)")
        damage.recipeOffset = known?.offset
        add(damage)
    }

    private func rethrowInterruption(_ error: any Error) throws {
        if (error as? LayerStoreError)?.kind == .interrupted { throw error }
        try Interruption.check()
    }
}

/// Looks through a recipe's segments for payloads whose objects are damaged.
private struct SegmentScan: RecipeSink {
    /// The first use of a damaged object.
    struct Use {
        var payload: Recipe.Payload
        var segment: Int
        var offset: UInt64
    }

    /// In stream order, each object once.
    private(set) var damaged: [Use] = []
    /// What ended the scan.
    var failure: (any Error)?
    /// Bytes of the stream so far.
    private(set) var offset: UInt64 = 0
    private let objects: ObjectCheck
    private var found: Set<Digest> = []
    private var (segment, isInLiteral) = (0, false)

    init(_ objects: ObjectCheck) { self.objects = objects }

    var wantsNoMore: Bool { failure != nil }

    mutating func append(literal bytes: ArraySlice<UInt8>) {
        isInLiteral = isInLiteral || !bytes.isEmpty
        advance(UInt64(bytes.count))
    }

    mutating func append(_ payload: Recipe.Payload) {
        guard payload.byteCount > 0, failure == nil else { return }
        if isInLiteral { (segment, isInLiteral) = (segment + 1, false) }
        do throws(LayerStoreError) {
            if try objects.damage(.file, payload.object) != nil, found.insert(payload.object).inserted {
                damaged.append(Use(payload: payload, segment: segment, offset: offset))
            }
        } catch {
            failure = error
        }
        segment += 1
        advance(payload.byteCount)
    }

    private mutating func advance(_ count: UInt64) {
        let (sum, overflows) = offset.addingReportingOverflow(count)
        if overflows {
            failure = failure ?? LayerStoreError(.check, "the recipe rebuilds more bytes than there can be")
        }
        offset = overflows ? .max : sum
    }
}
