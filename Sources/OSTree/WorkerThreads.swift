internal import COSTree
private import Glibc

/// Threads that do one piece of work together while the caller goes on.
///
/// They take no signals: those are the caller's, whose system calls are to be interrupted by them.
@safe public final class WorkerThreads {
    private var threads: [pthread_t] = []

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Bytes of a worker's stack. Its work has its memory elsewhere.
    public static let smallStackByteCount = 1 << 20
    /// The same where the work is what a program's first thread does otherwise.
    public static let largeStackByteCount = 8 << 20

    /// Starts threads that run `body`. Where the system has no room for as many, there are fewer, or none.
    public init(
        _ count: Int, stackByteCount: Int = smallStackByteCount, _ body: @escaping @Sendable () -> Void
    ) {
        var attributes = pthread_attr_t()
        guard unsafe pthread_attr_init(&attributes) == 0 else { return }
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
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
    public var count: Int { threads.count }

    /// Waits until all have ended. Who started them sees to that they do.
    public func join() {
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    deinit { join() }
}
