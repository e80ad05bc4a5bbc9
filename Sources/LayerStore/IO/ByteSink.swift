internal import Glibc

/// Takes a rebuilt stream, in order.
public protocol ByteSink: AnyObject {
    func write(_ bytes: ArraySlice<UInt8>) throws
}

/// Throws the bytes away: for checks and measurements that are about everything else.
public final class NullSink: ByteSink {
    public init() {}
    public func write(_ bytes: ArraySlice<UInt8>) {}
}

/// Keeps the bytes.
public final class MemorySink: ByteSink {
    public private(set) var bytes: [UInt8] = []
    public init() {}
    public func write(_ bytes: ArraySlice<UInt8>) { self.bytes += bytes }
}

/// Standard output. What has been written cannot be taken back.
public final class StandardOutputSink: ByteSink {
    private let descriptor: Descriptor

    public init() throws(LayerStoreError) { descriptor = try Descriptor(standard: 1) }

    public func write(_ bytes: ArraySlice<UInt8>) throws { try descriptor.write(bytes) }
}

/// A file that appears under its name when it is complete. One that is dropped unfinished leaves nothing behind.
///
/// What is no regular file (a device, a pipe) is written in place.
public final class FileSink: ByteSink {
    private let descriptor: Descriptor
    private let path: String
    private let temporary: String?
    private var isFinished = false

    public init(_ path: String) throws(LayerStoreError) {
        self.path = path
        var information = stat()
        if unsafe stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
            temporary = nil
            descriptor = try Descriptor(writing: path)
        } else {
            let name = "\(path).layerlab-\(getpid())"
            temporary = name
            descriptor = try Descriptor(creating: name)
        }
    }

    deinit {
        if !isFinished, let temporary { unsafe unlink(temporary) }
    }

    public func write(_ bytes: ArraySlice<UInt8>) throws { try descriptor.write(bytes) }

    /// Gives the complete file its name.
    public func finish() throws(LayerStoreError) {
        if let temporary, unsafe rename(temporary, path) != 0 {
            throw LayerStoreError(.input, "cannot write \(path): \(Descriptor.reason())")
        }
        isFinished = true
    }
}
