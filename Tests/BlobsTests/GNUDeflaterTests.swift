import TestSupport
import Testing

@testable import Blobs

/// Our own search and coding against the real gzip, which the search for recipes asks last for short blobs.
@Suite struct GNUDeflaterTests {
    @Test(.enabled(if: BlobWriter("gzip", "").isThere), arguments: 1...9)
    func outputIsThatOfGzip(_ level: Int) throws {
        let samples = BlobSample.some(for: level)
        for isRsyncable in TestScale.isFull || [1, 6].contains(level) ? [false, true] : [false] {
            let option = isRsyncable ? "--rsyncable" : ""
            let writer = BlobWriter("gzip", script: "gzip -n -\(level) \(option) < $in > $out", "")
            for (sample, blob) in zip(samples, try writer.blobs(of: samples.map(\.bytes))) {
                let isSame = try deflated(sample.bytes, level, isRsyncable) == blob.dropFirst(10).dropLast(8)
                #expect(isSame, "\(sample)")
            }
        }
    }

    /// What lies behind the last byte, and where the window moves, shows near such sizes and distances.
    @Test(.enabled(if: BlobWriter("gzip", "").isThere), arguments: [1, 6])
    func windowsEdgesAreThoseOfGzip(_ level: Int) throws {
        var generator = SeededGenerator(seed: 5)
        var contents: [[UInt8]] = []
        for period in [258, 32_506] {
            let noise = generator.bytes(period)
            for byteCount in [65_275, 65_400, 65_536, 98_042] {
                contents.append((0..<byteCount).map { noise[$0 % period] })
            }
        }
        let writer = BlobWriter("gzip", script: "gzip -n -\(level) < $in > $out", "")
        for (bytes, blob) in zip(contents, try writer.blobs(of: contents)) {
            let isSame = try deflated(bytes, level, false) == blob.dropFirst(10).dropLast(8)
            #expect(isSame, "\(bytes.count) bytes")
        }
    }

    private func deflated(_ bytes: [UInt8], _ level: Int, _ isRsyncable: Bool) throws -> ArraySlice<UInt8> {
        let deflater = GNUDeflater(level: level, isRsyncable: isRsyncable)
        var output: [UInt8] = []
        deflater.write(bytes[...], into: &output)
        deflater.finish(into: &output)
        return output[...]
    }

    /// Frequencies that grow like Fibonacci's numbers make the deepest trees.
    @Test(arguments: [7, 9, 15]) func codesAreNeverTooLong(_ longest: Int) {
        var frequencies: [UInt32] = [1, 1]
        while frequencies.count < 22 {
            frequencies.append(frequencies[frequencies.count - 1] + frequencies[frequencies.count - 2])
        }
        let code = HuffmanCode(frequencies: frequencies, longest: longest)
        #expect(code.lengths.allSatisfy { 1...UInt8(longest) ~= $0 })
        // The code is complete: there is no sequence of bits that means nothing.
        #expect(code.lengths.reduce(0) { $0 + 1 << (longest - Int($1)) } == 1 << longest)
    }

    @Test func aCodeHasTwoSymbolsAtLeast() {
        for frequencies: [UInt32] in [[0, 0, 0, 0], [5, 0, 0, 0], [0, 5, 0, 0], [0, 0, 0, 5]] {
            #expect(HuffmanCode(frequencies: frequencies, longest: 15).lengths.filter { $0 == 1 }.count == 2)
        }
    }
}
