internal import Foundation
internal import Glibc
internal import LayerStore
internal import Processes

/// The kernel's page cache, and how to make it cold for files. The disk's and the hypervisor's own caches are out of
/// reach: a cold measurement says what the kernel had to ask for, not how long the farthest disk takes.
struct PageCache: Sendable {
    enum Dropping: String, Sendable {
        /// Everything that is clean, with directory entries and inodes (`/proc/sys/vm/drop_caches`); for root.
        case dropCaches = "/proc/sys/vm/drop_caches (everything, with inodes and directory entries)"
        /// The files themselves (`posix_fadvise`); inodes and directory entries stay.
        case advice = "posix_fadvise(POSIX_FADV_DONTNEED) on each file (inodes and directory entries stay warm)"
    }

    private static let dropPath = "/proc/sys/vm/drop_caches"

    let dropping: Dropping

    init(_ dropping: Dropping) { self.dropping = dropping }

    /// Finds out which way is allowed, by trying.
    static func probe() -> PageCache {
        PageCache((try? write("1", to: dropPath)) == nil ? .advice : .dropCaches)
    }

    /// Has programs in memory again that were dropped with everything else: what their start reads of them and of their
    /// libraries. What is to be cold is what they work on. One that knows no `--version` has been started all the same.
    func warmUp(_ programs: [String]) {
        guard dropping == .dropCaches else { return }
        for program in programs {
            var child = ChildProcess(program, ["--version"], timeoutSeconds: 10)
            child.output = .discarded
            _ = try? child.run()
        }
    }

    /// Brings the disk to rest, and drops what lies at these paths from memory, or, where cold measurements have dropped
    /// everything in between, reads it.
    func prepare(_ state: CacheState, _ paths: [String], readsWarm: Bool = false) throws(LocatedError) {
        // Dirty pages cannot be dropped, and their way to the disk would disturb what is measured next.
        sync()
        guard state == .cold else {
            if readsWarm { for path in paths { PageCache.visit(path, PageCache.read) } }
            return
        }
        switch dropping {
        case .dropCaches:
            do {
                try PageCache.write("3", to: PageCache.dropPath)
            } catch {
                throw LocatedError(
                    "the page cache cannot be dropped: \(error.localizedDescription)", in: PageCache.dropPath)
            }
        case .advice:
            for path in paths { PageCache.visit(path, PageCache.drop) }
        }
    }

    /// Visits every regular file at a path or below it. Nothing else is opened: a layer may have pipes, devices and links
    /// that lead anywhere.
    private static func visit(_ path: String, _ each: (FileHandle) -> Void) {
        visitFile(path, each)
        guard let names = FileManager.default.enumerator(atPath: path) else { return }
        for case let name as String in names where Interruption.pending == nil { visitFile(path + "/" + name, each) }
    }

    private static func visitFile(_ path: String, _ each: (FileHandle) -> Void) {
        guard let status = try? FileStatus(of: path), status.kind == .regular,
            let handle = FileHandle(forReadingAtPath: path)
        else { return }
        each(handle)
        try? handle.close()
    }

    private static func drop(_ handle: FileHandle) {
        _ = posix_fadvise(handle.fileDescriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    private static func read(_ handle: FileHandle) {
        while let data = try? handle.read(upToCount: 1 << 20), !data.isEmpty {}
    }

    private static func write(_ text: String, to path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? handle.close() }
        try handle.write(contentsOf: Data(text.utf8))
    }
}
