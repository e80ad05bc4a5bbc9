import Foundation
import Harness
import Images
import Synchronization

/// What the layers of an image are at: on a terminal one line for all that are under way, and a line for each that is done.
final class LayerMeters: Sendable {
    private struct State {
        var totals: [Int: UInt64] = [:]
        var states: [Int: String] = [:]
        var shown = Date.distantPast
    }
    private let state = Mutex(State())
    private let console: Console
    private let verb: String
    private let count: Int

    init(_ verb: String, of count: Int, _ console: Console) {
        (self.verb, self.count, self.console) = (verb, count, console)
    }

    func take(_ progress: ImageProgress) {
        state.withLock { state in
            switch progress {
            case .began(let layer, let byteCount):
                state.totals[layer] = byteCount
                state.states[layer] = "0 MB"
            case .advanced(let layer, let byteCount):
                let total = state.totals[layer] ?? 0
                let share = byteCount <= total && total > 0 ? " of \(total / 1_000_000) MB" : ""
                state.states[layer] = "\(byteCount / 1_000_000)\(share.isEmpty ? " MB" : share)"
            case .looksForCompressor(let layer): state.states[layer] = "looking for the compressor of its blob"
            case .ended(let layer, let summary):
                state.states[layer] = nil
                console.note("\(verb) layer \(layer + 1) of \(count): \(summary)")
                state.shown = .distantPast
            }
            guard Date().timeIntervalSince(state.shown) > 0.1 else { return }
            state.shown = Date()
            let texts = state.states.sorted { $0.key < $1.key }.map { "layer \($0.key + 1): \($0.value)" }
            console.status(texts.isEmpty ? "" : "\(verb) " + texts.joined(separator: ", "))
        }
    }
}
