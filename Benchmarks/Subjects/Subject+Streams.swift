internal import Digests
internal import Tar

extension Subject {
    /// What no import and no verified rebuild can beat.
    static let floors = [
        Subject("floor: array copy") { layerBytes in
            let stream = Layer.smallFiles(byteCount: layerBytes).stream
            var copy: [UInt8] = []
            copy.reserveCapacity(stream.count)
            return {
                copy.removeAll(keepingCapacity: true)
                copy.append(contentsOf: stream)
                try require(copy.count == stream.count && copy.last == stream.last, "the copy is another one")
            }
        }
    ]

    static let digests = [
        Subject("SHA256Stream") { layerBytes in
            let layer = Layer.smallFiles(byteCount: layerBytes)
            return {
                var hasher = SHA256Stream()
                for chunk in layer.chunks { hasher.update(chunk) }
                try require(hasher.digest == layer.diffID, "the digest is another one")
            }
        },
        Subject("CRC64Stream") { layerBytes in
            let layer = Layer.smallFiles(byteCount: layerBytes)
            let whole = crc64([layer.stream[...]])
            return { try require(crc64(layer.chunks) == whole, "the sum is another one") }
        },
    ]

    private static func crc64(_ chunks: [ArraySlice<UInt8>]) -> [UInt8] {
        var stream = CRC64Stream()
        for chunk in chunks { stream.update(chunk) }
        return stream.bytes
    }

    static let splitting = [
        Subject("Header: parse") { layerBytes in
            let layer = Layer.smallFiles(byteCount: layerBytes)
            let headers = layer.headerOffsets
            return {
                let known = headers.count { Header(layer.stream[$0..<$0 + Header.blockSize]) != nil }
                try require(known == headers.count, "\(known) of \(headers.count) headers are such")
            }
        },
        Subject("Splitter: many small files") { try splitting(Layer.smallFiles(byteCount: $0)) },
        Subject("Splitter: one large file") { try splitting(Layer.oneLargeFile(byteCount: $0)) },
    ]

    private static func splitting(_ layer: Layer) throws -> () throws -> Void {
        {
            var sink = CountingSink()
            var splitter = Splitter()
            for chunk in layer.chunks { try splitter.consume(chunk, into: &sink) }
            try splitter.finish(into: &sink)
            try require(sink == layer.expectation, "split into \(sink), and not \(layer.expectation)")
        }
    }
}
