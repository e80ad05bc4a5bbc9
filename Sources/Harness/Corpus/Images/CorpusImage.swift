/// An image of the manifest: one build, and the layers of it that are entries of the corpus.
struct CorpusImage: Equatable, Sendable {
    /// The image's name. It names the build in messages, and is no entry's name.
    var name: String
    var build: ImageBuild
    /// One entry for each listed layer, with the image's source and licence.
    var entries: [CorpusEntry]
}

extension CorpusImage: Decodable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, source, licence, needsNetwork, downloadBytes, workBytes, recipe, layers
    }

    private struct Layer: Decodable {
        var name: String
        var sets: [String]
        var title: String
        var policy: CorpusPolicy?
        var index: Int
        var expectedBytes: UInt64
        var expectedEntries: Int?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case name, sets, title, policy, index, expectedBytes, expectedEntries
        }

        init(from decoder: any Decoder) throws {
            try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
            let values = try decoder.container(keyedBy: CodingKeys.self)
            name = try values.decode(String.self, forKey: .name)
            sets = try values.decode([String].self, forKey: .sets)
            title = try values.decode(String.self, forKey: .title)
            policy = try values.decodeIfPresent(CorpusPolicy.self, forKey: .policy)
            index = try values.decode(Int.self, forKey: .index)
            expectedBytes = try values.decode(UInt64.self, forKey: .expectedBytes)
            expectedEntries = try values.decodeIfPresent(Int.self, forKey: .expectedEntries)
        }
    }

    init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        build = try values.decode(ImageBuild.self, forKey: .recipe)
        let source = try values.decode(String.self, forKey: .source)
        let licence = try values.decode(String.self, forKey: .licence)
        let needsNetwork = try values.decode(Bool.self, forKey: .needsNetwork)
        let cost = FetchCost(
            downloadBytes: try values.decode(UInt64.self, forKey: .downloadBytes),
            workBytes: try values.decode(UInt64.self, forKey: .workBytes))
        let layers = try values.decode([Layer].self, forKey: .layers)
        entries = []
        for (number, layer) in layers.enumerated() {
            guard !layers[..<number].contains(where: { $0.index == layer.index }) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .layers, in: values, debugDescription: "two layers have the index \(layer.index)")
            }
            guard layer.index >= 0, layer.index < build.layerCount else {
                throw DecodingError.dataCorruptedError(
                    forKey: .layers, in: values,
                    debugDescription:
                        "`\(layer.name)` has the index \(layer.index), and the image has layers 0 to \(build.layerCount - 1)"
                )
            }
            entries.append(
                CorpusEntry(
                    name: layer.name, sets: layer.sets, title: layer.title, source: source, licence: licence,
                    policy: layer.policy ?? .imageLayer, expectedBytes: layer.expectedBytes,
                    expectedEntries: layer.expectedEntries, pin: nil, needsNetwork: needsNetwork,
                    recipe: .imageLayer(
                        ImageLayer(image: name, index: layer.index, build: build, cost: cost))))
        }
    }
}
