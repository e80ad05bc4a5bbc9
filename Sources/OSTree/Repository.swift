internal import COSTree
private import Glibc
public import Digests
private import Synchronization

/// An ostree repository on disk. It may be used from several threads; only one transaction is open at a time.
public final class Repository: @unchecked Sendable {
    /// The repository's folder, as the caller named it.
    public let path: String
    public let mode: RepositoryMode

    /// The objects that are files of this repository.
    let loose: LooseObjects
    /// Whether files' extended attributes are what the file system says: a bare repository may be told to ignore them.
    let isUsual: Bool
    private let handle: GObjectHandle
    /// Whether a transaction is open.
    private let isInTransaction = Mutex(false)
    var pointer: OpaquePointer { unsafe handle.pointer }

    /// Opens the repository in a folder.
    public init(opening path: String) throws(OSTreeError) {
        let file = unsafe GObjectHandle(adopting: g_file_new_for_path(path))
        let repo = unsafe GObjectHandle(adopting: ostree_repo_new(file.pointer))
        defer { extendLifetime((file, repo)) }
        try check("open the repository", path) { unsafe ostree_repo_open(repo.pointer, nil, $0) != 0 }
        guard let mode = unsafe RepositoryMode(native: ostree_repo_get_mode(repo.pointer)) else {
            throw OSTreeError(operation: "use the repository", subject: path, reason: "its mode is not supported")
        }
        self.path = path
        self.mode = mode
        loose = LooseObjects(of: unsafe ostree_repo_get_dfd(repo.pointer))
        let configuration = unsafe ostree_repo_get_config(repo.pointer)
        isUsual = unsafe g_key_file_get_boolean(configuration, "core", "disable-xattrs", nil) == 0
        handle = repo
    }

    /// Whether objects may be those of a parent repository, which can have another mode.
    public var hasParent: Bool { unsafe ostree_repo_get_parent(pointer) != nil }

    /// Makes a new repository in a folder that does not exist yet, or is empty.
    public static func create(at path: String, mode: RepositoryMode) throws(OSTreeError) -> Repository {
        let repo: OpaquePointer = try require("create the repository", path) {
            unsafe ostree_repo_create_at(AT_FDCWD, path, mode.native, nil, nil, $0)
        }
        unsafe g_object_unref(UnsafeMutableRawPointer(repo))
        return try Repository(opening: path)
    }

    /// Whether commits are made durable: the repository's own `core.fsync`, until it is turned off here.
    public var isDurable: Bool {
        get { unsafe ostree_repo_get_disable_fsync(pointer) == 0 }
        set { unsafe ostree_repo_set_disable_fsync(pointer, newValue ? 0 : 1) }
    }

    // MARK: Refs

    /// The commit of a ref, or nil where there is no such ref.
    public func resolve(ref: String) throws(OSTreeError) -> Digest? {
        var checksum: UnsafeMutablePointer<CChar>?
        try check("resolve the ref", ref) {
            unsafe ostree_repo_resolve_rev_ext(pointer, ref, 1, OSTREE_REPO_RESOLVE_REV_EXT_NONE, &checksum, $0) != 0
        }
        guard let checksum = unsafe checksum else { return nil }
        defer { unsafe g_free(checksum) }
        return unsafe Digest(hex: String(cString: checksum))
    }

    /// The commit of a ref that is the repository's own, or that it has pulled under this name from a remote; nil where there
    /// is neither.
    public func resolveAnywhere(ref: String) throws(OSTreeError) -> Digest? {
        if let commit = try resolve(ref: ref) { return commit }
        var checksum: UnsafeMutablePointer<CChar>?
        try check("resolve the ref", ref) {
            unsafe ostree_repo_resolve_rev(pointer, ref, 1, &checksum, $0) != 0
        }
        guard let checksum = unsafe checksum else { return nil }
        defer { unsafe g_free(checksum) }
        return unsafe Digest(hex: String(cString: checksum))
    }

    /// All local refs below a prefix (`ostree/container/blob`), whole names, each with its commit.
    public func refs(below prefix: String) throws(OSTreeError) -> [String: Digest] {
        var table: OpaquePointer?
        try check("list the refs below", prefix) {
            unsafe ostree_repo_list_refs_ext(
                pointer, prefix, &table, OSTREE_REPO_LIST_REFS_EXT_EXCLUDE_REMOTES, nil, $0) != 0
        }
        return unsafe Repository.refs(in: table)
    }

    /// Takes a table of refs over: their commits by their names.
    static func refs(in table: OpaquePointer?) -> [String: Digest] {
        guard let table = unsafe table else { return [:] }
        defer { unsafe g_hash_table_unref(table) }
        var refs: [String: Digest] = [:]
        var iterator = unsafe GHashTableIter()
        unsafe g_hash_table_iter_init(&iterator, table)
        var (key, value): (gpointer?, gpointer?) = (nil, nil)
        while unsafe g_hash_table_iter_next(&iterator, &key, &value) != 0 {
            guard let name = unsafe key, let checksum = unsafe value else { continue }
            unsafe refs[String(cString: name.assumingMemoryBound(to: CChar.self))] =
                unsafe Digest(hex: String(cString: checksum.assumingMemoryBound(to: CChar.self)))
        }
        return refs
    }

    /// Removes a ref at once, outside any transaction; its objects stay until the next prune.
    public func remove(ref: String) throws(OSTreeError) {
        try check("remove the ref", ref) { unsafe ostree_repo_set_ref_immediate(pointer, nil, ref, nil, nil, $0) != 0 }
    }

    /// Points a ref at a commit at once, outside any transaction: written whole, synced, renamed.
    public func set(ref: String, to commit: Digest) throws(OSTreeError) {
        try check("set the ref", ref) {
            unsafe ostree_repo_set_ref_immediate(pointer, nil, ref, commit.hex, nil, $0) != 0
        }
    }

    /// Takes the repository's one transaction; false where it is open already.
    func beginTransaction() -> Bool {
        isInTransaction.withLock { isOpen in
            defer { isOpen = true }
            return !isOpen
        }
    }

    var hasOpenTransaction: Bool { isInTransaction.withLock { $0 } }

    func endTransaction() { isInTransaction.withLock { $0 = false } }

    // MARK: Objects

    public enum ObjectKind: Sendable {
        case file, directoryTree, directoryMetadata, commit

        var native: OstreeObjectType {
            switch self {
            case .file: OSTREE_OBJECT_TYPE_FILE
            case .directoryTree: OSTREE_OBJECT_TYPE_DIR_TREE
            case .directoryMetadata: OSTREE_OBJECT_TYPE_DIR_META
            case .commit: OSTREE_OBJECT_TYPE_COMMIT
            }
        }
    }

    /// Whether the repository, or the open transaction, holds an object.
    public func has(_ kind: ObjectKind, _ object: Digest) throws(OSTreeError) -> Bool {
        if kind == .file, loose.holds(mode == .archive ? .compressedFile : .file, object) { return true }
        var found: gboolean = 0
        try check("look for the object", object.hex) {
            unsafe ostree_repo_has_object(pointer, kind.native, object.hex, &found, nil, $0) != 0
        }
        return found != 0
    }

    /// Reads an object again and compares it with its checksum, as `ostree fsck` does.
    public func verify(_ kind: ObjectKind, _ object: Digest) throws(OSTreeError) {
        try check("verify the object", object.hex) {
            unsafe ostree_repo_fsck_object(pointer, kind.native, object.hex, nil, $0) != 0
        }
    }

    /// Bytes that an object takes in the repository's files, compressed in archive mode.
    public func storedByteCount(_ kind: ObjectKind, _ object: Digest) throws(OSTreeError) -> UInt64 {
        var size: guint64 = 0
        try check("measure the object", object.hex) {
            unsafe ostree_repo_query_object_storage_size(pointer, kind.native, object.hex, &size, nil, $0) != 0
        }
        return UInt64(size)
    }

    func load(_ kind: ObjectKind, _ object: Digest) throws(OSTreeError) -> Variant {
        var variant: OpaquePointer?
        try check("load the object", object.hex) {
            unsafe ostree_repo_load_variant(pointer, kind.native, object.hex, &variant, $0) != 0
        }
        let loaded = Variant(distrusting: unsafe Variant(adopting: variant!))
        // A commit's parts are checked as they are read: it may hold a recipe of megabytes.
        guard kind == .commit || loaded.isSound else {
            throw OSTreeError(operation: "load the object", subject: object.hex, reason: "it is malformed")
        }
        return loaded
    }

    /// The descriptor of the repository's folder; it stays the repository's.
    var folder: Int32 { unsafe ostree_repo_get_dfd(pointer) }
}
