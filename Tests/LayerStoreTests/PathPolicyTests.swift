import Strategies
import LayerStore
import TestSupport
import Testing

@Suite struct PathPolicyTests {
    /// A path, and where the three policies put it: nil for dropped.
    private static let table: [(path: String, strict: String?, standard: String?, identity: String)] = [
        ("usr/bin/sh", "usr/bin/sh", "usr/bin/sh", "usr/bin/sh"),
        ("./usr/bin/sh", "usr/bin/sh", "usr/bin/sh", "usr/bin/sh"),
        ("/usr//bin/./sh/", "usr/bin/sh", "usr/bin/sh", "usr/bin/sh"),
        ("usr", "usr", "usr", "usr"),
        ("etc", "usr/etc", "usr/etc", "etc"),
        ("etc/passwd", "usr/etc/passwd", "usr/etc/passwd", "etc/passwd"),
        ("etc/etc/var", "usr/etc/etc/var", "usr/etc/etc/var", "etc/etc/var"),
        ("etcetera", nil, "etcetera", "etcetera"),
        ("var", "usr/share/factory/var", "usr/share/factory/var", "var"),
        ("var/lib/x", "usr/share/factory/var/lib/x", "usr/share/factory/var/lib/x", "var/lib/x"),
        ("opt/x", nil, "opt/x", "opt/x"), ("bin", nil, "bin", "bin"), ("file", nil, "file", "file"),
        ("run", "run", "run", "run"), ("run/lock", nil, nil, "run/lock"),
        ("tmp/", "tmp", "tmp", "tmp"), ("tmp/x", nil, nil, "tmp/x"),
        ("proc", "proc", "proc", "proc"), ("proc/1", nil, nil, "proc/1"),
        ("sys", "sys", "sys", "sys"), ("sys/x/y", nil, nil, "sys/x/y"),
        ("dev", "dev", "dev", "dev"), ("dev/null", nil, nil, "dev/null"),
        (".", "", "", ""), ("/", "", "", ""), ("./", "", "", ""), ("", "", "", ""),
        ("usr/ü", "usr/ü", "usr/ü", "usr/ü"), ("usr/...", "usr/...", "usr/...", "usr/..."),
        (".wh.x", nil, ".wh.x", ".wh.x"),
    ]

    @Test(arguments: table.indices) func pathsGoWhereThePolicySays(_ index: Int) {
        let row = Self.table[index]
        #expect(PathPolicy.ostreeExt.place(Array(row.path.utf8)) == placement(row.strict), "\(row.path)")
        #expect(PathPolicy.allowNonUsr.place(Array(row.path.utf8)) == placement(row.standard), "\(row.path)")
        #expect(PathPolicy.identity.place(Array(row.path.utf8)) == placement(row.identity), "\(row.path)")
    }

    @Test(arguments: PathPolicy.allCases) func whatNoTreeHoldsIsUnrepresentable(_ policy: PathPolicy) {
        let paths: [[UInt8]] = [
            Array("..".utf8), Array("usr/../etc".utf8), Array("/..".utf8), Array("usr/..".utf8), [0xff],
            Array("usr/".utf8) + [0xc3, 0x28], Array("usr/a\0b".utf8), [UInt8](repeating: 0x61, count: 4096),
        ]
        for path in paths {
            guard case .unrepresentable(let reason) = policy.place(path) else {
                Issue.record("\(String(decoding: path.prefix(40), as: UTF8.self)) was placed")
                continue
            }
            #expect(!reason.isEmpty)
        }
        let longest = Array(repeating: "nnnnnnn/", count: 511).joined()
        #expect(policy.place(Array(longest.utf8)) != .unrepresentable("the path is too long"))
    }

    @Test func namesAreThoseOfTheCommandLine() {
        #expect(PathPolicy.allCases.map(\.rawValue) == ["ostree-ext", "ostree-ext:allow-nonusr", "identity"])
        #expect(PathPolicy.standard == .allowNonUsr)
    }

    private func placement(_ path: String?) -> PathPolicy.Placement {
        guard let path else { return .dropped }
        return .path(path.split(separator: "/").map { Array($0.utf8) })
    }
}
