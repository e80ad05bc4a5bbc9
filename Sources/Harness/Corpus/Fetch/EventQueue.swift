internal import Foundation
internal import Synchronization

/// What threads tell the one that started them, in order.
final class EventQueue<Event: Sendable>: Sendable {
    private let waiting = Mutex<[Event]>([])
    private let count = DispatchSemaphore(value: 0)

    func post(_ event: Event) {
        waiting.withLock { $0.append(event) }
        count.signal()
    }

    /// The next event, or nil when none comes for half a second.
    func next() -> Event? {
        guard count.wait(timeout: .now() + 0.5) == .success else { return nil }
        return waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
