internal import OSTree

/// Sizes that change how fast a rebuild is, and nothing else.
struct RebuildSettings {
    /// The greatest chunk, in bytes.
    var chunkSize: Int
    /// Chunks that are in memory at a time, at least two.
    var places = 16
    /// Threads that plan and fill chunks; with 0 the caller does it.
    var workers: Int
    /// Threads that join them where objects come from the disk: they wait for it together.
    var readers = 6
    /// Objects come from the disk when the process has read so many blocks of 512 bytes.
    var coldBlockCount = 256
    /// Payloads of so many bytes are sent from file to pipe where nobody hashes them.
    var sentByteCount: UInt64 = 128 << 10

    /// Small chunks stay in the processor's caches, and an object of an archive is inflated at once where a chunk holds it.
    /// More threads than processors would only take turns with the one that hashes.
    static func standard(streamLength: UInt64, in mode: RepositoryMode) -> RebuildSettings {
        let (least, greatest): (UInt64, UInt64) =
            mode == .archive ? (256 << 10, 1 << 20) : (64 << 10, 256 << 10)
        // A short stream has shorter chunks, so that there are some for each thread.
        let chunkSize = max(least, min(greatest, (streamLength >> 20) << 16))
        let chunks = streamLength / chunkSize
        // A chunk or two are done before a thread has begun.
        let workers = chunks < 3 ? 0 : min(UInt64(Processors.count), 4, chunks)
        return RebuildSettings(
            chunkSize: Int(chunkSize), places: mode == .archive ? 12 : 16, workers: Int(workers))
    }
}
