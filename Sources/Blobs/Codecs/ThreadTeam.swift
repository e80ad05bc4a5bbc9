private import CLinux
// It is through this module that the compiler sees pthread's types.
private import CZlib
private import Glibc
private import Synchronization

/// Does independent pieces of work on several threads.
enum ThreadTeam {
    /// Bytes of a thread's stack. Its work has its memory elsewhere.
    private static let stackByteCount = 1 << 20

    /// Processors on which this process may run.
    static var processorCount: Int { max(1, Int(layerlab_allowed_processors())) }

    private final class Work: Sendable {
        private let pieceCount: Int
        private let next = Atomic(0)
        private let nextThread = Atomic(0)
        private let body: @Sendable (Int, Int) -> Void

        init(_ pieceCount: Int, _ body: @escaping @Sendable (Int, Int) -> Void) {
            (self.pieceCount, self.body) = (pieceCount, body)
        }

        /// Does pieces until there are none left.
        func join() {
            let thread = nextThread.add(1, ordering: .relaxed).oldValue
            while true {
                let piece = next.add(1, ordering: .relaxed).oldValue
                guard piece < pieceCount else { return }
                body(piece, thread)
            }
        }
    }

    /// Calls `body` for each piece, with the number of the thread that does it, and returns when all are done. The caller is
    /// one of the threads; where the system has no room for the others, it does more.
    static func perform(
        _ pieceCount: Int, on threadCount: Int, _ body: @escaping @Sendable (_ piece: Int, _ thread: Int) -> Void
    ) {
        let work = Work(pieceCount, body)
        let threads = threadCount > 1 ? start(threadCount - 1, work) : []
        work.join()
        for thread in threads { pthread_join(thread, nil) }
    }

    private static func start(_ count: Int, _ work: Work) -> [pthread_t] {
        var attributes = pthread_attr_t()
        guard unsafe pthread_attr_init(&attributes) == 0 else { return [] }
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
        // Signals are the caller's, whose system calls are to be interrupted by them.
        var (all, before) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var threads: [pthread_t] = []
        for _ in 0..<count {
            let reference = unsafe Unmanaged.passRetained(work)
            var thread = pthread_t()
            let failure = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    unsafe Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().join()
                    return nil
                }, reference.toOpaque())
            guard failure == 0 else {
                unsafe reference.release()
                break
            }
            threads.append(thread)
        }
        return threads
    }
}
