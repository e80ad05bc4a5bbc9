internal import OSTree
internal import Strategies
internal import Tar

/// An entry's extended attributes as a repository keeps them. Entries with the same attributes, as global pax records
/// give them, share one list.
struct KeptAttributes {
    /// What the repository keeps, without an SELinux label: that is the host's business.
    private(set) var list: [OSTree.ExtendedAttribute] = []
    /// Why others are not kept, where that is odd: a sentence about the first of each sort.
    private(set) var losses: [String] = []

    private let mode: RepositoryMode
    private var source: [Tar.ExtendedAttribute] = []

    init(in mode: RepositoryMode) { self.mode = mode }

    /// Takes the next entry's attributes.
    mutating func take(_ attributes: [Tar.ExtendedAttribute]) {
        guard attributes != source else { return }
        source = attributes
        let all = attributes.map { OSTree.ExtendedAttribute(name: $0.name, value: $0.value) }
        let kept = FileAttributes(mode: 0, extendedAttributes: all.filter(mode.keeps))
        list = kept.withoutLabel.extendedAttributes
        losses = []
        note(all.filter { !$0.isNamed }, "has a name that no repository keeps")
        if mode == .bare { note(all.filter { $0.isNamed && $0.isOfSystem }, "is not kept in a bare repository") }
    }

    private mutating func note(_ lost: [OSTree.ExtendedAttribute], _ reason: String) {
        guard let first = lost.first else { return }
        let others = lost.count > 1 ? ", nor \(lost.count - 1) like it" : ""
        losses.append("its extended attribute \(quote(first.name)) \(reason)\(others)")
    }
}
