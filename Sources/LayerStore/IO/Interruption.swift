internal import Glibc
internal import Synchronization

/// A wish to stop, by SIGINT, SIGTERM or SIGHUP, that long work looks for between two chunks: it throws then, and what was begun
/// is undone on the way out.
public enum Interruption {
    private static let signal = Atomic<Int32>(0)

    /// Turns SIGINT, SIGTERM and SIGHUP into a wish to stop, also where the parent process blocked them; a second one ends
    /// the process at once. A SIGHUP that is ignored, as `nohup` does it, stays ignored. Writing into a pipe that nobody reads, or beyond the file size limit, becomes an error instead of a
    /// signal.
    public static func install() {
        signal.store(0, ordering: .relaxed)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] where number != SIGHUP || !isIgnored(number) {
            unsafe sigaddset(&signals, number)
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { number in
                if Interruption.signal.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
            }
            unsafe sigaction(number, &action, nil)
        }
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        _ = Glibc.signal(SIGXFSZ, SIG_IGN)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        unsafe sigaction(number, nil, &action)
        // SIG_IGN is a number and no function, so it cannot be compared as one.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// The signal that asked to stop, if any did.
    public static var pending: Int32? {
        let number = signal.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Throws an error of kind `interrupted` where somebody asked to stop.
    public static func check() throws(LayerStoreError) {
        if pending != nil { throw LayerStoreError(.interrupted, "interrupted; nothing was kept") }
    }
}
