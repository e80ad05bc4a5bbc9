import Tar
import TestSupport
import Testing

@Suite struct PaxRecordsTests {
    private func records(_ text: String) -> (PaxRecords, isSound: Bool) {
        var records = PaxRecords()
        let isSound = records.merge(parsing: Array(text.utf8)[...])
        return (records, isSound)
    }

    @Test func recordsAreReadByTheirLength() {
        let (records, isSound) = records("12 path=a=b\n13 comment=\n\n9 uid=42\n")
        #expect(isSound)
        #expect(records["path"] == Array("a=b".utf8))
        #expect(records["comment"] == [UInt8(ascii: "\n")])
        #expect(records.number("uid") == 42)
        #expect(records["gid"] == nil)
    }

    @Test func laterRecordsWinAndEmptyOnesTakeBack() {
        let (records, isSound) = records("9 path=a\n9 path=b\n9 uid=42\n7 uid=\n")
        #expect(isSound)
        #expect(records["path"] == [UInt8(ascii: "b")])
        #expect(records["uid"] == nil && records.number("uid") == nil)
    }

    @Test(arguments: [
        "8 path=b\n", "11 path=b\n", "path=b\n", " 9 path=b\n", "9path=b\n\n", "99999999999999999999 path=b\n",
        "18446744073709551615 path=b\n", "9223372036854775807 path=b\n", "0 path=b\n", "2 ", "3 \n", "5 =b\n",
        "7 path\n", "9 path=b ", "-9 path=b\n",
    ])
    func malformedRecordsEndTheReading(_ text: String) {
        let (records, isSound) = records("9 path=a\n" + text + "9 uid=42\n")
        #expect(!isSound)
        #expect(records["path"] == [UInt8(ascii: "a")])
        #expect(records["uid"] == nil)
    }

    @Test func zerosBehindTheRecordsAreNoFlaw() {
        #expect(records("9 path=a\n\0\0\0").isSound)
        #expect(records("").isSound)
    }

    @Test func extendedAttributesAreRawAndSorted() {
        var records = PaxRecords()
        for name in ["user.b", "user.a", "user.e\u{301}", "user.\u{e9}"] {
            records.merge(parsing: TarBuilder.record("SCHILY.xattr." + name, [0, 255])[...])
        }
        records.merge(parsing: TarBuilder.record("SCHILY.xattr.", [1])[...])
        let names = ["user.a", "user.b", "user.e\u{301}", "user.\u{e9}"].map { Array($0.utf8) }
        #expect(records.extendedAttributes == names.map { ExtendedAttribute(name: $0, value: [0, 255]) })
    }

    @Test func attributeNamesNeedNotBeUTF8() {
        var records = PaxRecords()
        let isSound = records.merge(parsing: (Array("20 SCHILY.xattr.".utf8) + [0xff, 61, 1, 10])[...])
        #expect(isSound)
        #expect(records.extendedAttributes == [ExtendedAttribute(name: [0xff], value: [1])])
    }

    @Test func sparseFormsAreSeen() {
        #expect(records("22 GNU.sparse.major=1\n").0.describesSparseFile)
        #expect(!records("18 GNU.dumpdir=ab\n").0.describesSparseFile)
    }

    @Test func whatIsTooMuchIsNotKept() {
        var records = PaxRecords()
        let half = [UInt8](repeating: 1, count: PaxRecords.maximumBytes / 2)
        let accepted = ["a", "a", "b", "c"].map { records.merge(parsing: TarBuilder.record($0, half)[...]) }
        #expect(accepted == [true, true, false, false])
        #expect(records["a"] == half && records["b"] == nil)
    }
}
