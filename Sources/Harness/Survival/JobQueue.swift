internal import Synchronization

/// The numbers from 0 up, each given out once.
final class JobQueue: Sendable {
    private let rest: Mutex<Range<Int>>

    init(count: Int) { rest = Mutex(0..<count) }

    /// The next number; nil where there is none, or the queue is closed.
    func next() -> Int? { rest.withLock { $0.popFirst() } }

    /// Gives out no more.
    func close() { rest.withLock { $0 = 0..<0 } }
}
