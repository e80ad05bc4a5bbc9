import ArgumentParser
import Foundation
import Harness
import Images
import LayerStore
import OSTree
import Strategies

/// What shells offer for arguments whose values only this program knows. What cannot be found out is not offered.
enum Completions {
    /// Strategies, encodings alone first: a storage is offered where there is an @ already.
    @Sendable static func strategies(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        let text = StrategyCompletion.plain(prefix)
        return StrategyCompletion.candidates(for: text)
    }

    /// Encodings, which have no storage.
    @Sendable static func encodings(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        Catalogue.allEncodings.map(\.description)
    }

    /// Layers and sets of the corpus, and files.
    @Sendable static func layers(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        corpusNames(words, index, prefix) + PathCompletion.paths(for: StrategyCompletion.plain(prefix))
    }

    @Sendable static func corpusNames(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        guard let corpus = try? Corpus.load(manifests: values(of: "--manifest", in: words)) else {
            return []
        }
        return corpus.sets + corpus.entries.map(\.name)
    }

    @Sendable static func ownEntries(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        (try? UserManifest.current().names()) ?? []
    }

    /// Files, and how images begin.
    @Sendable static func sources(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        ImageReference.prefixes + PathCompletion.paths(for: StrategyCompletion.plain(prefix))
    }

    /// The layers of the repository that the line names.
    @Sendable static func refs(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        guard let repository = repository(words), let names = try? StoredLayers(in: repository).names()
        else { return [] }
        return names.map(\.ref)
    }

    /// The images of the repository that the line names.
    @Sendable static func images(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        guard let repository = repository(words), let images = try? StoredImages(in: repository).all()
        else { return [] }
        return images.map(\.name)
    }

    @Sendable static func imagesAndRefs(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        images(words, index, prefix) + refs(words, index, prefix)
    }

    @Sendable static func destinations(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        ImageReference.prefixes
    }

    @Sendable static func operations(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        SurvivalOperation.all.map(\.name)
    }

    private static func repository(_ words: [String]) -> Repository? {
        values(of: "--repo", in: words).last.flatMap { try? Repository(opening: $0) }
    }

    /// The values that an option has on the line, as far as they are written.
    private static func values(of option: String, in words: [String]) -> [String] {
        var values: [String] = []
        for (index, word) in words.enumerated() {
            if word == option, index + 1 < words.count {
                values.append(StrategyCompletion.plain(words[index + 1]))
            }
            if word.hasPrefix(option + "=") {
                values.append(StrategyCompletion.plain(String(word.dropFirst(option.count + 1))))
            }
        }
        return values
    }
}

extension Completions {
    /// Layers of the repository where the line names one, else files.
    @Sendable static func filesOrRefs(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        words.contains { $0 == "--repo" || $0.hasPrefix("--repo=") }
            ? refs(words, index, prefix) : PathCompletion.paths(for: StrategyCompletion.plain(prefix))
    }
}
