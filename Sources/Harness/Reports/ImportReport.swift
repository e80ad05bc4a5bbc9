internal import Digests
public import Images
public import LayerStore
public import OSTree
internal import Strategies
public import Tar

/// What an import did, for people and for scripts.
public struct ImportReport: Reportable, Codable, Sendable {
    public var schemaVersion = LayerResult.currentSchemaVersion
    public var ref: String
    public var commit: String
    public var blob: String
    public var diffID: String
    public var policy: String
    public var mode: String
    public var strategy: String
    public var entries: Int
    public var layerBytes: UInt64
    public var recipeBytes: Int
    public var storedBytes: Int
    public var orphans: Int
    public var orphanBytes: UInt64
    public var commitBytes: Int
    /// What the storage took: bytes as the repository keeps them, files and refs of its own.
    public var footprintBytes: UInt64
    public var footprintFiles: Int
    public var footprintRefs: Int
    /// Bytes of the dictionary that the recipe needs; 0 where it needs none. The repository has it once, for all layers.
    public var dictionaryBytes: Int
    public var proof: String
    public var findingCount: Int
    public var findings: [FindingReport]
    /// What makes the blob again: `stream` (it is not compressed), `recipe`, `kept` or `lost`; nil where nobody asked.
    public var blobForm: String?
    /// Who writes the blob again, or why nobody does.
    public var blobDetail: String?
    /// Bytes of the blob recipe.
    public var blobRecipeBytes: Int?

    /// - Parameter blob: what became of the blob, where that was asked for.
    public init(_ layer: ImportedLayer, mode: RepositoryMode, blob form: ImportedImage.BlobForm? = nil) {
        ref = layer.ref
        commit = layer.layer.commit.hex
        blob = layer.blob.description
        diffID = layer.layer.diffID.description
        policy = layer.policy.rawValue
        self.mode = mode.rawValue
        strategy = layer.strategy
        entries = layer.entryCount
        layerBytes = layer.layerBytes
        recipeBytes = layer.recipeBytes
        storedBytes = layer.storedBytes
        orphans = layer.orphanCount
        orphanBytes = layer.orphanBytes
        commitBytes = layer.commitBytes
        footprintBytes = layer.footprint.bytes
        footprintFiles = layer.footprint.files
        footprintRefs = layer.footprint.refs
        dictionaryBytes = layer.dictionaryBytes
        proof = layer.proof.rawValue
        findingCount = layer.findings.count
        findings = layer.findings.first.map(FindingReport.init)
        if let form {
            let described = form.described
            (blobForm, blobDetail, blobRecipeBytes) = (described.form, described.detail, described.recipeBytes)
        }
    }

    public var text: String {
        """
        ref       \(ref)
        commit    \(commit)
        diff ID   \(diffID)
        kept by   \(strategy), policy \(policy), mode \(mode)
        layer     \(Figure.count(layerBytes)) bytes, \(Figure.count(entries)) entries
        recipe    \(Figure.count(recipeBytes)) bytes (\(Figure.bytesPerEntry(bytes: recipeBytes, entries: entries)) per entry), \(Figure.count(storedBytes)) as stored
        storage   \(Figure.count(footprintBytes)) bytes on disk, \(footprintFiles) files, \(footprintRefs) refs
        orphans   \(Figure.count(orphans)), \(Figure.count(orphanBytes)) bytes
        proof     \(proof)
        """ + dictionaryText + blobText + pullWarning
    }

    private var pullWarning: String {
        let isMetadata = (try? Strategy(parsing: strategy)).map { type(of: $0.storage).isMetadata } ?? false
        guard max(commitBytes, isMetadata ? Int(footprintBytes) : 0) > ImportReport.pullLimit else { return "" }
        let what = commitBytes > ImportReport.pullLimit ? "the commit exceeds" : "the commit's detached metadata exceed"
        return "\nwarning   \(what) 10 MiB: an HTTP pull by ostree before 2023.4 refuses that"
    }

    private var blobText: String {
        guard let blobForm, let blobDetail else { return "" }
        let detail = blobDetail.isEmpty ? "" : ": \(blobDetail)"
        return "\nblob      \(blobForm)\(detail)" + (blobRecipeBytes.map { ", \(Figure.count($0)) bytes" } ?? "")
    }

    private var dictionaryText: String {
        guard dictionaryBytes > 0 else { return "" }
        return "\ndictionary \(Figure.count(dictionaryBytes)) bytes, once in the repository, not counted above"
    }

    /// `OSTREE_MAX_METADATA_SIZE` before ostree 2023.4.
    static let pullLimit = 10 << 20
}

/// A finding as reports show it.
public struct FindingReport: Codable, Sendable, Equatable {
    public var offset: UInt64
    public var kind: String
    public var text: String

    private enum CodingKeys: String, CodingKey {
        case offset, kind
        case text = "reason"
    }

    public init(_ finding: Finding) {
        offset = finding.offset
        kind = finding.kind.rawValue
        text = "at byte \(finding.offset): \(finding.text)"
    }

    /// The first findings of so many, indented, a line each.
    static func lines(_ findings: [FindingReport], of count: Int) -> [String] {
        let rest = count > 20 ? ["  … \(Figure.count(count)) in all; --json shows the first \(findings.count)"] : []
        return findings.prefix(20).map { "  \($0.kind) \($0.text)" } + rest
    }
}
