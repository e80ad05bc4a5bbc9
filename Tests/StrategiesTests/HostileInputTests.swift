import Digests
import Foundation
import TestSupport
import Testing

@testable import Strategies

/// Bytes that were made to hurt: announced sizes cost nothing, and everything ends in an error.
@Suite struct HostileInputTests {
    @Test func rawAnnouncesMoreSegmentsThanThereAre() throws {
        for count in [1, 1 << 40, UInt64.max] {
            var bytes: [UInt8] = [Raw.version]
            bytes.append(number: count)
            bytes.append(number: 10)
            try expectMalformed { _ = try Raw().decode(bytes[...], against: .empty) }
        }
    }

    @Test func rawAnnouncesALongerLiteralThanThereIs() throws {
        for length in [100, 1 << 40, UInt64.max >> 1] {
            var bytes: [UInt8] = [Raw.version, 1]
            bytes.append(number: .max)
            bytes.append(number: length << 1)
            bytes += [1, 2, 3]
            try expectMalformed { _ = try Raw().decode(bytes[...], against: .empty) }
        }
    }

    @Test func rawSegmentsDoNotExceedTheStream() throws {
        let digest = RecipeSample.counting.bytes
        var overflow: [UInt8] = [Raw.version, 3]
        overflow.append(number: .max)
        for _ in 0..<3 {
            overflow.append(number: .max)
            overflow += digest
        }
        try expectMalformed { _ = try Raw().decode(overflow[...], against: .empty) }
        try expectMalformed { _ = try Raw().decode(([Raw.version, 1, 2, 7] + digest)[...], against: .empty) }
        try expectMalformed { _ = try Raw().decode(([Raw.version, 1, 4, 7] + digest)[...], against: .empty) }
    }

    @Test func rawRefusesEmptySegments() throws {
        try expectMalformed { _ = try Raw().decode([Raw.version, 1, 0, 0], against: .empty) }
        let payload = [Raw.version, 1, 0, 1] + RecipeSample.counting.bytes
        try expectMalformed { _ = try Raw().decode(payload[...], against: .empty) }
    }

    @Test func zstdRefusesWhatNoRecipeHas() throws {
        let frame = try Zstd(level: 3).wrap([1, 0, 0, 0]).dropFirst(2)
        for declared in [Zstd.maximumUnwrappedBytes + 1, 1 << 63, .max] {
            var bytes: [UInt8] = [Zstd.version]
            bytes.append(number: declared)
            try expectMalformed { _ = try Zstd(level: 3).unwrap((bytes + frame)[...]) }
        }
    }

    @Test func zstdAllocatesForWhatComesOutOnly() throws {
        let frame = try Zstd(level: 3).wrap([1, 0, 0, 0]).dropFirst(2)
        var bytes: [UInt8] = [Zstd.version]
        bytes.append(number: Zstd.maximumUnwrappedBytes)
        let before = try peakMemoryBytes()
        try expectMalformed { _ = try Zstd(level: 3).unwrap((bytes + frame)[...]) }
        #expect(try peakMemoryBytes() - before < 1 << 30)
    }

    @Test func zstdFrameThatHoldsMoreOrLessThanAnnouncedIsRefused() throws {
        let bomb = try Zstd(level: 19).wrap([UInt8](repeating: 0, count: 1 << 20))
        let frame = try #require(bomb.firstRange(of: [0x28, 0xb5, 0x2f, 0xfd])).lowerBound
        for declared in [0, 1, 4, 65535, 65536, (1 << 20) - 1, (1 << 20) + 1] as [UInt64] {
            var bytes: [UInt8] = [Zstd.version]
            bytes.append(number: declared)
            try expectMalformed { _ = try Zstd(level: 3).unwrap((bytes + bomb[frame...])[...]) }
        }
        #expect(try Zstd(level: 3).unwrap(bomb[...]).count == 1 << 20)
    }

    @Test func zstdRefusesWhatIsNoFrame() throws {
        try expectMalformed { _ = try Zstd(level: 3).unwrap([Zstd.version, 4, 1, 2, 3, 4, 5, 6, 7, 8]) }
        // A skippable frame is a frame that holds nothing.
        let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]
        try expectMalformed { _ = try Zstd(level: 3).unwrap(([Zstd.version, 4] + skippable)[...]) }
    }

    @Test func envelopeAnnouncesMoreThanThereIs() throws {
        let head = [Envelope.version] + RecipeSample.counting.bytes
        var longName = head + [10]
        longName.append(number: .max)
        try expectMalformed { _ = try Envelope(bytes: longName) }
        try expectMalformed { _ = try Envelope(bytes: head + [10, 1, 0xff, 0]) }
        try expectMalformed { _ = try Envelope(bytes: [2]) }
    }

    @Test func everyTruncationOfAnEnvelopesHeadThrows() throws {
        let envelope = Envelope(
            diffID: RecipeSample.counting, streamLength: 300, encoding: "raw", policy: "identity", recipe: [])
        for count in 0..<envelope.byteCount {
            try expectMalformed { _ = try Envelope(bytes: Array(try envelope.bytes.prefix(count))) }
        }
        #expect(try Envelope(bytes: try envelope.bytes) == envelope)
    }

    @Test func everyTruncationOfAnAttachmentThrows() throws {
        let envelope = Envelope(
            diffID: RecipeSample.counting, streamLength: 300, encoding: "raw", policy: "identity",
            attachment: [UInt8](repeating: 7, count: 300), recipe: [])
        for count in 0..<envelope.byteCount {
            try expectMalformed { _ = try Envelope(bytes: Array(try envelope.bytes.prefix(count))) }
        }
        #expect(try Envelope(bytes: try envelope.bytes) == envelope)
        var long = Array(try envelope.bytes.prefix(envelope.byteCount - 302))
        long.append(number: .max)
        try expectMalformed { _ = try Envelope(bytes: long + [1, 2, 3]) }
    }

    private func expectMalformed(_ call: () throws -> Void, at location: SourceLocation = #_sourceLocation) throws {
        let error = try #require(throws: StrategyError.self, sourceLocation: location) { try call() }
        #expect(error.kind == .malformed, "\(error)", sourceLocation: location)
    }

    private func peakMemoryBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(separator: " ").dropFirst().first ?? "")) << 10
    }
}
