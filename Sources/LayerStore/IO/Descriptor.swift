internal import Glibc

/// Owns a file descriptor. Calls name what they work on, so that an error says which file, where and why.
struct Descriptor: ~Copyable {
    let number: Int32
    let name: String

    /// Opens a file for reading.
    init(reading path: String) throws(LayerStoreError) {
        number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        name = path
        guard number >= 0 else { throw LayerStoreError(.input, "cannot open \(path): \(Descriptor.reason())") }
    }

    /// Refuses, without opening it, what cannot be read again and again: all but regular files.
    static func requireFile(_ path: String) throws(LayerStoreError) {
        var information = stat()
        guard unsafe stat(path, &information) == 0, unsafe access(path, R_OK) == 0 else {
            throw LayerStoreError(.input, "cannot open \(path): \(Descriptor.reason())")
        }
        switch information.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw LayerStoreError(.input, "cannot read \(path): it is a directory, not a layer")
        default:
            throw LayerStoreError(
                .input, "cannot read \(path) several times: it is no regular file; save it as a file first")
        }
    }

    /// Makes a new, empty file beside its later place; an error where it is already there.
    init(creating path: String) throws(LayerStoreError) {
        number = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        name = path
        guard number >= 0 else { throw LayerStoreError(.input, "cannot write \(path): \(Descriptor.reason())") }
    }

    /// Opens what is no regular file, such as a device or a pipe, for writing.
    init(writing path: String) throws(LayerStoreError) {
        number = unsafe open(path, O_WRONLY | O_CLOEXEC)
        name = path
        guard number >= 0 else { throw LayerStoreError(.input, "cannot write \(path): \(Descriptor.reason())") }
    }

    /// A file without a name in a folder, for reading and writing. It is gone when it is closed, however that happens.
    init(temporaryIn folder: String) throws(LayerStoreError) {
        var template = Array("\(folder)/layerlab-XXXXXX".utf8CString)
        number = unsafe template.withUnsafeMutableBufferPointer { unsafe mkstemp($0.baseAddress!) }
        name = folder
        guard number >= 0 else {
            throw LayerStoreError(.input, "cannot make a temporary file in \(folder): \(Descriptor.reason())")
        }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        unsafe unlink(template)
    }

    /// A copy of standard input (0) or standard output (1).
    init(standard number: Int32) throws(LayerStoreError) {
        name = number == 0 ? Descriptor.standardInput : "standard output"
        self.number = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard self.number >= 0 else { throw LayerStoreError(.input, "cannot use \(name): \(Descriptor.reason())") }
    }

    /// How errors call standard input.
    static let standardInput = "standard input"

    deinit { close(number) }

    /// Bytes in a regular file, nil for anything else (a pipe, a device).
    var byteCount: UInt64? {
        var information = stat()
        guard unsafe fstat(number, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return UInt64(information.st_size)
    }

    /// How a stream is best handed on from here. A file that is only appended to takes no pieces elsewhere.
    var place: OutputPlace {
        var information = stat()
        guard unsafe fstat(number, &information) == 0 else { return .sequence }
        switch information.st_mode & S_IFMT {
        case S_IFIFO: return .pipe(PipeEnd(number: number, name: name))
        case S_IFREG:
            let start = lseek(number, 0, SEEK_CUR)
            guard start >= 0, fcntl(number, F_GETFL) & O_APPEND == 0 else { return .sequence }
            return .file(FilePlace(number: number, name: name, start: UInt64(start)))
        default: return .sequence
        }
    }

    /// Goes to a byte.
    func seek(to offset: UInt64) throws(LayerStoreError) {
        guard let place = off_t(exactly: offset), lseek(number, place, SEEK_SET) == place else {
            throw LayerStoreError(.input, "cannot go to byte \(offset) of \(name): \(Descriptor.reason())")
        }
    }

    /// Whether this is a folder, which opens and then cannot be read.
    var isDirectory: Bool {
        var information = stat()
        return unsafe fstat(number, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Reads until `buffer` holds at least `minimum` bytes or the end has come; returns how many it holds.
    func fill(_ buffer: inout [UInt8], atLeast minimum: Int) throws(LayerStoreError) -> Int {
        var count = 0
        while count < minimum {
            let more = try read(into: &buffer, at: count, offset: UInt64(count))
            if more == 0 { break }
            count += more
        }
        return count
    }

    /// Reads until `buffer` is full or the end has come; returns how many bytes it holds. `offset` is where the file stands.
    func fill(_ buffer: inout [UInt8], from offset: UInt64) throws(LayerStoreError) -> Int {
        var count = 0
        while count < buffer.count {
            let more = try read(into: &buffer, at: count, offset: offset + UInt64(count))
            if more == 0 { break }
            count += more
        }
        return count
    }

    /// Reads into `buffer` from `position` on, as much as there is; 0 at the end. `offset` is for the error's text.
    func read(into buffer: inout [UInt8], at position: Int = 0, offset: UInt64) throws(LayerStoreError) -> Int {
        while true {
            try Interruption.check()
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(number, $0.baseAddress! + position, $0.count - position)
            }
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw LayerStoreError(.input, "cannot read \(name) at byte \(offset): \(Descriptor.reason())")
            }
        }
    }

    /// Writes all the bytes.
    func write(_ bytes: ArraySlice<UInt8>) throws(LayerStoreError) {
        let failure = Descriptor.write(bytes, to: number)
        if failure == EINTR { try Interruption.check() }
        guard failure == 0 else {
            throw LayerStoreError(.input, "cannot write \(name): \(Descriptor.reason(failure))")
        }
    }

    /// Writes all the bytes; returns 0, or the error's number. That is `EINTR` only where somebody asked to stop.
    static func write(_ bytes: ArraySlice<UInt8>, to number: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(number, $0.baseAddress! + written, $0.count - written)
            }
            if count > 0 {
                written += count
                // A signal that comes when a part is written is no error: the next call would wait again.
                if written < bytes.count, Interruption.pending != nil { return EINTR }
            } else if count == 0 {
                return EIO
            } else if errno != EINTR || Interruption.pending != nil {
                return errno
            }
        }
        return 0
    }

    /// Gives the file these permissions, where that is allowed.
    func setPermissions(_ mode: mode_t) { _ = fchmod(number, mode) }

    /// Goes back to the beginning.
    func rewind() throws(LayerStoreError) {
        guard lseek(number, 0, Int32(SEEK_SET)) == 0 else {
            throw LayerStoreError(.input, "cannot rewind \(name): \(Descriptor.reason())")
        }
    }

    /// Grows to so many bytes, and goes to the end. What is new is zeros, for which no room is taken.
    func resize(to byteCount: UInt64) throws(LayerStoreError) {
        guard let size = off_t(exactly: byteCount), ftruncate(number, size) == 0, lseek(number, size, SEEK_SET) == size
        else {
            throw LayerStoreError(.input, "cannot grow a file in \(name): \(Descriptor.reason())")
        }
    }

    /// What the last call's error, or another one, is called.
    static func reason(_ number: Int32 = errno) -> String { unsafe String(cString: strerror(number)) }
}

/// A folder with those above it, made where they were not there.
public struct NewFolders: Sendable {
    /// Those that were made, the outermost first.
    private var made: [String] = []

    public init(_ path: String) throws(LayerStoreError) {
        let ends = path.indices.filter { path[$0] == "/" && $0 > path.startIndex } + [path.endIndex]
        for end in ends {
            let folder = String(path[..<end])
            if unsafe mkdir(folder, 0o777) == 0 {
                made.append(folder)
                continue
            }
            // A folder that is there may be told as a read-only file system or a permission that is missing.
            let reason = errno == EEXIST ? "there is a file of this name" : Descriptor.reason()
            guard NewFolders.isFolder(folder) else {
                removeWhereEmpty()
                throw LayerStoreError(.input, "cannot make the folder \(folder): \(reason); name another one")
            }
        }
    }

    /// Removes what was made, where nothing is in it.
    public func removeWhereEmpty() {
        for folder in made.reversed() { unsafe rmdir(folder) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return unsafe stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }
}
