internal import OSTree
internal import Synchronization

/// Work that a thread of its own does while the caller goes on.
final class Background {
    private let thread: WorkerThreads
    private let outcome = Outcome()

    private final class Outcome: Sendable {
        let failure = Mutex<(any Error)?>(nil)
    }

    /// Begins the work; where the system has no room for a thread, it is done before this returns.
    init(_ work: @escaping @Sendable () throws -> Void) {
        let run: @Sendable () -> Void = { [outcome] in
            do { try work() } catch { outcome.failure.withLock { $0 = error } }
        }
        thread = WorkerThreads(1, run)
        if thread.count == 0 { run() }
    }

    /// Waits for the end; throws what the work threw.
    func wait() throws {
        thread.join()
        if let failure = outcome.failure.withLock({ $0 }) { throw failure }
    }
}
