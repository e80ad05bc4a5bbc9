internal import LayerStore
internal import Strategies

/// Something that a repository lives through. To add one, write its body in a file of this folder and put it into `all`.
public struct SurvivalOperation: Sendable {
    /// As `--operation` and `advise --must survive:…` take it.
    public let name: String
    /// What is done, as a person would say it.
    public let summary: String
    /// Does it, with the real programs, and says in the scene where the layer is to be looked for afterwards. It throws
    /// `SurvivalScene.Refusal` where ostree does not do it, and `SurvivalScene.Inapplicable` where there is nothing to do.
    let body: @Sendable (SurvivalScene) throws -> Void

    init(_ name: String, _ summary: String, _ body: @escaping @Sendable (SurvivalScene) throws -> Void) {
        (self.name, self.summary, self.body) = (name, summary, body)
    }

    /// All there are, in the order of reports.
    public static let all: [SurvivalOperation] = pruning + copying + pulling + deltas + damage + rewriting + signing

    /// The operation of a name; an error that lists the others where there is none.
    public static func named(_ name: String) throws -> SurvivalOperation {
        if let operation = all.first(where: { $0.name == name }) { return operation }
        let names = all.map(\.name)
        let hint = nearest(to: name, among: names).map { "did you mean '\($0)'? " } ?? ""
        throw LayerStoreError(
            .input, "there is no operation '\(name)'; \(hint)known: \(names.joined(separator: ", "))")
    }
}
