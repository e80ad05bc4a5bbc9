private import FoundationEssentials
internal import Glibc
private import Synchronization

/// A name for a folder in a repository's `tmp` that belongs to this process: others leave the folder alone as long as it lives,
/// and the next transaction takes it away when it has been killed.
public final class TemporaryName: Sendable {
    /// The folder's path. Nobody has made it yet.
    public let path: String
    private let lock: StagingLock

    /// A folder's name within another folder, whose lock is taken. The given name is a part of it, and is not used twice.
    public init(in folder: String, _ name: String) throws(OSTreeError) {
        path = "\(folder)/\(StagingFolder.prefix)\(name)"
        guard let lock = try StagingLock.take(of: path) else {
            throw OSTreeError(operation: "lock", subject: path, reason: "another process has it")
        }
        lock.keepFresh()
        self.lock = lock
    }
}

/// A folder of ours in a repository's `tmp`, `staging-layerlab-…`, with a lock beside it as libostree's own staging folders
/// have: whoever clears `tmp`, libostree or we, leaves it alone as long as its process lives, however old it is, and
/// takes it away afterwards. libostree takes over only folders whose names go on with the machine's boot ID.
final class StagingFolder: Sendable {
    /// The folder, as a descriptor.
    let descriptor: Int32
    private let path: String
    private let lock: Mutex<StagingLock?>

    static let prefix = "staging-layerlab-"
    /// What the names of files begin with that are to have none.
    private static let filePrefix = "layerlab-"

    /// Makes a new folder.
    init(in repository: Repository) throws(OSTreeError) {
        while true {
            var template = Array("\(repository.path)/tmp/\(StagingFolder.prefix)XXXXXX".utf8CString)
            let isMade = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
            guard isMade else { throw StagingFolder.failure(repository, call: "mkdtemp") }
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // Another process that clears up may have found it before it was locked: then the next one will do.
            guard let lock = try StagingFolder.lock(path) else {
                unsafe rmdir(path)
                continue
            }
            // mkdtemp's folder is its owner's alone, and what is made in it is renamed out of it with other rights.
            let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if folder < 0 {
                let number = errno
                if number == ENOENT { continue }
                unsafe rmdir(path)
                throw StagingFolder.failure(repository, call: "open", number: number)
            }
            self.path = path
            descriptor = folder
            self.lock = Mutex(lock)
            return
        }
    }

    deinit {
        remove()
        close(descriptor)
    }

    /// Removes the folder with all that is in it. Nothing happens the second time.
    func remove() {
        lock.withLock { lock in
            guard lock != nil else { return }
            try? FileManager.default.removeItem(atPath: path)
            lock = nil
        }
    }

    /// Removes the folders of processes that are no more, and files that they had not yet taken the names off.
    static func removeLeftovers(of repository: Repository) {
        let folder = "\(repository.path)/tmp"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(filePrefix) {
            // A process that lives has it open, and takes its name off by itself.
            let type =
                try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.type] as? FileAttributeType
            if type == .typeRegular { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
        }
        for name in names where name.hasPrefix("staging-") {
            // libostree's own folders are its business, and its locks without a folder are nobody's.
            guard name.hasPrefix(prefix) || name.hasSuffix("-lock") && !names.contains(String(name.dropLast(5))) else {
                continue
            }
            // A lock without a folder may be left, too.
            let path = "\(folder)/\(name.hasSuffix("-lock") ? String(name.dropLast("-lock".count)) : name)"
            guard let lock = try? StagingLock.take(of: path) else { continue }
            try? FileManager.default.removeItem(atPath: path)
            extendLifetime(lock)
        }
    }

    /// The lock of a folder that was just made; nil where another process has it. Nobody may clear it for its age.
    private static func lock(_ path: String) throws(OSTreeError) -> StagingLock? {
        do {
            let lock = try StagingLock.take(of: path)
            lock?.keepFresh()
            return lock
        } catch {
            unsafe rmdir(path)
            throw error
        }
    }

    private static func failure(_ repository: Repository, call: String, number: Int32 = errno) -> OSTreeError {
        OSTreeError(operation: "begin a transaction in", subject: repository.path, call: call, number: number)
    }
}
