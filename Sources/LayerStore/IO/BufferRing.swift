internal import OSTree

/// A fixed number of buffers that go round: filled by one thread, read by others, and filled again when the last one has
/// let go. So what is on its way takes no more memory than the ring, and the reader waits for the writers.
final class BufferRing: Sendable {
    private let state: State

    fileprivate final class State: @unchecked Sendable {
        let monitor = Monitor()
        var free: [[UInt8]]
        var isClosed = false

        init(_ buffers: [[UInt8]]) { free = buffers }
    }

    init(count: Int, bytes: Int) {
        state = State((0..<count).map { _ in [UInt8](repeating: 0, count: bytes) })
    }

    /// A buffer on loan: it goes back when nobody holds the loan any more. Slices of it are let go before.
    final class Loan: @unchecked Sendable {
        /// Written by the thread that took it, before others have it.
        var bytes: [UInt8]
        private let state: State

        fileprivate init(_ bytes: [UInt8], of state: State) {
            self.bytes = bytes
            self.state = state
        }

        deinit {
            let buffer = bytes
            bytes = []
            state.monitor.withLock {
                if !state.isClosed { state.free.append(buffer) }
                state.monitor.tell(.consumed)
            }
        }
    }

    /// Waits for a buffer that nobody uses; nil where the ring is closed.
    func take() -> Loan? {
        state.monitor.withLock {
            while state.free.isEmpty, !state.isClosed { state.monitor.wait(for: .consumed) }
            return state.isClosed ? nil : Loan(state.free.removeLast(), of: state)
        }
    }

    /// Nobody is to wait any more: those who have buffers may not give them back.
    func close() {
        state.monitor.withLock {
            state.isClosed = true
            state.free = []
            state.monitor.tell(.consumed)
        }
    }
}
