internal import Glibc

/// Ways to hand a stream on that are faster than one write after the other, for sinks that have them.
enum OutputPlace {
    /// Pieces of the stream are written one after the other.
    case sequence
    /// Pieces may be written where they belong, in any order and by several threads.
    case file(FilePlace)
    /// Pieces come one after the other, and files may be sent without a copy.
    case pipe(PipeEnd)
}

/// A sink that knows of a faster way.
protocol PlacedSink: ByteSink {
    var place: OutputPlace { get }
    /// Says that the stream ends behind so many bytes, which were written to what `place` gave. What others wrote behind
    /// them, before something went wrong, is no part of it.
    func end(at byteCount: UInt64) throws
}

/// A regular file of which several threads write pieces. Its owner keeps it open.
struct FilePlace: Sendable {
    let number: Int32
    let name: String
    /// Where in the file the stream begins.
    let start: UInt64

    /// Writes all the bytes at their offset in the stream.
    func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64) throws(LayerStoreError) {
        var written = 0
        while written < bytes.count {
            guard let place = off_t(exactly: start + offset + UInt64(written)) else { throw failure(EFBIG) }
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(number, $0.baseAddress! + written, $0.count - written, place)
            }
            if count > 0 {
                written += count
            } else if count == 0 {
                throw failure(EIO)
            } else if errno == EINTR {
                try Interruption.check()
            } else {
                throw failure(errno)
            }
        }
    }

    private func failure(_ number: Int32) -> LayerStoreError {
        LayerStoreError(.input, "cannot write \(name): \(Descriptor.reason(number))")
    }
}

/// The end of a pipe that is written to. Its owner keeps it open.
struct PipeEnd: Sendable {
    let number: Int32
    let name: String

    /// Bytes that a pipe is asked to hold: what an ordinary user may have it hold. With as much in it, writer and reader
    /// seldom wait for each other.
    private static let greatestByteCount: Int32 = 1 << 20

    /// Lets the pipe hold more, where the system allows it.
    func enlarge() {
        // F_GETPIPE_SZ and F_SETPIPE_SZ: glibc declares them for GNU programs only.
        let (getSize, setSize) = (Int32(1032), Int32(1031))
        if fcntl(number, getSize) < PipeEnd.greatestByteCount {
            _ = fcntl(number, setSize, PipeEnd.greatestByteCount)
        }
    }

    /// Sends bytes of a file, from its current place on, without copying them. Returns how many there were: fewer than `byteCount`
    /// only where the file ends; nil where the system cannot send this file at all.
    func send(_ file: Int32, _ byteCount: Int) throws(LayerStoreError) -> Int? {
        var sent = 0
        while sent < byteCount {
            let count = sendfile(number, file, nil, byteCount - sent)
            if count > 0 {
                sent += count
                // A signal that comes when a part is sent is no error: the next call would wait again.
                if sent < byteCount { try Interruption.check() }
            } else if count == 0 {
                break
            } else if errno == EINTR {
                try Interruption.check()
            } else if sent == 0, errno == EINVAL || errno == ENOSYS {
                return nil
            } else {
                throw LayerStoreError(.input, "cannot write \(name): \(Descriptor.reason())")
            }
        }
        return sent
    }
}
