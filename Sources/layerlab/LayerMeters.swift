import Foundation
import Harness
import Images
import Synchronization

/// What the layers of an image are at: one line for all that are under way, with the bytes of all, the rate and the time that is
/// left, and a line for each that is done.
final class LayerMeters: Sendable {
    private struct State {
        /// Bytes of the blobs of layers that have begun, and how many of them are done.
        var totals: [Int: UInt64] = [:]
        var done: [Int: UInt64] = [:]
        var states: [Int: String] = [:]
        var shown = ContinuousClock.now
        var start: ContinuousClock.Instant?
    }
    private let state = Mutex(State())
    private let console: Console
    private let verb: String
    private let count: Int
    private let byteCount: UInt64

    /// - Parameters:
    ///   - count: the image's layers.
    ///   - byteCount: the bytes of their blobs.
    init(_ verb: String, of count: Int, byteCount: UInt64, _ console: Console) {
        (self.verb, self.count, self.byteCount, self.console) = (verb, count, byteCount, console)
    }

    convenience init(_ verb: String, _ layers: Set<Descriptor>, _ console: Console) {
        self.init(verb, of: layers.count, byteCount: layers.reduce(0) { $0 + $1.byteCount }, console)
    }

    func take(_ progress: ImageProgress) {
        state.withLock { state in
            switch progress {
            case .began(let layer, let byteCount):
                if state.start == nil { state.start = .now }
                state.totals[layer] = byteCount
                state.states[layer] = ""
            case .advanced(let layer, let byteCount):
                // A stream is longer than its blob.
                state.done[layer] = min(byteCount, state.totals[layer] ?? 0)
            case .looksForCompressor(let layer):
                state.states[layer] = ": looking for the compressor of its blob"
            case .ended(let layer, let summary):
                state.states[layer] = nil
                state.done[layer] = state.totals[layer]
                console.note("\(verb) layer \(layer + 1) of \(count): \(summary)")
            }
            let now = ContinuousClock.now
            guard let start = state.start, state.shown.duration(to: now) > .milliseconds(100) else {
                return
            }
            state.shown = now
            // Layers that were there before never begin: what is left is at most this.
            let text = ProgressText(verb, total: byteCount).text(
                done: state.done.values.reduce(0, +), afterSeconds: start.duration(to: now) / .seconds(1))
            let layers = state.states.sorted { $0.key < $1.key }.map { "layer \($0.key + 1)\($0.value)" }
            console.status(([text] + layers).joined(separator: ", "))
        }
    }
}

extension Console {
    /// A status that shows how much of an image has been fetched: bytes so far and, where known, in all.
    func fetching(_ image: String) -> (UInt64, UInt64?) -> Void {
        let start = ContinuousClock.now
        return { done, total in
            status(
                ProgressText("skopeo fetches \(image)", total: total).text(
                    done: done, afterSeconds: start.duration(to: .now) / .seconds(1)))
        }
    }
}
