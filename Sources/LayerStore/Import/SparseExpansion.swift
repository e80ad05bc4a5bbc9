internal import OSTree
internal import Tar

/// Writes a sparse file whole: the data of its payload with the holes between.
struct SparseExpansion {
    /// Holes that are written for one layer, in all. They are zeros that still have to be hashed, and a header of 512
    /// bytes can announce any number of them.
    static let maximumHoleBytes: UInt64 = 1 << 30

    /// Bytes of holes that may still be written.
    private var budget = SparseExpansion.maximumHoleBytes

    /// A sparse file's payload, in memory or not.
    enum Payload {
        case bytes(ContentBytes)
        case spool(Spool)

        var byteCount: UInt64 {
            switch self {
            case .bytes(let bytes): UInt64(bytes.byteCount)
            case .spool(let spool): spool.byteCount
            }
        }

        /// Hands out all the bytes, in chunks.
        func forEachChunk(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
            switch self {
            case .bytes(let bytes): try bytes.forEach(body)
            case .spool(let spool):
                try spool.rewind()
                while case let chunk = try spool.next(), !chunk.isEmpty { try body(chunk) }
            }
        }

        /// The payload's beginning, as far as a map may reach.
        func start() throws -> ArraySlice<UInt8> {
            var start: [UInt8] = []
            switch self {
            case .bytes(let bytes):
                bytes.forEach { start += $0.prefix(max(SparseFile.maximumMapBytes - start.count, 0)) }
            case .spool(let spool):
                try spool.rewind()
                while start.count < SparseFile.maximumMapBytes, case let chunk = try spool.next(), !chunk.isEmpty {
                    start += chunk
                }
            }
            return start[...]
        }
    }

    enum Outcome {
        /// The file as a plain one.
        case expanded(Spool)
        /// No tree holds it, and why.
        case refused(String)
    }

    mutating func expand(
        _ sparse: SparseFile, _ payload: Payload, into makeSpool: () throws -> Spool
    ) throws -> Outcome {
        let start = sparse.hasMapInPayload ? try payload.start() : []
        guard let realSize = sparse.realSize,
            let layout = sparse.layout(payloadByteCount: payload.byteCount, start: start)
        else { return .refused("its map is malformed, or does not fit its payload") }
        let holes = realSize - layout.parts.reduce(0) { $0 + $1.byteCount }
        guard holes <= budget else {
            return .refused("\(holes) bytes of holes are more than what a layer's sparse files are given in all")
        }
        budget -= holes
        let spool = try makeSpool()
        try write(layout, payload, to: spool)
        try spool.grow(to: realSize)
        return .expanded(spool)
    }

    private func write(_ layout: SparseFile.Layout, _ payload: Payload, to spool: Spool) throws {
        var (skipped, next) = (layout.mapByteCount, 0)
        // What is left of the part at `next`.
        var remaining: UInt64 = 0
        try payload.forEachChunk { chunk in
            var rest = chunk.dropFirst(skipped)
            skipped -= min(skipped, chunk.count)
            while !rest.isEmpty, next < layout.parts.count {
                let part = layout.parts[next]
                if remaining == 0 {
                    guard part.byteCount > 0 else {
                        next += 1
                        continue
                    }
                    try spool.grow(to: part.offset)
                    remaining = part.byteCount
                }
                let data = rest.prefix(Int(min(remaining, UInt64(rest.count))))
                try spool.append(data)
                remaining -= UInt64(data.count)
                if remaining == 0 { next += 1 }
                rest = rest.dropFirst(data.count)
            }
        }
    }
}
