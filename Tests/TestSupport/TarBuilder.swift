public import Tar

/// Builds tar streams in memory, sound ones and broken ones, in a line per entry.
///
///     var tar = TarBuilder(dialect: .ustar)
///     tar.directory("usr/")
///     tar.file("usr/a", Array("hello".utf8)) { $0.userID = 1000 }
///     tar.end()
///     use(tar.bytes)
///
/// Every entry takes a closure that edits its header's fields before they are written; that is where sizes learn to
/// lie and checksums to be wrong. Paths that a header cannot hold go where the dialect puts them: the `prefix` and pax
/// records (`ustar`, `star`), an `L` header (`gnu`), nowhere (`v7`, which cuts them).
public struct TarBuilder: Sendable {
    /// The stream so far.
    public private(set) var bytes: [UInt8] = []
    /// The dialect of the headers that follow.
    public var dialect: Dialect
    /// The byte that fills the space between a payload's end and the next block.
    public var paddingByte: UInt8 = 0

    public init(dialect: Dialect = .ustar) {
        self.dialect = dialect
    }

    /// The stream that a closure builds, with an end marker behind it.
    public static func stream(dialect: Dialect = .ustar, _ build: (inout TarBuilder) -> Void) -> [UInt8] {
        var tar = TarBuilder(dialect: dialect)
        build(&tar)
        tar.end()
        return tar.bytes
    }

    // MARK: Entries

    public mutating func file(
        _ path: String, _ payload: [UInt8] = [], mode: UInt32 = 0o644, edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        entry("0", path, mode: mode, payload: payload, edit: edit)
    }

    public mutating func directory(
        _ path: String, mode: UInt32 = 0o755, edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        entry("5", path, mode: mode, edit: edit)
    }

    public mutating func hardLink(_ path: String, to target: String, edit: (inout HeaderFields) -> Void = { _ in }) {
        entry("1", path, target: target, mode: 0o644, edit: edit)
    }

    public mutating func symbolicLink(
        _ path: String, to target: String, edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        entry("2", path, target: target, mode: 0o777, edit: edit)
    }

    /// A device; `isBlock` tells which of the two kinds.
    public mutating func device(
        _ path: String, major: Int64, minor: Int64, isBlock: Bool = false,
        edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        entry(isBlock ? "4" : "3", path, mode: 0o600) {
            ($0.deviceMajor, $0.deviceMinor) = (major, minor)
            edit(&$0)
        }
    }

    public mutating func fifo(_ path: String, edit: (inout HeaderFields) -> Void = { _ in }) {
        entry("6", path, mode: 0o644, edit: edit)
    }

    /// An entry of any type flag.
    public mutating func entry(
        _ typeFlag: Unicode.Scalar, _ path: String, target: String = "", mode: UInt32 = 0o644, payload: [UInt8] = [],
        edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        var fields = HeaderFields(typeFlag: UInt8(ascii: typeFlag), path: path, dialect: dialect)
        (fields.mode, fields.linkName, fields.size) = (Int64(mode), Array(target.utf8), Int64(payload.count))
        edit(&fields)
        extend(&fields)
        header(fields)
        data(payload)
    }

    // MARK: Pieces

    /// One header block as its fields say.
    public mutating func header(_ fields: HeaderFields) {
        bytes += fields.block
    }

    /// A payload and its padding, without a header.
    public mutating func data(_ payload: [UInt8]) {
        bytes += payload
        while bytes.count % Header.blockSize != 0 { bytes.append(paddingByte) }
    }

    /// Bytes as they are.
    public mutating func raw(_ more: [UInt8]) {
        bytes += more
    }

    /// The end marker: so many zero blocks, and then as many as fill a record of `recordBlocks`.
    public mutating func end(blocks: Int = 2, recordBlocks: Int = 1) {
        bytes += [UInt8](repeating: 0, count: blocks * Header.blockSize)
        while bytes.count % (recordBlocks * Header.blockSize) != 0 { bytes.append(0) }
    }

    /// Cuts the stream after so many bytes.
    public mutating func truncate(to byteCount: Int) {
        bytes.removeLast(max(0, bytes.count - byteCount))
    }
}
