public import Processes

extension Corpus {
    /// Throws where an entry's name or one of its sets collides with what the corpus has.
    ///
    /// - Parameter defaultSets: sets that images have given their names; layers do not join one that is there already, unless
    ///   somebody asks for it.
    /// - Returns: whether they are new. Where all of them are there already, in the same sets, they are not, and may be fetched.
    @discardableResult
    public func checkAddition(
        _ entries: [CorpusEntry], defaultSets: Set<String> = []
    ) throws(LocatedError) -> Bool {
        let isThere = entries.allSatisfy { entry in
            self.entries.contains { isSame($0, entry) && $0.sets == entry.sets && $0.policy == entry.policy }
        }
        if isThere, !entries.isEmpty { return false }
        for entry in entries { try check(entry) }
        for set in Set(entries.flatMap(\.sets)).sorted() {
            try check(set, isDefault: defaultSets.contains(set), besides: entries)
        }
        return true
    }

    /// Takes away what the cache has of an entry; a file of the user's own stays.
    public func forget(_ entryName: String) { cache.forget(entryName) }

    private func isSame(_ one: CorpusEntry, _ other: CorpusEntry) -> Bool {
        one.name == other.name && one.pin != nil && one.pin == other.pin && one.recipe == other.recipe
    }

    private func check(_ entry: CorpusEntry) throws(LocatedError) {
        if let other = entries.first(where: { $0.name == entry.name }) {
            guard isSame(other, entry) else {
                throw LocatedError(
                    "the corpus has an entry of this name already", in: entry.name,
                    remedy: "choose another with --name, or see `layerlab corpus remove`")
            }
            let isFile = if case .file = entry.recipe { true } else { false }
            throw LocatedError(
                "this very \(isFile ? "file" : "layer") is in the corpus already"
                    + (other.sets == entry.sets && other.policy == entry.policy
                        ? "" : ", with other sets or another policy"),
                in: entry.name, remedy: "`layerlab corpus remove \(entry.name)` takes it out, to be added anew")
        }
        guard !sets.contains(entry.name) else {
            throw LocatedError(
                "the corpus has a set of this name", in: entry.name, remedy: "choose another with --name")
        }
    }

    private func check(_ set: String, isDefault: Bool, besides new: [CorpusEntry]) throws(LocatedError) {
        // Where nobody has given --set, the image's name is to blame.
        let place = isDefault ? "the image's set" : "--set"
        let remedy = isDefault ? "choose another with --name or --set" : "choose another"
        guard Manifest.isName(set), set != Corpus.completeSet else {
            throw LocatedError("`\(set)` cannot be a set's name", in: place, remedy: remedy)
        }
        guard !entries.contains(where: { $0.name == set }), !new.contains(where: { $0.name == set }) else {
            throw LocatedError("`\(set)` is an entry's name already", in: place, remedy: remedy)
        }
        guard !isDefault || !sets.contains(set) else {
            throw LocatedError(
                "the corpus has a set `\(set)` already", in: place,
                remedy: "choose another with --name, or say --set \(set) to add the layers to that one")
        }
    }
}
