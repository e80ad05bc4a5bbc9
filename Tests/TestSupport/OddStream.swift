public import Tar

/// A stream with something odd in it, and what a good reader understands of it.
public struct OddStream: Sendable, CustomStringConvertible {
    public let description: String
    public let bytes: [UInt8]
    /// The entries' paths, in order.
    public let paths: [String]
    /// The entries' payload sizes, in order.
    public let sizes: [UInt64]
    /// What the splitter finds, in order.
    public let findings: [Finding.Kind]

    init(
        _ name: String, _ paths: [String], sizes: [UInt64], _ findings: [Finding.Kind], dialect: Dialect = .ustar,
        endBlocks: Int = 2, _ build: (inout TarBuilder) -> Void
    ) {
        description = name
        (self.paths, self.sizes, self.findings) = (paths, sizes, findings)
        var tar = TarBuilder(dialect: dialect)
        build(&tar)
        tar.end(blocks: endBlocks)
        bytes = tar.bytes
    }

    public static let all = structure + members + sparse

    /// Where headers, payloads, padding and the end are not where they should be.
    static let structure: [OddStream] = [
        OddStream("zero block in the middle", ["a", "b"], sizes: [1, 1], [.zeroBlock]) {
            $0.file("a", [1])
            $0.end(blocks: 1)
            $0.file("b", [2])
        },
        OddStream("second archive", ["a"], sizes: [1], [.secondArchive]) {
            $0.file("a", [1])
            $0.end(recordBlocks: 20)
            $0.file("b", [2])
        },
        OddStream("gzip data after the end", ["a"], sizes: [1], [.trailingData]) {
            $0.file("a", [1])
            $0.end()
            $0.raw([0x1f, 0x8b, 8, 0, 1, 2, 3])
        },
        OddStream("damaged header between two", ["a", "c"], sizes: [1, 600], [.unreadableHeader]) {
            $0.file("a", [1])
            $0.file("b", [2]) { $0.checksum = .wrong }
            $0.file("c", [UInt8](repeating: 3, count: 600))
        },
        OddStream("damaged header behind its pax records", ["a", "c"], sizes: [1, 1], [.unreadableHeader]) {
            $0.file("a", [1])
            $0.pax(["path": "another", "size": "400"])
            $0.file("b", [2]) { $0.checksum = .wrong }
            $0.file("c", [3])
        },
        OddStream("words between two members", ["a", "b"], sizes: [1, 1], [.unreadableHeader]) {
            $0.file("a", [1])
            $0.data(Array(repeating: Array("words ".utf8), count: 400).flatMap { $0 })
            $0.file("b", [2])
        },
        OddStream("words with zero blocks between two members", ["a", "b"], sizes: [1, 1], [.unreadableHeader]) {
            $0.file("a", [1])
            $0.data([7])
            $0.end(blocks: 1)
            $0.data([8])
            $0.file("b", [2])
        },
        OddStream("an end behind a damaged header", ["a"], sizes: [1], [.unreadableHeader, .secondArchive]) {
            $0.file("a", [1])
            $0.file("b", [2]) { $0.checksum = .wrong }
            $0.end()
            $0.file("c", [3])
        },
        OddStream("padding that is not zero", ["a", "b"], sizes: [1, 2], [.paddingNotZero, .paddingNotZero]) {
            $0.paddingByte = 0xaa
            $0.file("a", [1])
            $0.file("b", [2, 2])
        },
        OddStream("one block of end", ["a"], sizes: [1], [.missingEnd], endBlocks: 1) { $0.file("a", [1]) },
        OddStream("no end at all", ["a"], sizes: [1], [.missingEnd], endBlocks: 0) { $0.file("a", [1]) },
    ]

    /// Members whose fields, kinds or records are unusual.
    static let members: [OddStream] = [
        OddStream("hard link with its data", ["a", "h", "b"], sizes: [3, 3, 1], [.unexpectedSize]) {
            $0.file("a", [1, 2, 3])
            $0.entry("1", "h", target: "a", payload: [1, 2, 3])
            $0.file("b", [4])
        },
        OddStream(
            "sizes without payloads", ["d/", "s", "h", "a"], sizes: [0, 0, 0, 1],
            [.unexpectedSize, .unexpectedSize, .unexpectedSize]
        ) {
            $0.directory("d/") { $0.size = 4096 }
            $0.symbolicLink("s", to: "d") { $0.size = 7 }
            $0.hardLink("h", to: "a") { $0.size = 1 << 40 }
            $0.file("a", [1])
        },
        OddStream(
            "directory and link with payloads", ["d/", "s", "a"], sizes: [700, 5, 1],
            [.unexpectedSize, .unexpectedSize]
        ) {
            $0.entry("5", "d/", payload: [UInt8](repeating: 9, count: 700))
            $0.entry("2", "s", target: "d", payload: [1, 2, 3, 4, 5])
            $0.file("a", [1])
        },
        OddStream("size of a last link", ["h"], sizes: [0], [.unexpectedSize, .missingEnd], endBlocks: 0) {
            $0.hardLink("h", to: "a") { $0.size = 12 }
        },
        OddStream("old directory with a size", ["d/", "d/a"], sizes: [0, 1], [.unexpectedSize], dialect: .v7) {
            $0.entry("\0", "d/") { $0.size = 512 }
            $0.file("d/a", [1])
        },
        OddStream("pax numbers that are none", ["a", "b"], sizes: [1, 1], [.unreadableNumber]) {
            $0.pax(["uid": "5000000000", "gid": "-1", "size": "abc", "mtime": "tomorrow"])
            $0.file("a", [1])
            $0.pax(["uid": "5", "mtime": "7"])
            $0.file("b", [1]) { $0.overlay = [108: Array("root".utf8), 136: Array("yesterday".utf8)] }
        },
        OddStream("global sparse records", ["a", "d/"], sizes: [1, 0], []) {
            $0.globalPax(["GNU.sparse.name": "every", "GNU.sparse.major": "1"])
            $0.file("a", [1])
            $0.directory("d/")
        },
        OddStream(
            "two oversized extensions", ["c"], sizes: [1], [.badExtension, .unreadableHeader, .badExtension]
        ) { tar in
            for name in ["b", "c"] {
                tar.pax(["comment": String(repeating: "c", count: 1 << 20)])
                tar.file(name, [1]) { $0.checksum = name == "b" ? .wrong : .right }
            }
        },
        OddStream("pax size over the header's", ["a", "b"], sizes: [600, 0], []) {
            $0.pax(["size": "600"])
            $0.file("a", [UInt8](repeating: 1, count: 600)) { $0.size = 3 }
            $0.pax(["size": "0"])
            $0.file("b") { $0.size = 5 }
        },
        OddStream("base 256", ["a"], sizes: [3], [], dialect: .gnu) {
            $0.file("a", [1, 2, 3]) { ($0.usesBase256, $0.modificationTime) = (true, -5) }
        },
        OddStream("negative owner", ["a"], sizes: [1], [.unreadableNumber], dialect: .gnu) {
            $0.file("a", [1]) { $0.userID = -2 }
        },
        OddStream(
            "numbers that are none", ["a"], sizes: [1], [.unreadableNumber, .unreadableNumber, .unreadableNumber]
        ) {
            $0.file("a", [1]) {
                $0.overlay = [100: Array("rw-r--r".utf8), 108: Array("root".utf8), 136: Array("yesterday".utf8)]
            }
        },
        OddStream("negative size", ["b"], sizes: [1], [.unreadableHeader]) {
            $0.file("a") { $0.size = -512 }
            $0.file("b", [1])
        },
        OddStream("GNU incremental", ["d/", "d/a"], sizes: [7, 1], [.unusualType], dialect: .gnu) {
            $0.entry("D", "d/", payload: Array("Ya\0Nb\0\0".utf8))
            $0.file("d/a", [1])
        },
        OddStream(
            "GNU volume", ["label", "rest", "a"], sizes: [0, 9, 1], [.unusualType, .unusualType], dialect: .gnu
        ) {
            $0.entry("V", "label")
            $0.entry("M", "rest", payload: [UInt8](repeating: 5, count: 9)) {
                $0.overlay = [369: HeaderFields.number(4096, width: 12), 483: HeaderFields.number(4105, width: 12)]
            }
            $0.file("a", [1])
        },
        OddStream("Solaris extensions", ["b", "acl", "c"], sizes: [1, 5, 1], [.unusualType]) {
            $0.pax(records: TarBuilder.record("path", Array("b".utf8)), typeFlag: "X")
            $0.file("a", [1])
            $0.entry("A", "acl", payload: Array("user:".utf8))
            $0.file("c", [1])
        },
        OddStream(
            "star's inodes", ["i", "a"], sizes: [0, 1], [.unusualType, .unexpectedSize], dialect: .star
        ) {
            $0.entry("I", "i") { $0.size = 5000 }
            $0.file("a", [1])
        },
        OddStream("names that are not UTF-8", ["\u{fffd}", "s"], sizes: [1, 0], [.unusualName, .unusualName]) {
            $0.file("x", [1]) { $0.path = [0xff] }
            $0.symbolicLink("s", to: "x") { $0.linkName = [0xc3, 0x28] }
        },
        OddStream("name with a NUL", ["a\0b"], sizes: [1], [.unusualName]) {
            $0.pax(["path": "a\0b"])
            $0.file("x", [1])
        },
        OddStream("pax records with a wrong length", ["b"], sizes: [1], [.badExtension]) {
            $0.pax(records: TarBuilder.record("path", Array("b".utf8)) + Array("99 uid=1\n".utf8))
            $0.file("a", [1])
        },
        OddStream("checksum over signed bytes", ["\u{fc}"], sizes: [1], []) {
            $0.file("\u{fc}", [1]) { $0.checksum = .signed }
        },
        OddStream("repeated paths", ["a", "./a", "a/", ".//a"], sizes: [1, 2, 0, 1], []) {
            $0.file("a", [1])
            $0.file("./a", [1, 2])
            $0.directory("a/")
            $0.file(".//a", [1])
        },
    ]

    /// Sparse files in every form, sound and not.
    static let sparse: [OddStream] =
        [SparseFile.Form.old, .pax00, .pax01, .pax10].flatMap { form in
            let map: UInt64 = form == .pax10 ? 512 : 0
            let many = (0..<60).map { (offset: Int64($0) * 8192, bytes: [UInt8($0), 1]) }
            return [
                OddStream(
                    "sparse file, \(form.rawValue)", ["s", "after"], sizes: [map + 5, 1], [.sparseFile], dialect: .gnu
                ) {
                    $0.paxSparseFile("s", form, parts: [(4096, [1, 2, 3]), (8192, [4, 5])], realSize: 10_000)
                    $0.file("after", [1])
                },
                OddStream("sparse file of nothing, \(form.rawValue)", ["s"], sizes: [map], [.sparseFile], dialect: .gnu)
                {
                    $0.paxSparseFile("s", form, parts: [], realSize: 70_000)
                },
                OddStream(
                    "sparse file of many parts, \(form.rawValue)", ["s"], sizes: [(map == 0 ? 0 : 1024) + 120],
                    [.sparseFile], dialect: .gnu
                ) {
                    $0.paxSparseFile("s", form, parts: many, realSize: 500_000)
                },
                OddStream(
                    "sparse file with an impossible map, \(form.rawValue)", ["s", "after"], sizes: [map + 5, 1],
                    form == .pax10 ? [.sparseFile] : [.sparseFile, .badSparseMap], dialect: .gnu
                ) {
                    $0.paxSparseFile("s", form, parts: [(8192, [1, 2, 3]), (4096, [4, 5])], realSize: 10_000)
                    $0.file("after", [1])
                },
            ]
        } + [
            OddStream("sparse file of an unknown version", ["s"], sizes: [1], [.sparseFile, .badSparseMap]) {
                $0.pax(["GNU.sparse.major": "7", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"])
                $0.file("s", [1])
            },
            OddStream("sparse file of 8 EiB", ["s"], sizes: [1], [.sparseFile], dialect: .gnu) {
                $0.sparseFile("s", parts: [(0, [1])], realSize: .max)
            },
        ]
}
