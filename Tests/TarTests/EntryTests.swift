import Tar
import TestSupport
import Testing

@Suite struct EntryTests {
    @Test(arguments: Dialect.allCases)
    func everyKindInEveryDialect(_ dialect: Dialect) throws {
        let stream = TarBuilder.stream(dialect: dialect) {
            $0.directory("d/", mode: 0o1777)
            $0.file("f", [1, 2], mode: 0o4755) {
                ($0.userID, $0.groupID, $0.modificationTime) = (1000, 100, 1_700_000_000)
                ($0.userName, $0.groupName) = (Array("user".utf8), Array("group".utf8))
            }
            $0.hardLink("h", to: "f")
            $0.symbolicLink("s", to: "f")
            $0.device("c", major: 1, minor: 3)
            $0.device("b", major: 8, minor: 0, isBlock: true)
            $0.fifo("p")
        }
        let entries = try RecordingSink(splitting: stream).entries
        #expect(
            entries.map(\.kind) == [
                .directory, .regular, .hardLink, .symbolicLink, .characterDevice, .blockDevice, .fifo,
            ])
        #expect(entries.map(\.linkTarget) == [[], [], [102], [102], [], [], []])
        #expect(entries.map(\.mode) == [0o1777, 0o4755, 0o644, 0o777, 0o600, 0o600, 0o644])
        #expect(entries.allSatisfy { $0.dialect == dialect && !$0.hasPaxRecords })
        let file = entries[1]
        #expect(file.userID == 1000 && file.groupID == 100 && file.modificationTime == 1_700_000_000)
        #expect(file.userName == (dialect == .v7 ? [] : Array("user".utf8)))
        #expect(file.size == 2 && file.kind == .regular && file.offset == 512)
    }

    @Test(
        arguments: [
            ("0", "a/", .regular), ("\0", "a", .regular), ("\0", "a/", .directory), ("7", "a", .regular),
            ("D", "a", .directory),
        ]
            as [(Unicode.Scalar, String, Entry.Kind)])
    func kindsOfOldFlags(_ flag: Unicode.Scalar, _ path: String, _ kind: Entry.Kind) throws {
        let stream = TarBuilder.stream(dialect: .v7) { $0.entry(flag, path) }
        #expect(try RecordingSink(splitting: stream).entries.map(\.kind) == [kind])
    }

    @Test func negativeTimesAndGreatIDs() throws {
        let stream = TarBuilder.stream(dialect: .gnu) {
            $0.file("a") { ($0.modificationTime, $0.userID, $0.groupID) = (-12345, 1 << 31, 0xffff_ffff) }
        }
        let entry = try #require(try RecordingSink(splitting: stream).entries.first)
        #expect(entry.modificationTime == -12345 && entry.userID == 1 << 31 && entry.groupID == .max)
    }

    @Test func kindsAreDescribedApart() {
        let flags: [UInt8] = [48, 49, 50, 51, 52, 53, 54, 83, 77, 86]
        let kinds = flags.compactMap { flag in
            let stream = TarBuilder.stream { $0.entry(Unicode.Scalar(flag), "a") }
            return try? RecordingSink(splitting: stream).entries.first?.kind.description
        }
        #expect(Set(kinds).count == flags.count)
    }
}
