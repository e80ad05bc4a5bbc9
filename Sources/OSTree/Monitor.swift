private import Glibc

/// A lock with two conditions to wait for under it, one for those who produce and one for those who consume.
@safe public final class Monitor: @unchecked Sendable {
    /// What is waited for: that somebody produced something, or consumed it.
    public enum Condition: Int { case produced, consumed }

    // The system keeps their addresses, so they must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let conditions = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 2)

    /// One that nobody holds.
    public init() {
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
    public func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Gives the lock away until somebody tells of the condition, then takes it again. For use within `withLock`, in a
    /// loop that looks whether it holds.
    public func wait(for condition: Condition) { unsafe pthread_cond_wait(conditions + condition.rawValue, mutex) }

    /// Wakes all that wait for the condition.
    public func tell(_ condition: Condition) { unsafe pthread_cond_broadcast(conditions + condition.rawValue) }
}
