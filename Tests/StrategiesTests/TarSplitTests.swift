import Digests
import OSTree
import Tar
import TestSupport
import Testing

@testable import Strategies

@Suite struct TarSplitTests {
    private static let stream = TarBuilder.stream { tar in
        tar.directory("usr/")
        tar.file("usr/a", [1])
        tar.file("run/b", [2, 2])
        tar.file("usr/empty", [])
        tar.file("run/again", [2, 2])
    }

    // MARK: Lines

    @Test(arguments: [
        (Array("plain/name".utf8), #""name":"plain/name""#),
        (Array("a<b>&\"c\\".utf8), #""name":"a\u003cb\u003e\u0026\"c\\""#),
        (Array("\u{1}\u{8}\t\n\r\u{c}\u{7f}".utf8), #""name":"\u0001\u0008\t\n\r\u000c\#u{7f}""#),
        (Array("ä\u{2028}\u{2029}€".utf8), #""name":"ä\u2028\u2029€""#), ([0xff, 0x61], #""name_raw":"/2E=""#),
    ])
    func namesAreEscapedAsGoDoesIt(_ name: [UInt8], _ text: String) throws {
        var writer = TarSplitWriter()
        writer.append(file: name, payload: nil)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"{"type":1,\#(text),"payload":null,"position":0}"# + "\n")
        #expect(try TarSplitLine(writer.bytes.dropLast()).name == name)
    }

    @Test(arguments: [
        #"{"position":3,"payload":"YWI=","size":2,"name":"\u0061\/\ud83d\ude00\ud800","type":1}"#,
        #" { "type" : 1 , "name" : "a/😀\ufffd" , "size":2,"payload":"YWI=","more":-1.5e3,"most":true } "#,
        #"{"type":1,"name_raw":"YS/wn5iA77+9","size":2,"payload":"YWI\u003d","x":"\b\f\n\r\t\"\\","y":null}"#,
    ])
    func linesAreReadWhateverTheirForm(_ text: String) throws {
        let line = try TarSplitLine(Array(text.utf8)[...])
        #expect(line.kind == .file && line.byteCount == 2 && line.payload.elementsEqual("YWI=".utf8))
        #expect(line.name == Array("a/😀\u{fffd}".utf8))
    }

    @Test(arguments: [
        "", "{", "{}", "[]", #"{"type":3}"#, #"{"type":2.0}"#, #"{"type":2,}"#, #"{"type":2}x"#, #"{"type":"2"}"#,
        #"{"type":1,"size":-1}"#, #"{"type":1,"size":9223372036854775808}"#, #"{"type":2,"payload":"a}"#,
        #"{"type":2,"payload":"\x"}"#, #"{"type":2,"payload":"\u12"}"#, #"{"type":2,"payload":"\"#,
        #"{"type":2,"a":{}}"#,
        #"{"type":1,"name_raw":"a"}"#, #"{"type":+1}"#, #"{"type" 1}"#, #"{type:1}"#, #"{"type":2,"a":}"#,
    ])
    func otherLinesAreMalformed(_ text: String) {
        #expect(throws: JSONReader.Malformation.self) { try TarSplitLine(Array(text.utf8)[...]) }
    }

    @Test(arguments: [
        ("a/b", "a/b"), ("./a//b/", "a/b"), ("a/../b", "b"), ("../a/..", ".."), ("/../a", "/a"), ("", "."), ("/", "/"),
        ("a/../..", ".."), ("//a/./", "/a"), ("../../a", "../../a"),
    ])
    func pathsAreCleanedAsGoDoesIt(_ path: String, _ cleaned: String) {
        #expect(TarSplitPaths.cleaned(Array(path.utf8)) == Array(cleaned.utf8))
    }

    @Test(
        arguments: [
            [("a", 1), ("./a", 0)], [("a", 1), ("/a", 1)], [("a", 1), ("a/b", 1)], [("a/b", 1), ("a", 1)],
            [("a", 0), ("a/b/c", 1)], [("../a", 1)], [("a/../b", 1)],
        ] as [[(String, Int)]])
    func payloadsThatNoFolderHoldsAreRefused(_ files: [(String, Int)]) throws {
        let stream = TarBuilder.stream { tar in
            for (path, count) in files { tar.file(path, [UInt8](repeating: 1, count: count)) }
        }
        let (recipe, layer) = (try Recipe(splitting: stream), try LayerContext(splitting: stream))
        let error = #expect(throws: StrategyError.self) { try TarSplit().encode(recipe, against: layer) }
        #expect(error?.kind == .cannot)
    }

    @Test func directoriesMayBeNamedAnyhow() throws {
        let stream = TarBuilder.stream { tar in
            tar.directory("/")
            tar.file("./a/b", [1])
            tar.directory("./a/")
            tar.file("a/c", [1])
            tar.directory("../")
            tar.symbolicLink("a/d", to: "c")
        }
        let (recipe, layer) = (try Recipe(splitting: stream), try LayerContext(splitting: stream))
        let bytes = try TarSplit().encode(recipe, against: layer)
        #expect(try TarSplit().decode(bytes[...], against: layer) == recipe)
    }

    // MARK: Finding payloads

    /// Repeated orphans are known again by size and CRC, so that nothing else needs to be kept.
    @Test func orphansNeedNoAttachment() throws {
        let (recipe, layer) = (try Recipe(splitting: Self.stream), try LayerContext(splitting: Self.stream))
        #expect(try TarSplit().attachment(of: recipe, against: layer).isEmpty)
        let bytes = try TarSplit().encode(recipe, against: layer)
        #expect(try TarSplit().decode(bytes[...], against: LayerContext(orphans: layer.orphans)) == recipe)
    }

    @Test func whatTheTreeHoldsElsewhereIsAttached() throws {
        let (recipe, known) = (try Recipe(splitting: Self.stream), try LayerContext(splitting: Self.stream))
        // Another file of the same size stands where the first one was, and the second is no orphan.
        var layer = LayerContext(payloadDigests: known.payloadDigests)
        let other = SHA256Stream.digest(of: [9])
        try layer.tree.place(
            .init(content: .regular(byteCount: 1, object: other), attributes: .init(mode: 0o644)),
            at: [Array("usr".utf8), Array("a".utf8)])
        layer.orphans = Array(known.orphans.prefix(1))
        let attachment = try TarSplit().attachment(of: recipe, against: layer)
        // Orphan 0 for the first payload, a digest for the two others.
        #expect(attachment.count == 1 + 2 + 2 * (2 + 32) && attachment.starts(with: [1, 0, 1, 0, 0]))
        let bytes = try TarSplit().encode(recipe, against: layer)
        layer.payloadDigests = [:]
        let misled = try TarSplit().decode(bytes[...], against: layer)
        #expect(misled != recipe)
        layer.attachment = attachment
        #expect(try TarSplit().decode(bytes[...], against: layer) == recipe)
        // Where it is cut between two exceptions, a payload is nowhere.
        for count in 2..<attachment.count {
            layer.attachment = Array(attachment.prefix(count))
            let error = #expect(throws: StrategyError.self) { try TarSplit().decode(bytes[...], against: layer) }
            #expect(error?.kind == .malformed)
        }
        layer.attachment = attachment + [0, 1]
        #expect(throws: StrategyError.self) { try TarSplit().decode(bytes[...], against: layer) }
    }

    @Test func withoutCRCsNothingIsWritten() throws {
        let recipe = try Recipe(splitting: Self.stream)
        let error = #expect(throws: StrategyError.self) { try TarSplit().encode(recipe, against: .empty) }
        #expect(error?.kind == .cannot)
    }

    // MARK: gzip

    /// containers-storage writes such files: Go's writers of parallel gzip make many members.
    @Test func manyMembersAreOneFile() throws {
        let (recipe, layer) = (try Recipe(splitting: Self.stream), try LayerContext(splitting: Self.stream))
        let lines = try inflated(TarSplit().encode(recipe, against: layer))
        var file: [UInt8] = []
        for start in stride(from: 0, to: lines.count, by: 100) {
            let writer = try GzipWriter(level: 1 + start / 100 % 9)
            writer.append(lines[start..<min(start + 100, lines.count)])
            file += writer.finish()
        }
        #expect(try TarSplit().decode(file[...], against: layer) == recipe)
        #expect(throws: StrategyError.self) { try TarSplit().decode((file + [0])[...], against: layer) }
    }

    @Test func levelsChangeTheSizeAndNothingElse() throws {
        let (recipe, layer) = (try Recipe(splitting: Self.stream), try LayerContext(splitting: Self.stream))
        let files = try ["1", "6", "9"].map { try TarSplit(parameters: ["level": $0]).encode(recipe, against: layer) }
        #expect(Set(files).count == 3 && files.map { $0[8] } == [4, 0, 2])
        let lines = try files.map(inflated)
        #expect(lines[0] == lines[1] && lines[1] == lines[2])
        #expect(try TarSplit(parameters: ["level": "6"]).description == "tarsplit")
    }

    @Test func aFileThatInflatesToTooMuchIsRefused() throws {
        let writer = try GzipWriter(level: 9)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<100 { writer.append(zeros[...]) }
        let bomb = writer.finish()
        // A line may not be that long.
        let error = #expect(throws: StrategyError.self) { try TarSplit().decode(bomb[...], against: .empty) }
        #expect(error?.kind == .malformed && error?.reason == "a line is too long")
        let reader = try GzipReader(bomb[...], of: "test", limit: 1 << 20)
        #expect(throws: StrategyError.self) { while try reader.next() != nil {} }
    }

    private func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        let gzip = try GzipReader(bytes[...], of: "test", limit: 1 << 30)
        var result: [UInt8] = []
        while let chunk = try gzip.next() { result += chunk }
        return result
    }
}
