import Foundation
import LayerStore
import Synchronization

/// A program that runs beside this one. One that is dropped while it runs is ended.
public final class RunningChild: Sendable {
    /// Seconds that a process group has for its own tidying when it is asked to end.
    private static let graceSeconds = 3.0

    /// What the threads that wait for the child and read from it leave here; they may outlive the one who dropped it.
    private final class Life: Sendable {
        struct State {
            var ending: SpawnedProcess.Ending?
            var wallSeconds = 0.0
            var isTimedOut = false
            var isFlooding = false
            /// The largest `VmHWM` that was seen.
            var sampledPeakBytes: UInt64 = 0
        }
        let state = Mutex(State())
        let ended = DispatchSemaphore(value: 0)
    }

    private let program: String
    private let process: SpawnedProcess
    private let output: CappedReader?
    private let error: CappedReader
    private let life = Life()

    init(
        _ program: String, _ process: SpawnedProcess, output: CappedReader?, error: CappedReader, samplesMemory: Bool
    ) {
        self.program = program
        self.process = process
        self.output = output
        self.error = error
        for reader in [output, error].compactMap(\.self) {
            reader.start { [life] in
                life.state.withLock { $0.isFlooding = true }
                process.send(SIGKILL)
            }
        }
        Thread.detachNewThread { [life] in
            let ending = process.wait()
            let wallSeconds = process.start.duration(to: ContinuousClock().now) / .seconds(1)
            life.state.withLock {
                $0.ending = ending
                $0.wallSeconds = wallSeconds
            }
            life.ended.signal()
        }
        if samplesMemory { sampleMemory() }
    }

    /// Looks at the child's high-water mark every millisecond until it has ended.
    private func sampleMemory() {
        Thread.detachNewThread { [life, process] in
            let child = String(process.identifier)
            var hasBegun = false
            while life.state.withLock({ $0.ending == nil }) {
                hasBegun = hasBegun || ResidentSet.hasBegun(child)
                if hasBegun, let bytes = ResidentSet.peakBytes(of: child) {
                    life.state.withLock { $0.sampledPeakBytes = max($0.sampledPeakBytes, bytes) }
                }
                Thread.sleep(forTimeInterval: 0.001)
            }
        }
    }

    deinit { if isRunning { process.send(SIGKILL) } }

    public var processIdentifier: Int32 { process.identifier }
    public var isRunning: Bool { life.state.withLock { $0.ending == nil } }
    /// What it has written to standard output so far, where that is captured.
    public var outputSoFar: CapturedText { output?.text ?? CapturedText() }

    /// Ends the program with all of its group: asks first, and kills what is there three seconds later.
    @discardableResult
    public func terminate() -> ChildResult {
        endGroup()
        return result
    }

    /// Waits for the program's end; where its time is over, or somebody asked this program to stop, the child is ended.
    ///
    /// Throws only where it was interrupted.
    public func wait(timeoutSeconds: Double) throws(LocatedError) -> ChildResult {
        let limit = process.start.advanced(by: .seconds(timeoutSeconds))
        while isRunning {
            let rest = ContinuousClock().now.duration(to: limit) / .seconds(1)
            if rest <= 0 {
                life.state.withLock { $0.isTimedOut = true }
                endGroup()
            } else if life.ended.wait(timeout: .now() + min(rest, 0.2)) == .timedOut, Interruption.pending != nil {
                endGroup()
                throw LocatedError("interrupted, and ended", in: program)
            }
        }
        return result
    }

    private func endGroup() {
        guard isRunning else { return }
        process.send(SIGTERM)
        if life.ended.wait(timeout: .now() + RunningChild.graceSeconds) == .timedOut {
            process.send(SIGKILL)
            life.ended.wait()
        } else {
            // Whatever of the group has outlived its leader.
            process.send(SIGKILL)
        }
    }

    /// How it ended; to be asked for after its end.
    private var result: ChildResult {
        let state = life.state.withLock { $0 }
        var peak = PeakMemory(bytes: state.ending?.peakMemoryBytes ?? 0, isUpperBound: false)
        if peak.bytes <= state.ending?.peakMemoryFloorBytes ?? 0 {
            peak.isUpperBound = state.sampledPeakBytes == 0
            if !peak.isUpperBound { peak.bytes = state.sampledPeakBytes }
        }
        return ChildResult(
            program: program, exitCode: state.ending?.exitCode, signal: state.ending?.signal,
            isTimedOut: state.isTimedOut, isFlooding: state.isFlooding, wallSeconds: state.wallSeconds,
            processorSeconds: state.ending?.processorSeconds ?? 0,
            peakMemory: peak, diskReadBytes: state.ending?.diskReadBytes ?? 0,
            output: output?.finish() ?? CapturedText(), error: error.finish())
    }
}
