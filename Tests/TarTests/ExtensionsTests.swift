import Tar
import TestSupport
import Testing

@Suite struct ExtensionsTests {
    private func entries(
        _ dialect: Dialect = .ustar, findings: [Finding.Kind] = [], _ build: (inout TarBuilder) -> Void
    ) throws -> [Entry] {
        let sink = try RecordingSink(splitting: TarBuilder.stream(dialect: dialect, build))
        #expect(sink.findingKinds == findings)
        return sink.entries
    }

    @Test func localRecordsWinOverTheHeaderOnce() throws {
        let entries = try entries {
            $0.pax([
                "path": "pax", "uid": "70000", "gid": "80000", "uname": "u", "gname": "g", "mtime": "12.75",
                "size": "3",
            ])
            $0.file("header", [1, 2, 3]) { $0.size = 0 }
            $0.file("next")
        }
        let first = try #require(entries.first)
        #expect(first.path == Array("pax".utf8) && first.size == 3 && first.hasPaxRecords)
        #expect(first.userID == 70000 && first.groupID == 80000 && first.modificationTime == 12)
        #expect(first.userName == Array("u".utf8) && first.groupName == Array("g".utf8))
        #expect(entries.last?.path == Array("next".utf8))
        #expect(entries.last?.userID == 0 && entries.last?.hasPaxRecords == false)
    }

    @Test func globalRecordsStayUntilTheyAreTakenBack() throws {
        let entries = try entries {
            $0.globalPax(["uid": "5", "gid": "6"])
            $0.file("a")
            $0.pax(["uid": "7", "gid": ""])
            $0.file("b") { $0.groupID = 1 }
            $0.file("c")
            $0.globalPax(["uid": ""])
            $0.file("d") { $0.userID = 2 }
        }
        #expect(entries.map(\.userID) == [5, 7, 5, 2])
        #expect(entries.map(\.groupID) == [6, 1, 6, 6])
        #expect(entries.map(\.hasPaxRecords) == [false, true, false, false])
    }

    @Test func lastLocalHeaderCountsAndGlobalOnesAddUp() throws {
        let entries = try entries {
            $0.pax(["path": "first", "uid": "1"])
            $0.globalPax(["gid": "3"])
            $0.globalPax(["uname": "u"])
            $0.pax(["path": "second"])
            $0.file("x")
        }
        #expect(entries.map(\.path) == [Array("second".utf8)])
        #expect(entries.first?.userID == 0 && entries.first?.offset == 0)
        #expect(entries.first?.groupID == 3 && entries.first?.userName == Array("u".utf8))
    }

    @Test func longNamesOfGNU() throws {
        let (path, target) = (TarSample.long("p/", 300), TarSample.long("t/", 400))
        let entries = try entries(.gnu) {
            $0.symbolicLink(path, to: target)
            $0.file("after")
        }
        #expect(entries.map(\.path) == [Array(path.utf8), Array("after".utf8)])
        #expect(entries.map(\.linkTarget) == [Array(target.utf8), []])
        #expect(entries.map(\.dialect) == [.gnu, .gnu])
    }

    @Test(arguments: [Dialect.ustar, .star])
    func longPathsGoToThePrefixAndThenToPax(_ dialect: Dialect) throws {
        let paths = [TarSample.long("p/", 101), TarSample.long("p/", 180), TarSample.long("p/", 300)]
        let entries = try entries(dialect) { tar in
            for path in paths { tar.file(path) }
        }
        #expect(entries.map(\.path) == paths.map { Array($0.utf8) })
        #expect(entries.map(\.hasPaxRecords) == [false, false, true])
    }

    @Test func linkTargetsBelongToLinksAlone() throws {
        let entries = try entries {
            $0.pax(["linkpath": "pax"])
            $0.hardLink("h", to: "header")
            $0.pax(["linkpath": "pax"])
            $0.file("f") { $0.linkName = Array("junk".utf8) }
        }
        #expect(entries.map(\.linkTarget) == [Array("pax".utf8), []])
    }

    @Test(
        arguments: [
            ("5", 5), ("5.", 5), ("5.999999999", 5), ("-5", -5), ("-5.0", -5), ("-5.1", -6), ("-0.5", -1),
            ("9223372036854775807", .max), ("-9223372036854775807.5", .min),
            ("", 77), ("-", 77), (".5", 77), ("abc", 77), ("5.x", 77), ("1e9", 77), ("99999999999999999999", 77),
        ] as [(String, Int64)])
    func paxTimes(_ text: String, _ seconds: Int64) throws {
        let entries = try entries(findings: seconds == 77 && !text.isEmpty ? [.unreadableNumber] : []) {
            $0.pax(["mtime": text])
            $0.file("a") { $0.modificationTime = 77 }
        }
        #expect(entries.map(\.modificationTime) == [seconds])
    }

    @Test func numbersOutOfRangeLeaveTheHeadersOwn() throws {
        let entries = try entries(findings: [.unreadableNumber, .unreadableNumber]) {
            $0.pax(["uid": "4294967296", "gid": "-1", "size": "99999999999999999999"])
            $0.file("a", [1]) { ($0.userID, $0.groupID) = (3, 4) }
            $0.file("b") { ($0.userID, $0.groupID) = (-1, 1 << 33) }
        }
        #expect(entries.map(\.userID) == [3, 0] && entries.map(\.groupID) == [4, 0])
        #expect(entries.map(\.size) == [1, 0])
    }

    @Test func extendedAttributes() throws {
        let entries = try entries {
            $0.globalPax(["SCHILY.xattr.user.g": "global"])
            $0.file("a")
            $0.extendedAttribute("user.l", [0, 1])
            $0.file("b")
            $0.pax(["comment": "none of its own"])
            $0.file("c")
        }
        let global = ExtendedAttribute(name: Array("user.g".utf8), value: Array("global".utf8))
        let local = ExtendedAttribute(name: Array("user.l".utf8), value: [0, 1])
        #expect(entries.map(\.extendedAttributes) == [[global], [global, local], [global]])
    }

    @Test func sparseFilesOfPaxAreNamedByTheirRecords() throws {
        let entries = try entries(findings: [.sparseFile]) {
            $0.pax([
                "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "real",
                "GNU.sparse.realsize": "1000",
            ])
            $0.file("GNUSparseFile.0/real", [1, 2])
            $0.file("next")
        }
        #expect(entries.map(\.kind) == [.sparse, .regular])
        #expect(entries.map(\.path) == [Array("real".utf8), Array("next".utf8)])
        #expect(entries.map(\.size) == [2, 0])
    }
}
