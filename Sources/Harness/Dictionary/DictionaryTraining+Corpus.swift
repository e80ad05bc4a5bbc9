internal import Foundation
public import Strategies
internal import Processes

extension DictionaryTraining {
    /// The layers that a person names, as files or as layers and sets of the corpus, fetched where they are missing.
    ///
    /// - Parameter heldOut: those that are only measured, also where `names` has them too.
    public static func layers(
        _ names: [String], heldOut: [String], of corpus: Corpus, policy: PathPolicy, progress: (String) -> Void
    ) throws -> [Layer] {
        let selection = try BenchSelection(names + heldOut, of: corpus, policy: policy, progress: progress)
        let aside = try Set(
            heldOut.flatMap { name in
                FileManager.default.fileExists(atPath: name)
                    ? selection.layers.filter { $0.path == name }.map(\.name)
                    : try corpus.entries(named: [name]).map(\.name)
            })
        let layers = selection.layers.map { layer in
            Layer(
                name: layer.name, path: layer.path, policy: layer.policy, isTrainedOn: !aside.contains(layer.name),
                relatives: relatives(of: layer.name, in: corpus.entries))
        }
        guard layers.contains(where: \.isTrainedOn) else {
            throw LocatedError(
                "all layers are held out, so that none is left to train on", in: names.joined(separator: " "))
        }
        return layers
    }

    /// Layers of the same image, its base, and layers of images that are built on it.
    static func relatives(of name: String, in entries: [CorpusEntry]) -> Set<String> {
        guard let entry = entries.first(where: { $0.name == name }) else { return [] }
        let related = entries.filter { other in
            (entry.image != nil && entry.image == other.image) || entry.base == other.name || other.base == name
        }
        return Set(related.map(\.name))
    }
}

extension CorpusEntry {
    /// The entry that its image is built on, or nil.
    fileprivate var base: String? {
        if case .imageLayer(let layer) = recipe { layer.build.base } else { nil }
    }
}
