import Tar

/// Streams with a flaw, most of them seen in the wild.
extension TarSample {
    static let broken: [TarSample] = [
        TarSample("empty stream", []),
        TarSample("one byte", [0x75]),
        TarSample("zeros", [UInt8](repeating: 0, count: 5000)),
        TarSample("no tar at all", Array(repeating: Array("no tar, just words. ".utf8), count: 90).flatMap { $0 }),
        sample("no end", endBlocks: 0) { $0.file("a", [1]) },
        sample("half an end", endBlocks: 1) { $0.file("a", [1]) },
        sample("lone zero block") {
            $0.file("a", [1])
            $0.end(blocks: 1)
            $0.file("b", [2])
        },
        sample("concatenated") {
            $0.file("a", [1])
            $0.end()
            $0.file("b", [2])
        },
        TarSample("trailing words", TarBuilder.stream { $0.file("a", [1]) } + Array("more".utf8)),
        sample("wrong checksum") {
            $0.file("a", [1])
            $0.file("b", [2]) { $0.checksum = .wrong }
            $0.file("c", [3])
        },
        sample("signed checksum") { $0.file("\u{fc}", [1]) { $0.checksum = .signed } },
        sample("path that is not UTF-8") { $0.file("", [1]) { $0.path = [0xff, 0xfe, UInt8(ascii: "/"), 0x80] } },
        sample("padding with bytes") {
            $0.paddingByte = 0xaa
            $0.file("a", [1])
            $0.pax(["path": "b"])
            $0.file("x", [2])
        },
        sample("size beyond the end") { $0.file("a", [1, 2, 3]) { $0.size = 1_000_000 } },
        sample("greatest size") { $0.file("a", [1, 2, 3]) { $0.size = .max } },
        sample("greatest pax size") {
            $0.pax(["size": String(UInt64.max)])
            $0.file("a", [1, 2, 3])
        },
        sample("pax size too great for 64 bits") {
            $0.pax(["size": "99999999999999999999"])
            $0.file("a", [1, 2, 3])
        },
        sample("negative size") { $0.file("a", [1, 2, 3]) { $0.size = -1 } },
        sample("greatest extension size") { $0.entry("x", "a", payload: [1]) { $0.size = .max } },
        sample("sizes on entries without payload") {
            $0.directory("d/") { $0.size = 5000 }
            $0.symbolicLink("s", to: "d") { $0.size = 77 }
            $0.hardLink("h", to: "d") { $0.size = 77 }
        },
        sample("malformed pax records") {
            $0.pax(records: Array("11 path=b\n9 nonsense\n".utf8))
            $0.file("a", [1])
        },
        sample("pax records with greatest length") {
            $0.pax(records: Array("18446744073709551615 path=b\n".utf8))
            $0.file("a", [1])
        },
        sample("oversized extension") {
            $0.pax(["comment": String(repeating: "c", count: (1 << 20) + 100)])
            $0.file("a", [1])
        },
        sample("extensions before nothing") {
            $0.pax(["path": "b"])
            $0.longName(Array("c".utf8))
        },
        sample("unknown type with payload") { $0.entry("D", "dump", payload: Array("Yname\0\0".utf8)) },
        sample("names that fill their fields") {
            $0.file(String(repeating: "f", count: 100)) { $0.userName = [UInt8](repeating: 117, count: 32) }
            $0.symbolicLink("s", to: String(repeating: "t", count: 100))
        },
    ]

    private static func sample(
        _ name: String, endBlocks: Int = 2, _ build: (inout TarBuilder) -> Void
    ) -> TarSample {
        var tar = TarBuilder()
        build(&tar)
        tar.end(blocks: endBlocks)
        return TarSample(name, tar.bytes)
    }
}
