import Foundation
import Glibc
import Synchronization

/// Drains a pipe on a thread of its own and keeps its first bytes, so a child that writes a lot neither blocks nor
/// fills the memory.
final class CappedReader: Sendable {
    /// The pipe that the child writes to.
    let pipe = Pipe()
    private let limitBytes: Int
    private let floodBytes: Int
    private let captured = Mutex(CapturedText())
    private let drained = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - limitBytes: how many bytes are kept.
    ///   - floodBytes: more than so many are a flood, which no reader will ever want.
    init(limitBytes: Int, floodBytes: Int) {
        self.limitBytes = max(limitBytes, 0)
        self.floodBytes = floodBytes
    }

    /// Closes our copy of the writing end, which the child has by now, and begins to drain.
    ///
    /// - Parameter onFlood: called once, where the child writes too much.
    func start(onFlood: @escaping @Sendable () -> Void) {
        try? pipe.fileHandleForWriting.close()
        // Not a dispatch queue: its threads may all be taken by callers that wait for their children.
        Thread.detachNewThread { [self] in
            var isFlooded = false
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = read(into: &buffer), count > 0 {
                if keep(buffer.prefix(count)) > floodBytes, !isFlooded {
                    isFlooded = true
                    onFlood()
                }
            }
            drained.signal()
        }
    }

    /// What was read so far.
    var text: CapturedText { captured.withLock { $0 } }

    /// What was read once the pipe has ended. A grandchild that keeps the pipe open is waited for two seconds at most.
    func finish() -> CapturedText {
        _ = drained.wait(timeout: .now() + 2)
        // Whoever asks again need not wait again.
        drained.signal()
        return text
    }

    /// Reads what is there, where there is nothing waits for it; 0 at the end. (`FileHandle` would wait for a full buffer.)
    private func read(into buffer: inout [UInt8]) -> Int {
        while true {
            let descriptor = pipe.fileHandleForReading.fileDescriptor
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 || errno != EINTR { return max(count, 0) }
        }
    }

    /// Returns how many bytes have come by now.
    private func keep(_ chunk: ArraySlice<UInt8>) -> Int {
        captured.withLock { text in
            text.bytes.append(contentsOf: chunk.prefix(limitBytes - text.bytes.count))
            text.totalBytes += chunk.count
            return text.totalBytes
        }
    }
}
