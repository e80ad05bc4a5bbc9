import Foundation
import LayerStore
import Processes

/// A directory in the cache in which something is made, taken away when that is done.
struct WorkDirectory {
    private static let prefix = ".work-"
    private static let storePrefix = ".build-"

    let path: String

    /// Makes an empty directory.
    init(in cache: Cache, for name: String) throws(LocatedError) {
        path = "\(cache.directory)/\(WorkDirectory.prefix)\(name)-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw LocatedError("the corpus cache cannot be written: \(error.localizedDescription)", in: path)
        }
    }

    func remove(progress: (String) -> Void) { WorkDirectory.removeTree(path, progress: progress) }

    /// Where an image's builder keeps what it goes on with after an interruption.
    static func store(ofImage name: String, in cache: Cache) -> String { "\(cache.directory)/\(storePrefix)\(name)" }

    /// Removes what runs left that were ended in the middle, and stores of images that are not among those named. Only who
    /// holds the cache's lock may do this. A builder that outlived its run is waited for.
    static func removeStale(
        in cache: Cache, images: Set<String>, progress: (String) -> Void
    ) throws(LocatedError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.directory)) ?? []
        if names.contains(where: { $0.hasPrefix(prefix) }) { try waitForBuilders(in: cache, progress: progress) }
        for name in names {
            let isStore = name.hasPrefix(storePrefix) && !images.contains(String(name.dropFirst(storePrefix.count)))
            guard name.hasPrefix(prefix) || isStore else { continue }
            removeTree("\(cache.directory)/\(name)", progress: progress)
        }
    }

    /// Removes a tree. Where something is still mounted in it, or nobody knows, it stays, and `progress` is told: what is
    /// mounted is not ours.
    ///
    /// - Parameter path: Without links, as the cache's is.
    static func removeTree(
        _ path: String, mounts: MountTable? = .current(), progress: (String) -> Void
    ) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let mounts else {
            return progress(
                "warning: \(path) stays: /proc/self/mounts cannot be read, so something may be mounted in it")
        }
        let points = mounts.points(in: path)
        guard points.isEmpty else {
            return progress(
                "warning: \(path) stays, since there are file systems mounted in it: \(points.joined(separator: ", ")); "
                    + "unmount them, and fetch again")
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Waits until no process works in the work directories any more.
    private static func waitForBuilders(in cache: Cache, progress: (String) -> Void) throws(LocatedError) {
        var hasTold = false
        while let builder = builder(in: cache) {
            if !hasTold { progress("waiting for a builder that outlived its run: process \(builder)") }
            hasTold = true
            guard Interruption.pending == nil else { throw .interruptedFetch }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// A process whose directory, root or directory for temporary files is one of the work directories.
    private static func builder(in cache: Cache) -> String? {
        let manager = FileManager.default
        let start = "\(cache.directory)/\(prefix)"
        let variable = Data("TMPDIR=\(start)".utf8)
        let processes = ((try? manager.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
        return processes.first { process in
            let links = ["cwd", "root"].compactMap {
                try? manager.destinationOfSymbolicLink(atPath: "/proc/\(process)/\($0)")
            }
            // One that has ended, and that nobody has waited for, has none.
            if links.contains(where: { $0.hasPrefix(start) }) { return true }
            return manager.contents(atPath: "/proc/\(process)/environ")?.range(of: variable) != nil
        }
    }
}
