internal import Digests
public import Tar

/// `columns`: headers told field by field, each field's column packed by its nature and then by zstd.
///
/// Format: `Documentation/formats/columns.md`.
public struct Columns: Encoding {
    public static let name = "columns"
    public static let isCompressed = true
    public static let summary = "headers by field, each column in zstd of its own [level=1…22, checksums=column|tree]"
    static let version: UInt8 = 1

    /// Where the checksums of payloads' objects are.
    public enum Checksums: String, CaseIterable, Sendable {
        /// In a column of their own, the last one.
        case column
        /// In the layer's tree, where that holds a payload at its entry's own path; or among the orphans. Others are in
        /// the column.
        case tree
    }

    /// Of zstd, for each column.
    public let level: Int
    public let checksums: Checksums
    private let wrapper: Zstd

    static let standardLevel = 19
    /// Shorter columns are as they are.
    private static let shortestPacked = 64

    public init(parameters: [String: String]) throws(StrategyError) {
        for key in parameters.keys.sorted() where key != "level" && key != "checksums" {
            throw StrategyError(.unknown, "columns:\(key)", "columns takes the parameters level and checksums")
        }
        let text = parameters["level"] ?? "\(Columns.standardLevel)"
        guard let level = Int(text), "\(level)" == text, let wrapper = try? Zstd(level: level) else {
            throw StrategyError(.unknown, "columns:level=\(text)", "levels are 1 to 22")
        }
        let place = parameters["checksums"] ?? Checksums.column.rawValue
        guard let checksums = Checksums(rawValue: place) else {
            throw StrategyError(
                .unknown, "columns:checksums=\(place)",
                "checksums are one of \(Checksums.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        (self.level, self.checksums, self.wrapper) = (level, checksums, wrapper)
    }

    public var description: String {
        var parameters: [String] = []
        if checksums != .column { parameters.append("checksums=\(checksums.rawValue)") }
        if level != Columns.standardLevel { parameters.append("level=\(level)") }
        return parameters.isEmpty ? Columns.name : "\(Columns.name):\(parameters.joined(separator: ","))"
    }

    public var usesTree: Bool { checksums == .tree }

    private func objects(_ layer: LayerContext) -> PackedObjects { usesTree ? .fromTree(layer) : .spelled }

    private var checksumsCode: UInt8 { checksums == .tree ? 1 : 0 }

    // MARK: Encoding

    public func encode(_ recipe: Recipe, against layer: LayerContext) throws(StrategyError) -> [UInt8] {
        try PackedToken.check(recipe, for: Columns.name)
        let columns = RecipePacker.pack(recipe, interleaved: false, objects: objects(layer))
        var bytes = [Columns.version, checksumsCode]
        bytes.append(number: recipe.streamLength)
        bytes.append(number: UInt64(recipe.literalByteCount))
        var bodies: [UInt8] = []
        for (field, column) in zip(PackedField.allCases, columns) {
            let packed = try pack(column, of: field)
            let isWrapped = packed.count < column.count
            let body = isWrapped ? packed : column
            bytes.append(number: UInt64(body.count) << 1 | (isWrapped ? 1 : 0))
            bodies.append(contentsOf: body)
        }
        return bytes + bodies
    }

    /// The column in zstd, or as it is where that cannot help: checksums do not compress, and short ones hardly.
    private func pack(_ column: [UInt8], of field: PackedField) throws(StrategyError) -> [UInt8] {
        field == .checksums || column.count < Columns.shortestPacked ? column : try wrapper.wrap(column)
    }

    // MARK: Decoding

    public func decode(_ bytes: ArraySlice<UInt8>, against layer: LayerContext) throws(StrategyError) -> Recipe {
        var head = try head(of: bytes)
        var unpacked: [UInt8] = []
        var counts: [Int] = []
        for column in head.columns {
            let body = try head.reader.take(column.byteCount)
            if column.isWrapped {
                let before = head.reader
                let content = try Columns.unwrap(
                    body, wrapper, room: Zstd.maximumUnwrappedBytes - UInt64(unpacked.count), before)
                unpacked.append(contentsOf: content)
                counts.append(content.count)
            } else {
                unpacked.append(contentsOf: body)
                counts.append(body.count)
            }
        }
        guard head.reader.isAtEnd else { throw head.reader.malformed("bytes follow the last column") }
        return try RecipeUnpacker.unpack(
            PackedFieldReader(unpacked[...], counts: counts, of: Columns.name), streamLength: head.streamLength,
            literalCount: head.literalCount, objects: objects(layer))
    }

    /// Unwraps a column that announces no more bytes than there is room for: all together are no more than one recipe's.
    private static func unwrap(
        _ body: ArraySlice<UInt8>, _ wrapper: Zstd, room: UInt64, _ reader: ByteReader
    ) throws(StrategyError) -> [UInt8] {
        var announcement = ByteReader(body.dropFirst(), of: Columns.name)
        guard try announcement.number() <= room else {
            throw reader.malformed("the columns announce more bytes than any recipe has")
        }
        return try wrapper.unwrap(body)
    }

    private struct Head {
        var streamLength: UInt64
        var literalCount: UInt64
        var columns: [(byteCount: UInt64, isWrapped: Bool)]
        /// Before the columns' bytes.
        var reader: ByteReader
    }

    private func head(of bytes: ArraySlice<UInt8>) throws(StrategyError) -> Head {
        var reader = ByteReader(bytes, of: Columns.name)
        try reader.version(Columns.version)
        guard try reader.byte() == checksumsCode else {
            throw reader.malformed("the checksums are elsewhere than the strategy '\(description)' says")
        }
        let streamLength = try reader.number()
        let literalCount = try reader.number()
        var columns: [(byteCount: UInt64, isWrapped: Bool)] = []
        for _ in PackedField.allCases {
            let tag = try reader.number()
            columns.append((tag >> 1, tag & 1 == 1))
        }
        return Head(streamLength: streamLength, literalCount: literalCount, columns: columns, reader: reader)
    }

    public func streams(
        of bytes: ArraySlice<UInt8>, against layer: LayerContext
    ) throws(StrategyError) -> [RecipeStream] {
        let head = try head(of: bytes)
        var streams = [RecipeStream(name: "head", byteCount: head.reader.offset)]
        var reader = head.reader
        for (field, column) in zip(PackedField.allCases, head.columns) {
            streams.append(RecipeStream(name: field.name, byteCount: try reader.take(column.byteCount).count))
        }
        guard reader.isAtEnd else { throw reader.malformed("bytes follow the last column") }
        return streams
    }
}
