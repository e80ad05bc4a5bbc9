import Tar

/// A small tar stream with a name: one of each form that layers come in, and of each flaw.
public struct TarSample: Sendable, CustomStringConvertible {
    public let name: String
    public let bytes: [UInt8]

    public var description: String { name }

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Sound streams, broken ones, and those of `OddStream`; each stream once.
    public static let all: [TarSample] = {
        var seen: Set<[UInt8]> = []
        let odd = OddStream.all.map { TarSample("odd: \($0)", $0.bytes) }
        return (sound + broken + odd).filter { seen.insert($0.bytes).inserted }
    }()

    /// One of every kind of entry, small enough to be cut at each byte.
    public static let rich = TarSample(
        "rich",
        TarBuilder.stream { tar in
            tar.globalPax(["comment": "everything"])
            tar.directory("usr/")
            tar.file("usr/a", Array("hello".utf8)) { ($0.userID, $0.modificationTime) = (1000, 1_700_000_000) }
            tar.extendedAttribute("user.note", [1, 0, 255])
            tar.file("usr/b", [UInt8](repeating: 7, count: 600))
            tar.hardLink("usr/c", to: "usr/a")
            tar.symbolicLink("usr/d", to: "a")
            tar.dialect = .gnu
            tar.file(long("usr/", 120), Array("long".utf8))
            tar.sparseFile("usr/s", parts: (0..<6).map { (Int64($0) * 4096, [UInt8($0)]) }, realSize: 24576)
        })

    static let sound: [TarSample] = [
        rich,
        TarSample("v7", everyKind(.v7)),
        TarSample("ustar", everyKind(.ustar)),
        TarSample("gnu", everyKind(.gnu)),
        TarSample("star", everyKind(.star)),
        TarSample("no entries", TarBuilder.stream { _ in }),
        TarSample(
            "pax size and long names",
            TarBuilder.stream {
                $0.pax(["size": "700", "path": long("p/", 300), "mtime": "-1.5", "uid": "4000000000"])
                $0.file("short", [UInt8](repeating: 1, count: 700)) { $0.size = 0 }
                $0.symbolicLink(long("l/", 300), to: long("t/", 300))
            }),
        TarSample(
            "base 256",
            TarBuilder.stream(dialect: .gnu) {
                $0.file("a", [1, 2, 3]) { ($0.usesBase256, $0.modificationTime, $0.userID) = (true, -5, 1 << 30) }
            }),
        TarSample(
            "record of 20 blocks",
            {
                var tar = TarBuilder(dialect: .gnu)
                tar.file("a", [1])
                tar.end(recordBlocks: 20)
                return tar.bytes
            }()),
        TarSample(
            "duplicates",
            TarBuilder.stream { tar in
                for byte in UInt8(0)..<4 { tar.file("same", [byte, byte]) }
            }),
    ]

    static func everyKind(_ dialect: Dialect) -> [UInt8] {
        TarBuilder.stream(dialect: dialect) { tar in
            tar.directory("etc/") { $0.modificationTime = 1_600_000_000 }
            tar.file("etc/empty")
            tar.file("etc/file", Array("text\n".utf8), mode: 0o4755) {
                ($0.userID, $0.groupID) = (1000, 100)
                ($0.userName, $0.groupName) = (Array("user".utf8), Array("users".utf8))
            }
            tar.file("etc/block", [UInt8](repeating: 9, count: 512))
            tar.file(long("etc/", 150), [1, 2, 3])
            tar.hardLink("etc/hard", to: "etc/file")
            tar.symbolicLink("etc/soft", to: "file")
            tar.device("etc/null", major: 1, minor: 3)
            tar.device("etc/disk", major: 8, minor: 0, isBlock: true)
            tar.fifo("etc/pipe")
        }
    }

    /// A path of so many bytes below a directory, with slashes every now and then and none at its end.
    public static func long(_ start: String, _ byteCount: Int) -> String {
        var path = start
        while path.utf8.count < byteCount {
            path += path.utf8.count % 50 == 49 && path.utf8.count + 1 < byteCount ? "/" : "n"
        }
        return path
    }
}
