internal import COSTree
internal import CLinux
internal import Digests
internal import Glibc
internal import Synchronization

/// Objects of one transaction as files of ours, in a folder beside libostree's own in `tmp`, under the paths that they
/// will have. `publish` renames them into `objects`: whole folders where the repository has none of that name, which a first
/// import's are, and file by file else. Directories' contents wait in a folder of their own, and come last, from the leaves up:
/// wherever that is cut short, nothing names what is not there, which `ostree fsck` would refuse.
///
/// Whoever clears `tmp` leaves the folder alone while its process lives (`StagingFolder`). Nothing in it is ever taken for an
/// object.
final class DirectStage: ObjectStage {
    let mode: RepositoryMode
    /// The folder, as a descriptor.
    var folder: Int32 { staging.descriptor }
    /// What files are to be compressed with in archive mode, 0 to 9.
    let compressionLevel: Int32
    /// Permission bits that a file gets when it is made with all of them; what else it should have is set afterwards.
    let grantedPermissions: UInt32
    /// The repository's path, for errors.
    let repositoryPath: String

    private let repository: Repository
    private let isRoot = geteuid() == 0
    private let staging: StagingFolder
    /// Where directories' contents wait.
    let trees: OpenFolder
    private let stagedTrees = Mutex<[(height: Int, object: Digest)]>([])
    private static let treesFolder = "trees"
    private let objectsFolder: OpenFolder
    private var objects: Int32 { objectsFolder.descriptor }
    /// Which of the folders `objects/00` to `objects/ff` were there at first.
    private let present: [Bool]
    /// Which of these folders the stage has.
    private let staged = Mutex([Bool](repeating: false, count: 256))
    private let syncsEachFile: Bool
    /// Bytes that may be written before the room is used up that the repository wants to be left free.
    private let room: UInt64
    private let writtenBytes = Atomic<UInt64>(0)
    private let temporaries = Atomic<Int>(0)
    private let compressing = Mutex<DeflateThreads?>(nil)

    init(in repository: Repository) throws(OSTreeError) {
        self.repository = repository
        (mode, repositoryPath) = (repository.mode, repository.path)
        objectsFolder = try OpenFolder("objects", in: repository.folder, of: repository)
        staging = try StagingFolder(in: repository)
        let isMade = unsafe mkdirat(staging.descriptor, DirectStage.treesFolder, 0o700) == 0
        guard isMade else {
            throw OSTreeError(operation: "begin a transaction in", subject: repository.path, call: "mkdirat")
        }
        trees = try OpenFolder(DirectStage.treesFolder, in: staging.descriptor, of: repository)
        present = try DirectStage.folders(in: objectsFolder.descriptor, of: repository)
        (compressionLevel, syncsEachFile) = DirectStage.settings(of: repository)
        room = try DirectStage.room(in: repository)
        grantedPermissions = DirectStage.grantedPermissions(in: staging.descriptor)
    }

    func close() { staging.remove() }

    func scribe() throws(OSTreeError) -> any ObjectScribe { try DirectScribe(of: self) }

    /// Whether the repository has an object already.
    func holds(_ path: LoosePath) -> Bool {
        guard present[Int(path.object.words.0 >> 56)] else { return false }
        var information = stat()
        return unsafe path.with { unsafe fstatat(objects, $0, &information, AT_SYMLINK_NOFOLLOW) } == 0
    }

    /// The permissions with which a file is made that is to have these. Only root may set attributes on what is not to be
    /// written.
    func creationPermissions(_ permissions: UInt32) -> UInt32 { permissions & 0o777 | (isRoot ? 0 : 0o600) }

    /// Threads that compress long contents; they are started when the first one asks for them.
    var deflateThreads: DeflateThreads {
        compressing.withLock { threads in
            let ready = threads ?? DeflateThreads(level: compressionLevel)
            threads = ready
            return ready
        }
    }

    /// Takes bytes off what may be written.
    func claim(_ byteCount: Int) throws(OSTreeError) {
        let total = writtenBytes.add(UInt64(byteCount), ordering: .relaxed).newValue
        guard total <= room else {
            throw OSTreeError(
                operation: "write a file to", subject: repositoryPath,
                reason: "min-free-space would be exceeded: the repository's settings keep the rest of the disk free",
                code: .noSpace)
        }
    }

    /// A name that no other file in the folder has.
    func temporaryName() -> String { "new-\(temporaries.add(1, ordering: .relaxed).newValue)" }

    /// Makes one of the folders that paths begin with, where a file could not be made without it.
    func makeFolder(of loose: LoosePath) -> Bool {
        unsafe loose.with { path in
            var name: (CChar, CChar, CChar) = unsafe (path[0], path[1], 0)
            let isMade = unsafe withUnsafeBytes(of: &name) { bytes in
                unsafe mkdirat(folder, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), 0o777) == 0
                    || errno == EEXIST
            }
            if isMade { staged.withLock { $0[Int(loose.object.words.0 >> 56)] = true } }
            return isMade
        }
    }

    /// What a file is asked for before it is closed, where the repository syncs each by itself.
    func settle(_ file: Int32) throws(OSTreeError) {
        if syncsEachFile, fsync(file) != 0 { throw failure("write a file to", call: "fsync") }
    }

    func failure(_ operation: String = "write a file to", call: String) -> OSTreeError {
        OSTreeError(operation: operation, subject: repositoryPath, call: call)
    }

    // MARK: Publishing

    func sync() throws(OSTreeError) {
        guard repository.isDurable, staged.withLock({ $0.contains(true) }) || !stagedTrees.withLock(\.isEmpty) else {
            return
        }
        if syncfs(folder) != 0 { throw failure("sync", call: "syncfs") }
    }

    func publish() throws(OSTreeError) {
        let staged = self.staged.withLock { $0 }
        guard staged.contains(true) || !stagedTrees.withLock(\.isEmpty) else { return }
        var touched: [String] = []
        for index in staged.indices where staged[index] {
            let name = DirectStage.folderName(index)
            if !present[index], unsafe renameat(folder, name, objects, name) == 0 { continue }
            guard unsafe mkdirat(objects, name, 0o777) == 0 || errno == EEXIST else {
                throw failure("publish objects in", call: "mkdirat")
            }
            try moveFiles(of: name)
            touched.append(name)
        }
        if repository.isDurable {
            for name in touched { try sync(name) }
            try sync(".")
        }
        try publishTrees()
        if repository.isDurable { try sync(".") }
    }

    /// Takes note of a directory's contents, which have been written.
    func add(_ tree: MetadataObject) { stagedTrees.withLock { $0.append((tree.height, tree.object)) } }

    static func treeName(_ object: Digest) -> String { object.hex + ".dirtree" }

    /// Renames directories' contents, those that hold others after them. The transaction syncs the file system before any commit
    /// gets its name, so their names are on the disk by then.
    private func publishTrees() throws(OSTreeError) {
        for (_, object) in stagedTrees.withLock({ $0.sorted { $0.height < $1.height } }) {
            let name = DirectStage.treeName(object)
            let folder = String(name.prefix(2))
            let path = "\(folder)/\(name.dropFirst(2))"
            if unsafe renameat(trees.descriptor, name, objects, path) == 0 { continue }
            guard errno == ENOENT, unsafe mkdirat(objects, folder, 0o777) == 0 || errno == EEXIST,
                unsafe renameat(trees.descriptor, name, objects, path) == 0
            else { throw failure("publish objects in", call: "renameat") }
        }
    }

    /// Renames the files of one folder, one by one.
    private func moveFiles(of name: String) throws(OSTreeError) {
        let source = try OpenFolder(name, in: folder, of: repository)
        let target = try OpenFolder(name, in: objects, of: repository)
        for file in try DirectStage.names(in: source.descriptor, of: repository)
        where unsafe renameat(source.descriptor, file, target.descriptor, file) != 0 {
            throw failure("publish objects in", call: "renameat")
        }
    }

    private func sync(_ name: String) throws(OSTreeError) {
        let directory = try OpenFolder(name, in: objects, of: repository)
        guard fsync(directory.descriptor) == 0 else { throw failure("sync", call: "fsync") }
    }

    // MARK: Setting up

    /// Whether the repository wants nothing of its objects' files but what is written here: no fs-verity, and attributes
    /// as they are.
    static func isEnough(for repository: Repository) -> Bool {
        guard let configuration = unsafe ostree_repo_get_config(repository.pointer) else { return false }
        return unsafe g_key_file_has_group(configuration, "ex-integrity") == 0
            && g_key_file_get_boolean(configuration, "core", "disable-xattrs", nil) == 0
    }

    private static func grantedPermissions(in folder: Int32) -> UInt32 {
        let probe = unsafe openat(folder, "probe", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o777)
        guard probe >= 0 else { return 0 }
        defer {
            Glibc.close(probe)
            unsafe unlinkat(folder, "probe", 0)
        }
        var information = stat()
        return unsafe fstat(probe, &information) == 0 ? information.st_mode & 0o777 : 0
    }

    private static func settings(of repository: Repository) -> (level: Int32, syncsEachFile: Bool) {
        guard let configuration = unsafe ostree_repo_get_config(repository.pointer) else { return (6, false) }
        let level =
            unsafe g_key_file_has_key(configuration, "archive", "zlib-level", nil) != 0
            ? unsafe g_key_file_get_integer(configuration, "archive", "zlib-level", nil) : 6
        let each = unsafe g_key_file_get_boolean(configuration, "core", "per-object-fsync", nil) != 0
        return ((0...9).contains(level) ? level : 6, each && repository.isDurable)
    }

    private static func room(in repository: Repository) throws(OSTreeError) -> UInt64 {
        var reserved: guint64 = 0
        try check("read the settings of", repository.path) {
            unsafe ostree_repo_get_min_free_space_bytes(repository.pointer, &reserved, $0) != 0
        }
        var system = statvfs()
        guard unsafe fstatvfs(repository.folder, &system) == 0 else { return .max }
        let free = UInt64(system.f_bfree) * UInt64(system.f_frsize)
        return free > UInt64(reserved) ? free - UInt64(reserved) : 0
    }

    /// Which of the folders `00` to `ff` a folder has.
    private static func folders(in directory: Int32, of repository: Repository) throws(OSTreeError) -> [Bool] {
        var found = [Bool](repeating: false, count: 256)
        for name in try names(in: directory, of: repository) where name.utf8.count == 2 {
            if let index = Int(name, radix: 16), folderName(index) == name { found[index] = true }
        }
        return found
    }

    private static func folderName(_ index: Int) -> String {
        (index < 16 ? "0" : "") + String(index, radix: 16)
    }

    /// The names in a folder.
    private static func names(in directory: Int32, of repository: Repository) throws(OSTreeError) -> [String] {
        let copy = unsafe openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = unsafe fdopendir(copy) else {
            let error = OSTreeError(operation: "list a folder of", subject: repository.path, call: "openat")
            if copy >= 0 { Glibc.close(copy) }
            throw error
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else {
            throw OSTreeError(operation: "list a folder of", subject: repository.path, call: "readdir")
        }
        return names
    }
}

/// An open folder, closed with its owner.
final class OpenFolder: Sendable {
    let descriptor: Int32

    init(_ name: String, in folder: Int32, of repository: Repository) throws(OSTreeError) {
        descriptor = unsafe openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw OSTreeError(operation: "open a folder of", subject: repository.path, call: "openat(\(name))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
