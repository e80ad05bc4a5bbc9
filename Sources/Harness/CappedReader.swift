import Foundation
import Glibc
import Synchronization

/// Drains a pipe on a thread of its own and keeps its first bytes, so a child that writes a lot neither blocks nor
/// fills the memory.
final class CappedReader: Sendable {
    /// The pipe that the child writes to.
    let pipe = Pipe()
    private let limitBytes: Int
    private let captured = Mutex(CapturedText())
    private let drained = DispatchSemaphore(value: 0)

    init(limitBytes: Int) {
        self.limitBytes = max(limitBytes, 0)
    }

    /// Begins to drain. Call it after the child has started, which closes our copy of the writing end.
    func start() {
        let handle = pipe.fileHandleForReading
        // Not a dispatch queue: its threads may all be taken by callers that wait for their children.
        Thread.detachNewThread { [self] in
            while let chunk = try? handle.read(upToCount: 1 << 16), !chunk.isEmpty { keep(chunk) }
            drained.signal()
        }
    }

    /// What was read once the pipe has ended. A grandchild that keeps the pipe open is waited for two seconds at most.
    func finish() -> CapturedText {
        _ = drained.wait(timeout: .now() + 2)
        return captured.withLock { $0 }
    }

    private func keep(_ chunk: Data) {
        captured.withLock { text in
            text.bytes.append(contentsOf: chunk.prefix(limitBytes - text.bytes.count))
            text.totalBytes += chunk.count
        }
    }
}

enum ProcessGroup {
    /// Kills the process with its group where it leads one, else the process alone.
    static func kill(_ process: pid_t) {
        let isLeader = getpgid(process) == process
        _ = Glibc.kill(isLeader ? -process : process, SIGKILL)
    }
}
