import Tar
import TestSupport
import Testing

@testable import Strategies

/// Packed headers that were made to hurt.
@Suite struct HostilePackingTests {
    private func delta(stream: UInt64, literals: UInt64, _ elements: [UInt8]) -> [UInt8] {
        var bytes = [Delta.version]
        bytes.append(number: stream)
        bytes.append(number: literals)
        return bytes + elements
    }

    private func expectMalformed(_ encoding: any Encoding, _ bytes: [UInt8]) throws {
        let error = #expect(throws: StrategyError.self) { try encoding.decode(bytes[...], against: .empty) }
        #expect(error?.kind == .malformed && error?.offset != nil)
    }

    @Test func fewBytesDoNotAnnounceManyZeros() throws {
        var elements: [UInt8] = [1]
        elements.append(number: 1 << 40)
        try expectMalformed(Delta(), delta(stream: 1 << 49, literals: 1 << 32, elements))
        try expectMalformed(Delta(), delta(stream: 1 << 49, literals: 1 << 49, [1, 1]))
        try expectMalformed(Delta(), delta(stream: 512, literals: 513, [1, 1]))
        try expectMalformed(Delta(), delta(stream: 511, literals: 511, [1, 1]))
        try expectMalformed(Delta(), delta(stream: 1024, literals: 512, [1, 1]))
        #expect(
            try Delta().decode(delta(stream: 512, literals: 512, [1, 1])[...], against: .empty).streamLength == 512)
    }

    @Test func whatIsReferredToIsThere() throws {
        // A shape, an object, a literal's bytes, and a payload of no bytes.
        for elements in [[7, 0], [4, 3, 1], [2, 9, 1], [4, 0, 0], [5, 255]] as [[UInt8]] {
            try expectMalformed(Delta(), delta(stream: 1 << 20, literals: 1 << 19, elements))
        }
    }

    /// A shape of plain octal fields for a type flag; then the bytes of its first header.
    private func header(_ typeFlag: UInt8, placement: UInt8 = 0, format: UInt8 = 2, _ rest: [UInt8]) -> [UInt8] {
        [0, typeFlag, placement] + [UInt8](repeating: 0, count: 8) + [UInt8](repeating: format, count: 8) + rest
    }

    @Test func headersStayWithinTheirFields() throws {
        let long = [UInt8](repeating: 97, count: 101) + [0]
        let headers = [
            header(48, [0, 0] + long), header(48, placement: 1, [0, 0, 97, 0]),
            header(48, placement: 2, [0, 0] + long),
            header(48, placement: 3, [0, 0, 97, 0, 255, 255, 3]), header(48, placement: 8, [0, 0, 97, 0]),
            header(48, format: 12, [0, 0, 97, 0]), header(48, [0, 7, 97, 0]), header(50, [16, 0, 97, 0, 200, 98, 0]),
            header(50, [16, 0, 97, 0, 0] + long), header(48, [1, 0, 97, 0, 9]), header(48, [2, 0, 97, 0, 9]),
            header(48, [64, 0, 97, 0, 1, 255, 3, 255, 3, 1]), header(120, [4, 0, 97, 0, 255, 255, 1, 6]),
            header(120, [4, 0, 97, 0, 9, 0, 0, 1, 20]),
        ]
        for header in headers { try expectMalformed(Delta(), delta(stream: 1 << 20, literals: 512, header)) }
        let sound = delta(stream: 512, literals: 512, header(48, [0, 0, 97, 0]))
        #expect(try Delta().decode(sound[...], against: .empty).literals.first == 97)
    }

    @Test func columnsAnnounceMoreThanThereIs() throws {
        let columns = try Columns(parameters: [:])
        for tag in [3, 1 << 40, UInt64.max] {
            var bytes: [UInt8] = [Columns.version, 0, 0, 0]
            bytes.append(number: tag)
            bytes += [UInt8](repeating: 0, count: PackedField.allCases.count - 1)
            try expectMalformed(columns, bytes)
        }
        // A frame that is sound but for what it announces.
        var frame: [UInt8] = [Zstd.version]
        frame.append(number: Zstd.maximumUnwrappedBytes + 1)
        frame += try Zstd(level: 3).wrap([1, 0, 0, 0]).dropFirst(2)
        let sizes = [UInt8(frame.count << 1 | 1)] + [UInt8](repeating: 0, count: PackedField.allCases.count - 1)
        try expectMalformed(columns, [Columns.version, 0, 0, 0] + sizes + frame)
    }
}
