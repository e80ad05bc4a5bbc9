import Strategies
import TestSupport
import Testing

/// Layers, the lowest first, each for one thing that merging has to do.
struct MergeSample: CustomTestStringConvertible, Sendable {
    var name: String
    var layers: [[UInt8]]
    /// Paths of the merged tree under the standard policy that tell whether it was done, and whether something is there.
    var tells: [String: Bool]
    var policies: [PathPolicy] = [.allowNonUsr, .identity]

    var testDescription: String { name }

    init(_ name: String, _ tells: [String: Bool], _ layers: (inout TarBuilder) -> Void...) {
        (self.name, self.tells) = (name, tells)
        self.layers = layers.map { TarBuilder.stream($0) }
    }

    static let all = replacements + whiteoutsByAnyPolicy + links + folders

    /// `ostree-ext` leaves toplevels out before anything is merged, their whiteouts too.
    private static let whiteoutsByAnyPolicy = whiteouts.map { sample in
        var sample = sample
        sample.policies.append(.ostreeExt)
        return sample
    }

    private static func base(_ tar: inout TarBuilder) {
        tar.directory("etc/")
        tar.directory("usr/")
        tar.directory("usr/bin/")
        tar.directory("var/")
        tar.directory("var/lib/")
        tar.file("etc/passwd", Array("root".utf8))
        tar.file("usr/bin/tool", Array("tool".utf8), mode: 0o755)
        tar.file("usr/bin/other", Array("other".utf8), mode: 0o755)
        tar.file("var/lib/state", Array("state".utf8))
    }

    private static let replacements = [
        MergeSample(
            "a file replaces a file", ["usr/a": true], { $0.file("usr/a", [1]) }, { $0.file("usr/a", [2], mode: 0o600) }
        ),
        MergeSample(
            "a file replaces a folder", ["usr/a": true, "usr/a/b": false],
            { tar in
                tar.directory("usr/a/")
                tar.file("usr/a/b", [1])
            }, { $0.file("usr/a", [2]) }),
        MergeSample(
            "a folder replaces a file", ["usr/a/b": true], { $0.file("usr/a", [1]) },
            { tar in
                tar.directory("usr/a/", mode: 0o700)
                tar.file("usr/a/b", [1])
            }),
        MergeSample(
            "a link replaces a folder", ["usr/a/b": false],
            { tar in
                tar.directory("usr/a/")
                tar.file("usr/a/b", [1])
            }, { $0.symbolicLink("usr/a", to: "bin") }),
        MergeSample(
            "a folder replaces a link", ["usr/a/c": true, "usr/b/c": false],
            { tar in
                tar.directory("usr/b/")
                tar.symbolicLink("usr/a", to: "b")
            },
            { tar in
                tar.directory("usr/a/", mode: 0o711)
                tar.file("usr/a/c", [1])
            }),
        MergeSample(
            "a link replaces a file, and a file a link", [:],
            { tar in
                tar.file("usr/a", [1])
                tar.symbolicLink("usr/b", to: "a")
            },
            { tar in
                tar.symbolicLink("usr/a", to: "/etc/passwd")
                tar.file("usr/b", [2])
            }),
        MergeSample(
            "attributes", ["usr/a": true],
            { tar in
                tar.file("usr/a", [1], mode: 0o4755) { ($0.userID, $0.groupID) = (1000, 1001) }
                tar.directory("usr/d/", mode: 0o2775) { ($0.userID, $0.groupID) = (5, 6) }
                tar.extendedAttribute("user.note", [0, 1, 255])
                tar.file("usr/x", [1])
                tar.extendedAttribute("user.note", [7])
                tar.directory("usr/y/")
                tar.symbolicLink("usr/l", to: "x") { ($0.userID, $0.groupID) = (7, 8) }
            },
            { tar in
                tar.directory("usr/d/", mode: 0o1777) { $0.userID = 9 }
                tar.directory("usr/y/")
                tar.file("usr/new", [], mode: 0o2711) { $0.groupID = 70_000 }
            }),
        MergeSample("the same layer twice", ["usr/bin/tool": true], base, base),
    ]

    private static let whiteouts = [
        MergeSample(
            "whiteouts of files",
            ["usr/bin/tool": false, "usr/bin/other": true, "usr/share/factory/var/lib/state": false],
            base,
            { tar in
                tar.file("usr/bin/.wh.tool")
                tar.file("var/lib/.wh.state")
                tar.file("etc/.wh.passwd")
            }),
        MergeSample(
            "whiteouts of folders",
            ["usr/bin/tool": false, "usr/share/factory/var/lib": false, "usr/etc/passwd": true],
            base,
            { tar in
                tar.file("usr/.wh.bin")
                tar.file("var/.wh.lib")
            }),
        MergeSample(
            "a whiteout of a toplevel that moves", ["usr/etc": false, "usr/bin/tool": true], base,
            { $0.file(".wh.etc") }),
        MergeSample(
            "whiteouts of what is not there", ["usr/bin/tool": true], base,
            { tar in
                tar.file("usr/.wh.none")
                tar.file("none/.wh.none")
                tar.file(".wh.none")
            }),
        MergeSample(
            "a whiteout of a toplevel below which others move", ["usr/etc/passwd": true, "usr/bin": false], base,
            { $0.file(".wh.usr") }),
        MergeSample(
            "a whiteout and a new file", ["usr/bin/tool": true], base,
            { tar in
                tar.file("usr/bin/tool", [9])
                tar.file("usr/bin/.wh.tool")
            }),
        MergeSample(
            "an opaque folder", ["usr/bin/tool": false, "usr/bin/new": true], base,
            { tar in
                tar.directory("usr/bin/", mode: 0o711)
                tar.file("usr/bin/new", [1])
                tar.file("usr/bin/.wh..wh..opq")
            }),
        MergeSample(
            "an opaque folder of lower folders", ["usr/a/b/c": false, "usr/a/b/d": true],
            { $0.file("usr/a/b/c", [1]) },
            { tar in
                tar.file("usr/a/.wh..wh..opq")
                tar.file("usr/a/b/d", [2])
            }),
        MergeSample(
            "opaque folders that move",
            ["usr/etc/passwd": false, "usr/etc/new": true, "usr/share/factory/var/lib": false, "usr/bin/tool": true],
            base,
            { tar in
                tar.file("etc/.wh..wh..opq")
                tar.file("etc/new", [1])
                tar.file("var/.wh..wh..opq")
            }),
        MergeSample(
            "an opaque usr", ["usr/etc/passwd": true, "usr/bin/tool": false, "usr/share/factory/var/lib/state": true],
            base,
            { tar in
                tar.directory("usr/", mode: 0o711)
                tar.file("usr/.wh..wh..opq")
                tar.file("usr/new", [1])
            }),
        MergeSample(
            "an opaque root", ["usr/etc/passwd": false, "usr/new": true], base,
            { tar in
                tar.file(".wh..wh..opq")
                tar.file("usr/new", [1])
            }),
        MergeSample(
            "gone, and there again", ["usr/bin/tool": true, "usr/bin/other": false], base, { $0.file("usr/.wh.bin") },
            { $0.file("usr/bin/tool", [7]) }),
    ]

    private static let links = [
        MergeSample(
            "a hard link to a lower file", ["usr/bin/twin": true], base,
            { $0.hardLink("usr/bin/twin", to: "usr/bin/tool") }),
        MergeSample(
            "a chain of hard links", ["usr/bin/third": true], base,
            { $0.hardLink("usr/bin/second", to: "usr/bin/tool") },
            { tar in
                tar.hardLink("usr/bin/third", to: "usr/bin/second")
                tar.hardLink("usr/bin/fourth", to: "usr/bin/third")
            }),
        MergeSample(
            "a hard link to what moves", ["usr/etc/shadow": true, "usr/bin/state": true], base,
            { tar in
                tar.hardLink("etc/shadow", to: "etc/passwd")
                tar.hardLink("usr/bin/state", to: "var/lib/state")
            }),
        MergeSample(
            "a hard link, and then another file in the target's place", ["usr/bin/twin": true], base,
            { tar in
                tar.hardLink("usr/bin/twin", to: "usr/bin/tool")
                tar.file("usr/bin/tool", [3])
            }),
        MergeSample(
            "a hard link in the place of a lower file", ["usr/bin/other": true], base,
            { $0.hardLink("usr/bin/other", to: "usr/bin/tool") }),
        MergeSample(
            "a hard link to a symbolic link", ["usr/bin/twin": true],
            { tar in
                base(&tar)
                tar.symbolicLink("usr/bin/soft", to: "tool")
            }, { $0.hardLink("usr/bin/twin", to: "usr/bin/soft") }),
        MergeSample(
            "a hard link into a new folder", ["usr/new/deep/twin": true], base,
            { $0.hardLink("usr/new/deep/twin", to: "usr/bin/tool") }),
        MergeSample(
            "hard links through a lower symbolic link", ["usr/bin/twin": true, "bin": true],
            { tar in
                base(&tar)
                tar.symbolicLink("bin", to: "usr/bin")
            }, { $0.hardLink("bin/twin", to: "bin/tool") }),
    ]

    private static let folders = [
        MergeSample(
            "implied folders keep what they are", ["usr/a/b/c": true],
            { tar in
                tar.directory("usr/", mode: 0o751) { $0.groupID = 3 }
                tar.directory("usr/a/", mode: 0o700) { $0.userID = 4 }
                tar.directory("usr/a/b/", mode: 0o1777)
            }, { $0.file("usr/a/b/c", [1]) }),
        MergeSample(
            "plain folders that are described win", ["usr/a": true],
            { $0.directory("usr/a/", mode: 0o700) { $0.userID = 4 } }, { $0.directory("usr/a/", mode: 0o755) }),
        MergeSample(
            "the root's own attributes", [:], { $0.directory("./", mode: 0o700) { $0.userID = 4 } },
            { $0.file("./usr/a", [1]) }),
        MergeSample(
            "a plain root over another", [:], { $0.directory("./", mode: 0o700) }, { $0.directory("./", mode: 0o755) }),
        MergeSample(
            "a file below a lower symbolic link", ["usr/bin/new": true, "bin": true],
            { tar in
                base(&tar)
                tar.symbolicLink("bin", to: "usr/bin")
            }, { $0.file("bin/new", [1]) }),
        MergeSample(
            "a file below a chain of symbolic links", ["usr/bin/new": true],
            { tar in
                base(&tar)
                tar.symbolicLink("usr/first", to: "/usr/bin")
                tar.symbolicLink("usr/second", to: "./../usr/first")
                tar.symbolicLink("third", to: "usr/second")
            }, { $0.file("third/new", [1]) }),
        MergeSample(
            "a file below a link to what moves", ["usr/etc/new": true, "usr/share/factory/var/lib/new": true],
            { tar in
                base(&tar)
                tar.symbolicLink("usr/conf", to: "/etc")
                tar.symbolicLink("usr/lib", to: "../var/lib")
            },
            { tar in
                tar.file("usr/conf/new", [1])
                tar.file("usr/lib/new", [2])
            }),
        MergeSample(
            "a file below a link out of what moves", ["usr/bin/new": true, "usr/bin/newer": true],
            { tar in
                base(&tar)
                tar.symbolicLink("etc/programs", to: "../usr/bin")
                tar.symbolicLink("var/lib/programs", to: "../../usr/bin")
            },
            { tar in
                tar.file("etc/programs/new", [1])
                tar.file("var/lib/programs/newer", [2])
            }),
        MergeSample(
            "a whiteout below a lower symbolic link", ["usr/bin/tool": false, "bin": true],
            { tar in
                base(&tar)
                tar.symbolicLink("bin", to: "usr/bin")
            }, { $0.file("bin/.wh.tool") }),
        MergeSample(
            "a file below a link to what the policy leaves out", ["usr/share/factory/var/run": true, "run/new": false],
            { tar in
                base(&tar)
                tar.directory("run/")
                tar.symbolicLink("var/run", to: "/run")
            }, { $0.file("var/run/new", [1]) }),
        MergeSample(
            "toplevels of which only they themselves stay", ["tmp": true, "tmp/a": false, "opt/a": true],
            { tar in
                tar.directory("tmp/", mode: 0o1777)
                tar.file("tmp/a", [1])
                tar.file("opt/a", [1])
            },
            { tar in
                tar.directory("proc/", mode: 0o555)
                tar.file("proc/a", [1])
            }),
    ]
}
