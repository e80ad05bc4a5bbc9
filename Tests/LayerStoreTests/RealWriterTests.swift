import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// Streams that real programs wrote: exact under every strategy, and, where they are tars, understood.
@Suite struct RealWriterTests {
    /// Writers whose programs are not there are named by a test of their own, which fails in CI.
    static let present = RealWriter.all.filter { $0.missing.isEmpty }

    @Test func everyWriterIsThere() {
        let absent = RealWriter.all.filter { !$0.missing.isEmpty }
        for writer in absent { print("left out: \(writer): there is no \(writer.missing.joined(separator: ", "))") }
        if ProcessInfo.processInfo.environment["CI"] == "true" { #expect(absent.isEmpty) }
    }

    @Test(arguments: Array(present.enumerated().map { ($0.offset, $0.element) }))
    func streamIsExactAndUnderstood(_ number: Int, _ writer: RealWriter) throws {
        let output = try writer.write()
        #expect(!output.streams.isEmpty)
        let mode = RepositoryMode.allCases[number % RepositoryMode.allCases.count]
        let temporary = try TemporaryRepository(mode)
        for stream in output.streams {
            let recording = try RecordingSink(splitting: stream)
            // Compared outside of the expectations, which would print megabytes.
            let isExact = recording.bytes == stream
            #expect(isExact)
            let isSame = try RecordingSink(splitting: stream, chunkSize: 1000) == recording
            #expect(isSame)
            if writer.understanding != .bytes { compare(recording, with: output, of: writer) }
            for strategy in Catalogue.allStrategies {
                guard let layer = try temporary.importingIfCarried(stream, strategy: strategy, proof: .full) else {
                    continue
                }
                #expect(layer.layer.diffID == SHA256Stream.digest(of: stream))
                let isRebuilt = try temporary.rebuild(layer.ref) == stream
                #expect(isRebuilt, "\(strategy)")
            }
        }
        #expect(try temporary.damage() == nil)
    }

    private func compare(_ recording: RecordingSink, with output: RealWriter.Output, of writer: RealWriter) {
        var forbidden: Set<Finding.Kind> = [.unreadableHeader, .badExtension]
        if writer.understanding == .whole { forbidden.insert(.truncated) }
        #expect(!recording.findingKinds.contains(where: forbidden.contains), "\(recording.findings)")
        var entries: [[UInt8]: Entry.Kind] = [:]
        for entry in recording.entries where !clean(entry.path).isEmpty { entries[clean(entry.path)] = entry.kind }
        #expect(Set(entries.keys.map(text)) == Set(output.tree.keys.map(text)))
        var furtherLinks = 0
        for (path, kind) in entries {
            if kind == .hardLink { furtherLinks += 1 }
            #expect(output.tree[path] == letter(kind), "\(text(path)) is a \(kind)")
        }
        #expect(furtherLinks == output.furtherLinks)
        if writer.name.contains("sparse") { #expect(entries[Array("usr/sparse".utf8)] == .sparse) }
    }

    /// A path without leading dots and slashes, and without a slash behind it.
    private func clean(_ path: [UInt8]) -> [UInt8] {
        Array(path.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }.joined(separator: [47]))
    }

    private func text(_ path: [UInt8]) -> String {
        String(decoding: path.map { $0 < 128 ? [$0] : Array("\\\($0)".utf8) }.joined(), as: UTF8.self)
    }

    /// The letter that `find` has for what an entry becomes.
    private func letter(_ kind: Entry.Kind) -> UInt8 {
        switch kind {
        case .regular, .hardLink, .sparse: UInt8(ascii: "f")
        case .symbolicLink: UInt8(ascii: "l")
        case .directory: UInt8(ascii: "d")
        case .characterDevice: UInt8(ascii: "c")
        case .blockDevice: UInt8(ascii: "b")
        case .fifo: UInt8(ascii: "p")
        case .other: UInt8(ascii: "?")
        }
    }
}
