internal import Foundation
public import Strategies

/// The layers that `survive` was asked for; without any a generated one, which is removed with its owner.
public final class SurvivalLayers {
    public let layers: [BenchPlan.Layer]
    private let generated: String?

    /// - Parameters:
    ///   - policy: for layers given as files, and for the generated one.
    ///   - workFolder: where the generated layer lies meanwhile.
    public init(
        _ names: [String], of corpus: @autoclosure () throws -> Corpus, policy: PathPolicy, workFolder: String,
        progress: (String) -> Void
    ) throws {
        guard names.isEmpty else {
            layers = try BenchSelection(names, of: corpus(), policy: policy, progress: progress).layers
            generated = nil
            return
        }
        let layer = GeneratedLayer(.oneOfEach)
        let path = "\(workFolder)/layerlab-survive-\(UUID().uuidString).tar"
        let byteCount = try layer.write(to: path)
        layers = [.init(name: layer.name, path: path, policy: policy, expectedBytes: byteCount)]
        generated = path
    }

    deinit { if let generated { try? FileManager.default.removeItem(atPath: generated) } }
}
