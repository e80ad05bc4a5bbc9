private import CLinux
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
public final class StandardOutputSink: ByteSink, PlacedSink {
    private let descriptor: Descriptor
    let place: OutputPlace
    /// Bytes of the file that it is, if it is one, before anything was written.
    private let byteCount: UInt64?

    public init() throws(LayerStoreError) {
        descriptor = try Descriptor(standard: 1)
        place = descriptor.place
        byteCount = descriptor.byteCount
    }

    public func write(_ bytes: ArraySlice<UInt8>) throws { try descriptor.write(bytes) }

    func end(at byteCount: UInt64) throws {
        guard case .file(let file) = place else { return }
        // What writes to the same file next goes on behind the stream.
        let end = file.start + byteCount
        try descriptor.seek(to: end)
        if let before = self.byteCount, let now = descriptor.byteCount, before <= end, end < now {
            try descriptor.resize(to: end)
        }
    }
}

/// Text on standard output and standard error.
public enum StandardText {
    /// Nobody reads standard output any more. A reader such as `head` that has seen enough is no reason to complain:
    /// the process ends quietly, with the exit code that SIGPIPE would have given it.
    public struct ReaderIsGone: Error {}

    /// Fills the places of standard streams that the process was started without. Otherwise the next file to be opened,
    /// an object of the repository for instance, would be taken for one of them. Reading or writing them still fails.
    public static func reserve() {
        for (number, mode) in [(0, O_WRONLY), (1, O_RDONLY), (2, O_WRONLY)] as [(Int32, Int32)]
        where fcntl(number, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", mode)
        }
    }

    /// Writes results to standard output, all of them or it is an error.
    public static func writeOutput(_ text: String) throws {
        switch Descriptor.write(Array(text.utf8)[...], to: 1) {
        case 0: return
        case EPIPE: throw ReaderIsGone()
        case EINTR: throw LayerStoreError(.interrupted, "interrupted while results were written; they are incomplete")
        case let failure:
            throw LayerStoreError(
                .input, "cannot write the results to standard output: \(Descriptor.reason(failure))")
        }
    }

    /// Writes to standard error what it takes: there is no place to complain about the rest.
    public static func writeError(_ text: String) { _ = Descriptor.write(Array(text.utf8)[...], to: 2) }
}

/// A file that appears under its name when it is complete. One that is dropped unfinished leaves nothing behind.
///
/// What is no regular file (a device, a pipe) is written in place. A symbolic link stays one: the file that it names is
/// replaced. A file that is replaced passes its permissions on.
public final class FileSink: ByteSink, PlacedSink {
    private let descriptor: Descriptor
    var place: OutputPlace { descriptor.place }
    private let path: String
    private let temporary: String?
    /// Whether there was a file of that name.
    private let isReplacing: Bool
    private var isFinished = false

    public init(_ path: String) throws(LayerStoreError) {
        var information = stat()
        let isThere = unsafe stat(path, &information) == 0
        isReplacing = isThere
        if isThere, information.st_mode & S_IFMT != S_IFREG {
            self.path = path
            temporary = nil
            descriptor = try Descriptor(writing: path)
        } else {
            self.path = try FileSink.target(of: path)
            let name = "\(self.path).layerlab-\(getpid())"
            temporary = name
            descriptor = try Descriptor(creating: name)
            if isThere { descriptor.setPermissions(information.st_mode & 0o777) }
        }
    }

    /// Where a chain of symbolic links ends, also where nothing is there yet.
    private static func target(of path: String) throws(LayerStoreError) -> String {
        var target = path
        // As many as Linux follows.
        for _ in 0..<40 {
            var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe readlink(target, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
            }
            guard count >= 0 else { return target }
            let link = String(decoding: buffer.prefix(count), as: UTF8.self)
            let folder = target.lastIndex(of: "/").map { target[...$0] } ?? ""
            target = link.hasPrefix("/") ? link : folder + link
        }
        throw LayerStoreError(.input, "cannot write \(path): \(Descriptor.reason(ELOOP))")
    }

    deinit {
        if !isFinished, let temporary { unsafe unlink(temporary) }
    }

    public func write(_ bytes: ArraySlice<UInt8>) throws { try descriptor.write(bytes) }

    func end(at byteCount: UInt64) {}

    /// Gives the complete file its name. As with any other file that is not synced, a power cut soon after may take it.
    public func finish() throws(LayerStoreError) {
        if let temporary, try !replace(by: temporary), unsafe rename(temporary, path) != 0 { throw failure() }
        isFinished = true
    }

    /// Puts the file in the place of the one that is there, and removes that; false where there is none, or the file system cannot.
    ///
    /// Some file systems (ext4) begin to write a file to the disk when it takes the name of another, which may take longer
    /// than all before. They do not when the two change places.
    private func replace(by temporary: String) throws(LayerStoreError) -> Bool {
        func changePlaces() -> Bool {
            unsafe renameat2(AT_FDCWD, temporary, AT_FDCWD, path, layerlab_rename_exchange) == 0
        }
        guard isReplacing, changePlaces() else { return false }
        // A file system that does not know of changing places may have put ours in the other's.
        guard unsafe unlink(temporary) != 0, errno != ENOENT else { return true }
        // What was there is no file any more, and not ours to remove.
        let failure = failure()
        _ = changePlaces()
        throw failure
    }

    private func failure() -> LayerStoreError {
        LayerStoreError(.input, "cannot write \(path): \(Descriptor.reason())")
    }
}
