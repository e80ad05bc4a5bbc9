internal import Glibc
internal import OSTree

/// Room for one chunk of a stream. One thread at a time uses it.
@safe final class StreamChunk: @unchecked Sendable {
    /// The chunk's bytes are the first `count` of these.
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    /// Why the chunk ends before it should.
    var failure: (any Error)?
    /// The payload that is to be sent as a file, instead of `bytes`.
    private(set) var job: ChunkJob?
    /// That file; -1 where it could not be opened.
    private(set) var file: Int32 = -1

    deinit { closeFile() }

    /// The chunk's bytes so far.
    var filled: ArraySlice<UInt8> { bytes[..<count] }

    /// Makes the chunk an empty one, for so many bytes at most. The memory of the one before is used again.
    func begin(room: Int) {
        (count, failure, job) = (0, nil, nil)
        closeFile()
        if bytes.count < room {
            // What is in it does not matter, and zeroing it would touch memory that small layers never need.
            bytes = unsafe [UInt8](unsafeUninitializedCapacity: room) { $1 = room }
        }
    }

    /// Appends bytes; there is room for them.
    func append(_ slice: ArraySlice<UInt8>) {
        precondition(slice.count <= bytes.count - count)
        guard !slice.isEmpty else { return }
        let count = count
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe slice.withUnsafeBytes { _ = unsafe memcpy(target.baseAddress! + count, $0.baseAddress!, $0.count) }
        }
        self.count += slice.count
    }

    /// Appends what a reader gives of up to so many bytes; returns how many that were.
    func append(
        upTo wanted: Int, _ read: (inout [UInt8], Int) throws(OSTreeError) -> Int
    ) throws(OSTreeError) -> Int {
        precondition(wanted <= bytes.count - count)
        let found = try read(&bytes, count)
        count += found
        return found
    }

    /// Leaves nothing but an error: the bytes could not be written.
    func lose(_ error: any Error) { (count, failure) = (0, error) }

    /// Makes the chunk the bytes of a payload's file; closes the file when the chunk is done with.
    func begin(sending job: ChunkJob, from file: Int32?) {
        begin(room: 0)
        self.job = job
        self.file = file ?? -1
    }

    private func closeFile() {
        if file >= 0 { close(file) }
        file = -1
    }
}
