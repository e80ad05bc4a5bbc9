internal import Digests
public import LayerStore

/// What a verification of a repository found out about one layer, for people and for scripts.
public struct DamageReport: Reportable, Codable, Sendable {
    public struct Damage: Codable, Sendable {
        public var part: String
        public var kind: String
        public var holder: String
        public var object: String?
        public var paths: [String]
        public var orphans: [Int]
        public var segment: Int?
        public var streamOffset: UInt64?
        public var recipeOffset: Int?
        public var reason: String
    }

    public enum Outcome: String, Codable, Sendable { case sound, damaged }

    public var schemaVersion = LayerResult.currentSchemaVersion
    public var ref: String
    public var commit: String
    /// Nil for a commit that is no layer, and where that cannot be told.
    public var diffID: String?
    public var strategy: String?
    public var layerBytes: UInt64?
    public var outcome: Outcome
    /// Whether the stream was rebuilt and is the layer; nil where that was not tried.
    public var exact: Bool?
    public var damages: [Damage]
    public var unchecked: [String]

    public init(_ verdict: LayerVerdict) {
        ref = verdict.ref
        commit = verdict.commit.hex
        diffID = verdict.diffID?.description
        strategy = verdict.strategy
        layerBytes = verdict.streamLength
        outcome = verdict.isSound ? .sound : .damaged
        exact = verdict.isExact
        damages = verdict.damages.map(Damage.init)
        unchecked = verdict.unchecked
    }

    public var text: String {
        let count =
            damages.isEmpty ? "" : ", \(Figure.count(damages.count)) \(damages.count == 1 ? "damage" : "damages")"
        let stream = exact == true ? ", the stream is exact" : ""
        let head = "\(outcome.rawValue)  \(ref)\(diffID.map { "  \($0)" } ?? "")\(count)\(stream)"
        return ([head] + damages.map { "  \($0.text)" } + unchecked.map { "  not checked: \($0)" }).joined(
            separator: "\n")
    }
}

extension DamageReport.Damage {
    init(_ damage: LayerDamage) {
        part = damage.part.rawValue
        kind = damage.kind.rawValue
        holder = damage.holder.rawValue
        object = damage.object?.hex
        paths = damage.paths
        orphans = damage.orphans
        segment = damage.segment
        streamOffset = damage.streamOffset
        recipeOffset = damage.recipeOffset
        reason = damage.reason
    }

    /// The damage on one line.
    var text: String {
        let owner =
            switch LayerDamage.Holder(rawValue: holder) {
            case .orphans: "the orphans' "
            case .recipe: "the recipe's "
            default: ""
            }
        let name = part == LayerDamage.Part.directoryAttributes.rawValue ? "directory attributes" : part
        var text = "\(kind)  \(owner)\(name)"
        if let object { text += " \(object)" }
        if !paths.isEmpty { text += ": " + paths.joined(separator: ", ") }
        if !orphans.isEmpty { text += ": orphan " + orphans.map(String.init).joined(separator: ", ") }
        if let segment, let streamOffset { text += " (segment \(segment), at byte \(streamOffset) of the stream)" }
        return text + "; " + reason
    }
}

/// Counts what a verification of a repository found.
public struct DamageSummary: Sendable {
    private var (layers, damaged, damages) = (0, 0, 0)

    public init() {}

    public mutating func add(_ report: DamageReport) {
        layers += 1
        damages += report.damages.count
        if report.outcome == .damaged { damaged += 1 }
    }

    public var isEmpty: Bool { layers == 0 }
    public var hasDamage: Bool { damaged > 0 }

    /// - Parameter objects: how many were compared with their checksums; nil where none was.
    public func text(objects: Int?) -> String {
        let checked = objects.map { ", \(Figure.count($0)) objects compared with their checksums" } ?? ""
        return "\(layers - damaged) sound, \(damaged) damaged, \(Figure.count(damages)) damages in all\(checked)"
    }
}
