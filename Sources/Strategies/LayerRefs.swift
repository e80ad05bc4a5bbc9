public import Digests
public import OSTree

/// The refs under which a repository keeps layers. A digest is escaped as ostree-ext does it: `:` becomes `_3A_`.
public enum LayerRefs {
    /// Where ostree-ext keeps one commit per layer.
    public static let blobs = "ostree/container/blob"

    /// The ref of a layer, by the digest of its blob as it was distributed.
    public static func blob(_ digest: Digest) -> String { "\(blobs)/\(escape(digest))" }

    /// The digest of the blob that a ref names; nil where it names none.
    public static func digest(ofBlob ref: String) -> Digest? {
        let prefix = "\(blobs)/sha256_3A_"
        return ref.hasPrefix(prefix) ? Digest(hex: ref.dropFirst(prefix.count)) : nil
    }

    /// Where it is kept how a blob is made again of its layer, or the blob itself.
    public static let blobForms = "layerlab/blob"

    /// The ref of the commit that holds this for a blob.
    public static func blobForm(_ digest: Digest) -> String { "\(blobForms)/\(escape(digest))" }

    /// Where it is written down which layers are being removed: a ref for each blob, to the layer's commit.
    public static let removals = "layerlab/removed"

    /// The ref of such a note.
    public static func removal(_ blob: Digest) -> String { "\(removals)/\(escape(blob))" }

    /// The digest of the blob that such a note is about; nil where it is none.
    public static func digest(ofRemoval ref: String) -> Digest? {
        let prefix = "\(removals)/sha256_3A_"
        return ref.hasPrefix(prefix) ? Digest(hex: ref.dropFirst(prefix.count)) : nil
    }

    /// Where ostree-ext keeps one commit per image.
    public static let images = "ostree/container/image"

    /// The ref of an image, by the name by which it was imported.
    public static func image(_ name: String) -> String { "\(images)/\(escape(name))" }

    /// Where dictionaries are kept, each once for all layers that need it.
    public static let dictionaries = "layerlab/dictionary"

    /// The ref of the commit that holds a dictionary.
    public static func dictionary(_ digest: Digest) -> String { "\(dictionaries)/\(digest.hex)" }

    /// Commits that belong to a layer's commit and are kept alive by a ref of their own.
    ///
    /// Their refs are `layerlab/<kind>/<diff ID>/<checksum of the commit>`: no ref ever changes its commit, so that a
    /// new import never takes anything from the layer that it is going to replace.
    public enum Companion: String, CaseIterable, Sendable {
        /// The orphans, for storages that keep the recipe elsewhere.
        case orphans
        /// The recipe with the orphans, for `separate-ref`.
        case recipe

        /// The metadata key (`s`) by which the layer's commit names the companion's checksum.
        var key: String { "layerlab.\(rawValue)-commit" }

        /// Where the companions of a stream's layers are.
        func folder(of diffID: Digest) -> String { "layerlab/\(rawValue)/\(escape(diffID))" }

        public func ref(of diffID: Digest, commit: Digest) -> String { "\(folder(of: diffID))/\(commit.hex)" }
    }

    private static func escape(_ digest: Digest) -> String { "sha256_3A_\(digest.hex)" }

    /// A name as part of a ref, after the manner of ostree-ext: letters, digits and `-` as they are, `_` twice, a slash as it
    /// is between a letter or digit and something else, and all else as `_CODE_` in hexadecimal digits.
    static func escape(_ name: String) -> String {
        let characters = Array(name.unicodeScalars)
        var result = ""
        var isAfterAlphanumeric = false
        for (index, character) in characters.enumerated() {
            let isAlphanumeric =
                character.isASCII && (character.properties.isAlphabetic || ("0"..."9").contains(character))
            switch character {
            case _ where isAlphanumeric, "-": result.unicodeScalars.append(character)
            case "/" where isAfterAlphanumeric && index + 1 < characters.count: result.append("/")
            case "_": result += "__"
            default: result += "_\(String(character.value, radix: 16, uppercase: true))_"
            }
            isAfterAlphanumeric = isAlphanumeric
        }
        return result
    }
}

extension LayerRefs.Companion {
    /// Publishes a companion with the transaction, and names it in the draft of the layer's commit.
    func attach(_ commit: Digest, of diffID: Digest, to draft: inout CommitDraft, in transaction: Transaction) throws {
        draft.metadata.append((key, .text(commit.hex)))
        try transaction.setRef(ref(of: diffID, commit: commit), to: commit)
    }

    /// The companion that a layer's commit names.
    public func commit(of layer: StoredLayer, in repository: Repository) throws -> Digest? {
        try repository.commit(layer.commit).metadataText(key).flatMap { Digest(hex: $0) }
    }

    /// The commits of all companions of a layer.
    public static func commits(of layer: StoredLayer, in repository: Repository) throws -> [Digest] {
        try allCases.compactMap { try $0.commit(of: layer, in: repository) }
    }

    /// Has the companions' refs of a stream on the disk, before a ref shows a layer that needs them.
    public static func sync(of diffID: Digest, in repository: Repository) throws {
        let refs = try allCases.flatMap { try repository.refs(below: $0.folder(of: diffID)).keys }
        try repository.sync(refs: refs)
    }

    /// Removes the companions of a stream that none of its layers names any more; a killed import may have left some.
    public static func removeStale(of diffID: Digest, keeping layers: [StoredLayer], in repository: Repository) throws {
        for kind in allCases {
            let live = try Set(layers.compactMap { try kind.commit(of: $0, in: repository) })
            for (ref, commit) in try repository.refs(below: kind.folder(of: diffID)) where !live.contains(commit) {
                try repository.remove(ref: ref)
            }
        }
    }
}
