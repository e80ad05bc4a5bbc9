internal import Digests
internal import Foundation
internal import LayerStore
internal import Tar
internal import Processes

/// How long it takes to copy, to hash and to split a stream that lies in memory. Reading it is not part of that.
public struct FloorSample: Codable, Sendable, Equatable {
    public var bytes: UInt64 = 0
    public var copySeconds = 0.0
    public var hashSeconds = 0.0
    public var splitSeconds = 0.0

    /// More than the processor's caches hold.
    private static let blockBytes = 64 << 20

    /// Measures a file's bytes, 64 MiB at a time.
    public init(of path: String) throws {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: URL(filePath: path))
        } catch {
            throw LocatedError("cannot be read: \(error.localizedDescription)", in: path)
        }
        defer { try? handle.close() }
        var target = [UInt8](repeating: 0, count: FloorSample.blockBytes)
        var hash = SHA256Stream()
        var splitter = Splitter()
        var sink = EmptySink()
        while let data = try handle.read(upToCount: FloorSample.blockBytes), !data.isEmpty {
            try Interruption.check()
            let block = Array(data)
            copySeconds += seconds { target.replaceSubrange(0..<block.count, with: block) }
            hashSeconds += seconds { hash.update(block[...]) }
            splitSeconds += try seconds { try splitter.consume(block[...], into: &sink) }
            bytes += UInt64(block.count)
        }
        splitSeconds += try seconds { try splitter.finish(into: &sink) }
        // The results are looked at, so that no compiler leaves the work out.
        guard target.count == FloorSample.blockBytes, hash.byteCount == bytes else {
            throw LocatedError("the floors were not measured", in: path)
        }
    }

    private func seconds(_ work: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try work()
        return start.duration(to: clock.now) / .seconds(1)
    }
}

/// Takes everything and keeps nothing.
private struct EmptySink: SplitterSink {
    mutating func literal(_ bytes: ArraySlice<UInt8>) {}
    mutating func entry(_ entry: Entry) {}
    mutating func payload(_ bytes: ArraySlice<UInt8>) {}
    mutating func payloadEnded(isWhole: Bool) {}
    mutating func opaque(_ bytes: ArraySlice<UInt8>) {}
    mutating func finding(_ finding: Finding) {}
}

extension FloorSample {
    /// For a person.
    public var text: String {
        let rates = [("memory copy", copySeconds), ("SHA-256", hashSeconds), ("splitter", splitSeconds)]
        return rates.map { "\($0.0)  \(Figure.megabytesPerSecond(bytes: bytes, seconds: $0.1)) MB/s" }
            .joined(separator: "\n")
    }
}
