public import OSTree

private import Foundation

extension Repository {
    /// Opens the repository in a folder, or makes it where there is nothing yet. One that is there must have the mode.
    public static func openOrCreate(at path: String, mode: RepositoryMode) throws -> Repository {
        guard FileManager.default.fileExists(atPath: path + "/config") else {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return try Repository.create(at: path, mode: mode)
        }
        let repository = try Repository(opening: path)
        guard repository.mode == mode else {
            throw LayerStoreError(
                .input, "\(path) is a repository in mode \(repository.mode.rawValue), not \(mode.rawValue)")
        }
        return repository
    }
}
