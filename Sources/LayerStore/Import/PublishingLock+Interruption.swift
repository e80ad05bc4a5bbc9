public import OSTree

extension PublishingLock {
    /// Waits for the lock of a repository, or until somebody asks to stop, which is an error of kind `interrupted`.
    public static func untilInterrupted(of repository: Repository) throws -> PublishingLock {
        do {
            return try PublishingLock(of: repository) { Interruption.pending != nil }
        } catch {
            try Interruption.check()
            throw error
        }
    }
}
