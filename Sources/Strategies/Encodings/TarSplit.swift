internal import Digests
public import Tar

/// `tarsplit`: tar-split's own file, as docker and podman keep it: gzip around lines of JSON.
///
/// What is written is what `tar-split disasm` writes, and `tar-split asm` makes the layer of it; a layer that the two
/// cannot take there and back is an error of kind `cannot`. What is read may be by any writer of the format.
/// Format: `Documentation/formats/tarsplit.md`.
public struct TarSplit: Encoding {
    public static let name = "tarsplit"
    public static let summary = "tar-split's own file, for comparison: gzip around JSON, readable by tar-split asm"
    public static let isCompressed = true
    /// zlib's default, and that of Go, with which tar-split is written.
    static let standardLevel = 6
    /// No file is longer than this many bytes when inflated.
    static let maximumInflatedBytes: UInt64 = 4 << 30
    /// No line is longer. One holds up to 1 MiB of what follows an archive, or a header with its extension headers.
    static let maximumLineBytes = 64 << 20

    private let level: Int

    public init() { level = TarSplit.standardLevel }

    public init(parameters: [String: String]) throws(StrategyError) {
        if let key = parameters.keys.filter({ $0 != "level" }).min() {
            throw StrategyError(.unknown, "tarsplit:\(key)", "tarsplit takes no parameter but 'level'")
        }
        guard let text = parameters["level"] else {
            level = TarSplit.standardLevel
            return
        }
        guard let level = Int(text), (1...9).contains(level) else {
            throw StrategyError(.unknown, "tarsplit:level=\(text)", "gzip has the levels 1 to 9")
        }
        self.level = level
    }

    public var description: String { level == TarSplit.standardLevel ? TarSplit.name : "tarsplit:level=\(level)" }
    public var usesTree: Bool { true }
    public var requiredDigests: Set<PayloadDigest> { [.crc64] }

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        let gzip = try GzipWriter(level: level)
        var lines = TarSplitWriter()
        var walk = TarSplitWalk(recipe)
        while let element = try walk.next() {
            switch element {
            case .segment(let range): lines.append(segment: walk.literals[range])
            case .file(let name, nil): lines.append(file: name, payload: nil)
            case .file(let name, let payload?):
                lines.append(file: name, payload: (payload.byteCount, try crc(of: payload, in: layer)))
            }
            if lines.bytes.count >= 1 << 17 {
                gzip.append(lines.bytes[...])
                lines.removeBytes()
            }
        }
        gzip.append(lines.bytes[...])
        return gzip.finish()
    }

    /// Where payloads are that `decode` would look for elsewhere.
    public func attachment(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        var finder = TarSplitFinder(layer)
        var exceptions = TarSplitExceptions()
        var walk = TarSplitWalk(recipe)
        while let element = try walk.next() {
            guard case .file(let name, let payload?) = element else { continue }
            let file = TarSplitFinder.File(
                name: name, byteCount: payload.byteCount, crc: try crc(of: payload, in: layer))
            exceptions.note(payload.object, isExpected: finder.find(file) == payload.object, among: finder)
            finder.take(payload.object, for: file)
        }
        return exceptions.bytes
    }

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        let gzip = try GzipReader(bytes, of: TarSplit.name, limit: TarSplit.maximumInflatedBytes)
        var finder = TarSplitFinder(layer)
        var exceptions = try TarSplitExceptions(layer.attachment[...], orphans: layer.orphans)
        var recipe = Recipe()
        var segment: [UInt8] = []
        var pending: [UInt8] = []
        while let chunk = try gzip.next() {
            var rest = chunk
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let isWhole = pending.isEmpty
                if !isWhole { pending += rest[..<end] }
                try add(
                    isWhole ? rest[..<end] : pending[...], to: &recipe, &segment, &finder, &exceptions, gzip)
                pending.removeAll(keepingCapacity: true)
                rest = rest[(end + 1)...]
            }
            pending += rest
            guard pending.count <= TarSplit.maximumLineBytes else { throw gzip.malformed("a line is too long") }
        }
        if !pending.isEmpty { try add(pending[...], to: &recipe, &segment, &finder, &exceptions, gzip) }
        guard exceptions.isAtEnd else { throw gzip.malformed("the attachment names more payloads than there are") }
        return recipe
    }

    private func add(
        _ text: ArraySlice<UInt8>, to recipe: inout Recipe, _ segment: inout [UInt8], _ finder: inout TarSplitFinder,
        _ exceptions: inout TarSplitExceptions, _ gzip: GzipReader
    ) throws(StrategyError) {
        let line: TarSplitLine
        do { line = try TarSplitLine(text) } catch { throw gzip.malformed("a line is malformed: \(error.reason)") }
        segment.removeAll(keepingCapacity: true)
        guard line.kind == .segment || line.byteCount > 0 else { return }
        guard segment.append(decodingBase64: line.payload) else { throw gzip.malformed("a payload is not base64") }
        guard line.kind == .file else { return recipe.append(literal: segment[...]) }
        guard segment.count == 8, line.byteCount <= UInt64(Int64.max) - min(recipe.streamLength, UInt64(Int64.max))
        else { throw gzip.malformed("the CRC has not 8 bytes, or the stream is longer than any") }
        let file = TarSplitFinder.File(name: line.name, byteCount: line.byteCount, crc: segment)
        guard let object = try exceptions.next() ?? finder.find(file) else {
            throw gzip.malformed("the layer's commit does not hold '\(quote(line.name))'")
        }
        finder.take(object, for: file)
        recipe.append(Recipe.Payload(byteCount: line.byteCount, object: object))
    }

    private func crc(of payload: Recipe.Payload, in layer: LayerContext) throws(StrategyError) -> [UInt8] {
        guard let crc = layer.payloadDigests[payload.object]?[.crc64] else {
            throw StrategyError(.cannot, TarSplit.name, "the CRC-64 of object \(payload.object.hex) is not known")
        }
        return crc
    }
}
