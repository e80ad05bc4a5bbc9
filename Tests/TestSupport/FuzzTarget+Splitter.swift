import Tar

extension FuzzTarget {
    /// `Splitter`. An input is a byte of flags, two bytes that give the size of chunks, and a stream.
    public static let splitter = FuzzTarget(
        name: "splitter",
        check: { input in
            guard input.count >= 3 else { return }
            let chunkSize = 1 + (Int(input[1]) | Int(input[2]) << 8) % 4096
            var stream = Array(input.dropFirst(3))
            if input[0] & 1 != 0 { repairChecksums(in: &stream) }
            let whole = try RecordingSink(splitting: stream)
            try law(whole.bytes == stream, "the parts are not the stream")
            let chunked = try RecordingSink(splitting: stream, chunkSize: chunkSize)
            try law(chunked == whole, "chunks of \(chunkSize) give something else than the whole")
            try checkPayloads(of: whole)
        },
        makeSeeds: {
            TarSample.all.filter { $0.bytes.count + 3 <= maximumSeedBytes }
                .map { FuzzSeed($0.name, [1, 0xff, 1] + $0.bytes) }
        })

    /// Writes the right checksum wherever a block has one in octal digits: else hardly any mutation of a header would
    /// be read as a header.
    private static func repairChecksums(in stream: inout [UInt8]) {
        for start in stride(from: 0, through: stream.count - Header.blockSize, by: Header.blockSize) {
            let field = start + 148..<start + 154
            guard stream[field].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { continue }
            stream.replaceSubrange(start + 148..<start + 156, with: Array(repeating: UInt8(ascii: " "), count: 8))
            let sum = stream[start..<start + Header.blockSize].reduce(0) { $0 + Int64($1) }
            stream.replaceSubrange(start + 148..<start + 155, with: HeaderFields.number(sum, width: 7))
        }
    }

    /// Payloads follow their entry, end once, and are as long as it says unless they are cut.
    public static func checkPayloads(of sink: RecordingSink) throws {
        var (next, open) = (0, UInt64?.none)
        for segment in sink.segments {
            switch segment {
            case .entry(let index):
                try law(index == next && open == nil, "entry \(index) begins inside another one")
                next += 1
                open = sink.entries[index].size == 0 ? nil : sink.entries[index].size
            case .payload(let count):
                try law(open.map { UInt64(count) <= $0 } == true, "a payload outgrows entry \(next - 1)")
            case .payloadEnd(let isWhole):
                try law(open != nil, "a payload ends that never began")
                try law(
                    isWhole == (UInt64(sink.payloads[next - 1].count) == open),
                    "the payload of entry \(next - 1) is not what its end says")
                open = nil
            case .literal, .opaque:
                try law(open == nil, "the payload of entry \(next - 1) has no end")
            }
        }
        try law(open == nil, "the last payload has no end")
    }
}
