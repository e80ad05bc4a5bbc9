/// What can be said of a stream that none of our compressors writes.
struct ForeignWriter {
    let outline: DeflateOutline
    let header: GzipHeader
    let layout: BlockLayoutEvidence

    /// In brackets behind the reason, or empty.
    var remark: String { clue.map { " (\($0))" } ?? "" }

    private var clue: String? {
        let isGo = header.system == 255
        if layout.hasEmptyBlocks, !layout.isIrregular {
            let interval = ForeignWriter.grouped(layout.interval)
            return "an empty stored block every \(interval) bytes: "
                + (isGo ? "a parallel gzip by Go" : "block-parallel")
        }
        let coded = outline.blocks.filter { !$0.isLast && $0.kind != .stored }
        if !coded.isEmpty, coded.allSatisfy({ $0.tokenCount == 16384 }) {
            return "blocks of 16,384 symbols: Go's compress/gzip"
        }
        let full = outline.blocks.dropLast()
        if !full.isEmpty, full.allSatisfy({ $0.byteCount == 65535 }) {
            return "blocks of 65,535 bytes: \(isGo ? "Go" : "Go, or a fast level of another compressor")"
        }
        if let last = outline.blocks.last, last.isLast, last.kind == .stored, last.byteCount == 0, isGo {
            return "it ends in an empty stored block: Go"
        }
        return nil
    }

    private static func grouped(_ number: Int) -> String {
        var (rest, text) = (number, "")
        while rest >= 1000 {
            let group = String(rest % 1000)
            text = "," + String(repeating: "0", count: 3 - group.count) + group + text
            rest /= 1000
        }
        return String(rest) + text
    }
}
