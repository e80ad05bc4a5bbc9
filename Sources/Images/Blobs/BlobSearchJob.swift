internal import Blobs
internal import LayerStore
internal import OSTree
internal import Synchronization

/// Looks, on a thread of its own, for a way to make a blob again, while its layer is imported.
final class BlobSearchJob {
    private let thread: WorkerThreads
    private let outcome = Outcome()
    private let path: String
    /// What the file was before anybody read it.
    private let before: Files.Identity?

    private final class Outcome: Sendable {
        let result = Mutex<Result<BlobSearch, any Error>?>(nil)
        let isCancelled = Atomic(false)
    }

    init(_ path: String, _ jobs: ParallelJobs) {
        (self.path, before) = (path, Files.identity(of: path))
        let work: @Sendable () -> Void = { [outcome] in
            let result = Result {
                try BlobRecipe.find(forBlobAt: path) { _ in
                    try jobs.check()
                    if outcome.isCancelled.load(ordering: .relaxed) { throw ParallelJobs.Cancelled() }
                }
            }
            outcome.result.withLock { $0 = result }
        }
        thread = WorkerThreads(1, work)
        if thread.count == 0 { work() }
    }

    /// Waits for the end of the search, which is about the same bytes as the import that went on meanwhile.
    func result() throws -> BlobSearch {
        thread.join()
        guard let result = outcome.result.withLock({ $0 }) else { throw ParallelJobs.Cancelled() }
        do {
            let search = try result.get()
            guard let before, Files.identity(of: path) == before else {
                throw LayerStoreError(.check, "\(path) has changed while it was read")
            }
            return search
        } catch let error as BlobError {
            throw LayerStoreError(.input, "\(error)")
        }
    }

    func cancel() {
        outcome.isCancelled.store(true, ordering: .relaxed)
        thread.join()
    }
}
