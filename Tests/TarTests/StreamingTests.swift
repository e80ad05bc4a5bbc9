import Tar
import TestSupport
import Testing

/// Streams that are too long to be held: what the splitter hands out is counted, and it keeps nothing.
@Suite struct StreamingTests {
    private struct CountingSink: SplitterSink {
        var byteCount: UInt64 = 0
        var opaqueBytes: UInt64 = 0
        var entryCount = 0
        var findings: [Finding.Kind] = []

        mutating func literal(_ bytes: ArraySlice<UInt8>) { byteCount += UInt64(bytes.count) }
        mutating func entry(_ entry: Entry) { entryCount += 1 }
        mutating func payload(_ bytes: ArraySlice<UInt8>) { byteCount += UInt64(bytes.count) }
        mutating func payloadEnded(isWhole: Bool) {}
        mutating func opaque(_ bytes: ArraySlice<UInt8>) {
            byteCount += UInt64(bytes.count)
            opaqueBytes += UInt64(bytes.count)
        }
        mutating func finding(_ finding: Finding) { findings.append(finding.kind) }
    }

    @Test func aPaxHeaderOfTwoGigabytesIsNotHeld() throws {
        let size = UInt64(2) << 30
        var head = TarBuilder()
        head.entry("x", "pax") { $0.size = Int64(size) }
        let chunk = [UInt8](repeating: 0x41, count: 1 << 20)
        let tail = TarBuilder.stream { $0.file("a", [1]) }
        var (splitter, sink) = (Splitter(), CountingSink())
        try splitter.consume(head.bytes[...], into: &sink)
        for _ in 0..<2048 { try splitter.consume(chunk[...], into: &sink) }
        try splitter.consume(tail[...], into: &sink)
        try splitter.finish(into: &sink)
        #expect(sink.byteCount == 512 + size + UInt64(tail.count) && sink.opaqueBytes == size)
        #expect(sink.entryCount == 1 && sink.findings == [.badExtension])
    }

    /// Global records reach every entry; none may cost more than a glance there, or this takes minutes.
    @Test(arguments: ["path", "linkpath", "uid", "mtime", "size"])
    func hugeGlobalRecordsAreNotReadForEachEntry(_ key: String) throws {
        let isName = key.hasSuffix("path")
        var tar = TarBuilder()
        tar.globalPax([key: String(repeating: isName ? "a/" : "00", count: 500_000)])
        for _ in 0..<20_000 { tar.symbolicLink("s", to: "t") }
        var (splitter, sink) = (Splitter(), CountingSink())
        try splitter.consume(tar.bytes[...], into: &sink)
        #expect(sink.entryCount == 20_000 && sink.findings.count == 20_000)
    }

    @Test func manyTinyEntries() throws {
        let count = TestScale.isFull ? 1_000_000 : 20_000
        var piece = TarBuilder()
        for number in 0..<100 { piece.file("usr/\(number)", [UInt8(number)]) }
        var (splitter, sink) = (Splitter(), CountingSink())
        for _ in 0..<count / 100 { try splitter.consume(piece.bytes[...], into: &sink) }
        try splitter.finish(into: &sink)
        #expect(sink.entryCount == count && sink.byteCount == UInt64(count) * 1024)
        #expect(sink.findings == [.missingEnd])
    }
}
