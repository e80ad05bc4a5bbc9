import Foundation

/// A directory in the cache in which something is made, taken away when that is done.
struct WorkDirectory {
    private static let prefix = ".work-"

    let path: String

    /// Makes an empty directory.
    init(in cache: Cache, for name: String) throws(HarnessError) {
        path = "\(cache.directory)/\(WorkDirectory.prefix)\(name)-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw HarnessError("the corpus cache cannot be written: \(error.localizedDescription)", in: path)
        }
    }

    func remove() { WorkDirectory.removeTree(path) }

    /// Removes what runs left that were ended in the middle. Only who holds the cache's lock may do this.
    static func removeStale(in cache: Cache) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.directory)) ?? []
        for name in names where name.hasPrefix(prefix) { removeTree("\(cache.directory)/\(name)") }
    }

    /// Removes a tree, unless something is still mounted in it: what is mounted is not ours.
    static func removeTree(_ path: String) {
        let mounts = FileManager.default.contents(atPath: "/proc/self/mounts").map {
            String(decoding: $0, as: UTF8.self)
        }
        let isMounted = mounts?.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.count > 1 && (words[1] == path || words[1].hasPrefix(path + "/"))
        }
        guard isMounted != true else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}
