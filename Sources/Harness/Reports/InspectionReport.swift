internal import Digests
public import LayerStore
internal import Tar

/// A layer's inspection, for people and for scripts.
public struct InspectionReport: Codable, Sendable {
    public struct Share: Codable, Sendable {
        public var part: String
        public var bytes: UInt64
    }

    public var schemaVersion = LayerResult.currentSchemaVersion
    public var layer: String
    public var diffID: String
    public var layerBytes: UInt64
    public var entries: Int
    public var entriesByKind: [String: Int]
    public var entriesByDialect: [String: Int]
    public var entriesWithPaxRecords: Int
    public var entriesWithExtendedAttributes: Int
    public var distinctModificationTimes: Int
    public var order: String
    public var bytes: [Share]
    public var findingCount: Int
    public var findings: [FindingReport]

    public init(_ inspection: LayerInspection, layer: String) {
        self.layer = layer
        diffID = inspection.diffID.description
        layerBytes = inspection.byteCount
        entries = inspection.entryCount
        entriesByKind = inspection.entriesByKind
        entriesByDialect = Dictionary(
            uniqueKeysWithValues: inspection.entriesByDialect.map { ($0.key.rawValue, $0.value) })
        entriesWithPaxRecords = inspection.entriesWithPaxRecords
        entriesWithExtendedAttributes = inspection.entriesWithExtendedAttributes
        distinctModificationTimes = inspection.distinctModificationTimes
        order = inspection.order.rawValue
        let shares = inspection.bytes
        bytes = [
            Share(part: "payloads", bytes: shares.payloads), Share(part: "headers", bytes: shares.headers),
            Share(part: "extension headers", bytes: shares.extensions), Share(part: "padding", bytes: shares.padding),
            Share(part: "end marker", bytes: shares.end), Share(part: "opaque", bytes: shares.opaque),
        ]
        findingCount = inspection.findings.count
        findings = inspection.findings.first.map(FindingReport.init)
    }

    public var text: String {
        var lines = [
            "diff ID   \(diffID)",
            "layer     \(Figure.count(layerBytes)) bytes, \(Figure.count(entries)) entries",
        ]
        if entries > 0 {
            lines += [
                "dialect   \(counts(entriesByDialect)); with pax records \(Figure.count(entriesWithPaxRecords))",
                "entries   \(counts(entriesByKind))",
            ]
        }
        lines += [
            "order     \(order)",
            "times     \(Figure.count(distinctModificationTimes)) distinct",
            "xattrs    on \(Figure.count(entriesWithExtendedAttributes)) entries",
            "bytes",
        ]
        var table = Table(columns: [
            .init("  part"), .init("bytes", .right), .init("per entry", .right), .init("share", .right),
        ])
        for share in bytes {
            let percent = layerBytes == 0 ? "–" : Figure.percent(Double(share.bytes) / Double(layerBytes))
            table.append([
                "  " + share.part, Figure.count(share.bytes),
                Figure.bytesPerEntry(bytes: share.bytes, entries: entries), percent,
            ])
        }
        lines.append(String(table.terminalText().dropLast()))
        lines.append(findingCount == 0 ? "findings  none" : "findings  \(Figure.count(findingCount))")
        lines += FindingReport.lines(findings, of: findingCount)
        return lines.joined(separator: "\n")
    }

    private func counts(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \(Figure.count($0.value))" }
            .joined(separator: ", ")
    }
}
