internal import Glibc

/// Threads that do one piece of work together while the caller goes on.
///
/// They take no signals: those are the caller's, whose system calls are to be interrupted by them.
@safe final class WorkerThreads {
    private var threads: [pthread_t] = []

    /// How many processors there are, at least 1.
    static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Bytes of a worker's stack. Its work has its memory elsewhere.
    private static let stackByteCount = 1 << 20

    /// Starts threads that run `body`. Where the system has no room for as many, there are fewer, or none.
    init(_ count: Int, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        guard unsafe pthread_attr_init(&attributes) == 0 else { return }
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, WorkerThreads.stackByteCount)
        var (all, before) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        for _ in 0..<count {
            let work = unsafe Unmanaged.passRetained(Work(body))
            var thread = pthread_t()
            let failure = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    let work = unsafe Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue()
                    work.body()
                    return nil
                }, work.toOpaque())
            guard failure == 0 else {
                unsafe work.release()
                break
            }
            threads.append(thread)
        }
    }

    /// How many there are.
    var count: Int { threads.count }

    /// Waits until all have ended. Who started them sees to that they do.
    func join() {
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    deinit { join() }
}

/// A lock with two conditions to wait for under it, one for those who produce and one for those who consume.
@safe final class Monitor: @unchecked Sendable {
    enum Condition: Int { case produced, consumed }

    // The system keeps their addresses, so they must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let conditions = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 2)

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        for index in 0..<2 { unsafe pthread_cond_init(conditions + index, nil) }
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        for index in 0..<2 { unsafe pthread_cond_destroy(conditions + index) }
        unsafe mutex.deallocate()
        unsafe conditions.deallocate()
    }

    /// Runs the body with the lock held.
    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Gives the lock away until somebody tells of the condition, then takes it again. For use within `withLock`, in a
    /// loop that looks whether it holds.
    func wait(for condition: Condition) { unsafe pthread_cond_wait(conditions + condition.rawValue, mutex) }

    /// Wakes all that wait for the condition.
    func tell(_ condition: Condition) { unsafe pthread_cond_broadcast(conditions + condition.rawValue) }
}
