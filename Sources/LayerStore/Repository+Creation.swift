public import OSTree

private import Foundation

extension Repository {
    /// Opens the repository in a folder, or makes it where there is nothing yet. One that is there must have the mode.
    public static func openOrCreate(at path: String, mode: RepositoryMode) throws -> Repository {
        try withOpenOrCreated(at: path, mode: mode) { $0 }
    }

    /// As `openOrCreate`, and where `body` throws, what this call has made is removed: the repository and the folders
    /// above it. One that has got refs meanwhile, by another process, stays.
    public static func withOpenOrCreated<Result>(
        at path: String, mode: RepositoryMode, _ body: (Repository) throws -> Result
    ) throws -> Result {
        if FileManager.default.fileExists(atPath: path + "/config") {
            let repository = try Repository(opening: path)
            guard repository.mode == mode else {
                throw LayerStoreError(
                    .input,
                    "\(path) is a repository in mode \(repository.mode.rawValue), not \(mode.rawValue); "
                        + "name its own mode, or another folder")
            }
            return try body(repository)
        }
        let folders = try NewFolders(path)
        let before = Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
        do {
            return try body(Repository.create(at: path, mode: mode))
        } catch {
            // Refs that were taken away again have left their folders.
            let refs = ((try? FileManager.default.subpathsOfDirectory(atPath: path + "/refs")) ?? []).filter {
                let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/refs/" + $0)
                return attributes?[.type] as? FileAttributeType != .typeDirectory
            }
            if refs.isEmpty {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                for name in names where !before.contains(name) {
                    try? FileManager.default.removeItem(atPath: path + "/" + name)
                }
                folders.removeWhereEmpty()
            }
            throw error
        }
    }
}
