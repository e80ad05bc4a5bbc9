import Tar
import TestSupport
import Testing

@Suite struct HeaderTests {
    private func header(
        _ dialect: Dialect = .ustar, path: String = "name", _ edit: (inout HeaderFields) -> Void = { _ in }
    ) throws -> Header {
        var fields = HeaderFields(typeFlag: UInt8(ascii: "0"), path: path, dialect: dialect)
        edit(&fields)
        return try #require(Header(fields.block[...]))
    }

    @Test(arguments: Dialect.allCases)
    func dialects(_ dialect: Dialect) throws {
        let header = try header(dialect) {
            ($0.userName, $0.groupName) = (Array("user".utf8), Array("group".utf8))
            ($0.deviceMajor, $0.deviceMinor) = (8, 1)
        }
        #expect(header.dialect == dialect)
        #expect(header.userName == (dialect == .v7 ? [] : Array("user".utf8)))
        #expect(header.groupName == (dialect == .v7 ? [] : Array("group".utf8)))
        #expect(header.deviceMajor == (dialect == .v7 ? nil : 8))
        #expect(header.deviceMinor == (dialect == .v7 ? nil : 1))
    }

    @Test func fields() throws {
        let header = try header {
            ($0.mode, $0.userID, $0.groupID) = (0o4755, 1000, 100)
            ($0.size, $0.modificationTime) = (12345, 1_700_000_000)
            $0.linkName = Array("target".utf8)
        }
        #expect(header.name == Array("name".utf8))
        #expect(header.mode == 0o4755 && header.userID == 1000 && header.groupID == 100)
        #expect(header.size == 12345 && header.modificationTime == 1_700_000_000)
        #expect(header.typeFlag == UInt8(ascii: "0") && header.linkName == Array("target".utf8))
    }

    @Test func namesMayFillTheirFields() throws {
        let name = String(repeating: "n", count: 100)
        let header = try header(path: name) { $0.linkName = Array(name.utf8) }
        #expect(header.name == Array(name.utf8) && header.linkName == Array(name.utf8))
    }

    @Test func prefixBelongsToThePathWhereTheDialectHasOne() throws {
        for (dialect, path) in [(Dialect.ustar, "front/name"), (.star, "front/name"), (.gnu, "name"), (.v7, "name")] {
            let header = try header(dialect) { $0.overlay[345] = Array("front".utf8) }
            #expect(header.path == Array(path.utf8), "\(dialect)")
        }
    }

    @Test func starPrefixEndsBeforeItsTimes() throws {
        let prefix = [UInt8](repeating: UInt8(ascii: "p"), count: 131)
        let header = try header(.star) { $0.overlay = [345: prefix, 476: Array("00000000000 ".utf8)] }
        #expect(header.path == prefix + Array("/name".utf8))
    }

    @Test func checksums() {
        var fields = HeaderFields(typeFlag: UInt8(ascii: "0"), path: "\u{fc}\u{e9}", dialect: .ustar)
        #expect(Header(fields.block[...]) != nil)
        fields.checksum = .signed
        #expect(Header(fields.block[...]) != nil)
        fields.checksum = .wrong
        #expect(Header(fields.block[...]) == nil)
    }

    @Test func everyFlippedBitIsSeen() {
        let block = HeaderFields(typeFlag: UInt8(ascii: "0"), path: "name", dialect: .ustar).block
        for index in block.indices where !(148..<156).contains(index) {
            var flipped = block
            flipped[index] ^= 4
            #expect(Header(flipped[...]) == nil, "byte \(index)")
        }
    }

    @Test func otherLengthsAreNoHeaders() {
        let block = HeaderFields(typeFlag: UInt8(ascii: "0"), path: "name", dialect: .ustar).block
        #expect(Header(block.dropLast()) == nil)
        #expect(Header((block + [0])[...]) == nil)
        #expect(Header([]) == nil)
        #expect(Header((block + block)[512...]) != nil)
    }
}
