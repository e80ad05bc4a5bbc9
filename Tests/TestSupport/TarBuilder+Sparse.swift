public import Tar

/// GNU's pax forms of sparse files.
extension TarBuilder {
    /// A sparse file in a pax form, as GNU tar's `--format=posix --sparse --sparse-version=…` writes it.
    public mutating func paxSparseFile(
        _ path: String, _ form: SparseFile.Form, parts: [(offset: Int64, bytes: [UInt8])], realSize: Int64,
        edit: (inout HeaderFields) -> Void = { _ in }
    ) {
        let (data, size) = (parts.flatMap(\.bytes), String(realSize))
        let numbers = parts.flatMap { [String($0.offset), String($0.bytes.count)] }
        let common = TarBuilder.record("GNU.sparse.size", Array(size.utf8))
        func record(_ key: String, _ value: String) -> [UInt8] {
            TarBuilder.record("GNU.sparse." + key, Array(value.utf8))
        }
        switch form {
        case .old, .unknown:
            return sparseFile(path, parts: parts, realSize: realSize, edit: edit)
        case .pax00:
            let pairs = numbers.enumerated().flatMap { record($0.offset % 2 == 0 ? "offset" : "numbytes", $0.element) }
            pax(records: common + record("numblocks", String(parts.count)) + pairs)
            file(path, data, edit: edit)
        case .pax01:
            pax(
                records: common + record("numblocks", String(parts.count)) + record("name", path)
                    + record("map", numbers.joined(separator: ",")))
            file("GNUSparseFile.0/" + path, data, edit: edit)
        case .pax10:
            pax(records: record("major", "1") + record("minor", "0") + record("name", path) + record("realsize", size))
            var map = Array(([String(parts.count)] + numbers).map { $0 + "\n" }.joined().utf8)
            while map.count % Header.blockSize != 0 { map.append(0) }
            file("GNUSparseFile.0/" + path, map + data, edit: edit)
        }
    }
}
