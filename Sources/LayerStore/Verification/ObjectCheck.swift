internal import Digests
internal import OSTree

/// Compares objects of a repository with their checksums, each once, however many layers and paths use it.
final class ObjectCheck {
    /// What is wrong with an object.
    struct Damage {
        var kind: LayerDamage.Kind
        var reason: String
    }

    private let repository: Repository
    private let progress: (Int) -> Void
    private var sound: Set<Repository.ObjectName> = []
    private var damaged: [Repository.ObjectName: Damage] = [:]

    /// - Parameter progress: called with the number of objects so far.
    init(in repository: Repository, progress: @escaping (Int) -> Void) {
        self.repository = repository
        self.progress = progress
    }

    /// How many objects were compared.
    var count: Int { sound.count + damaged.count }

    /// What is wrong with an object; nil where it is sound.
    func damage(_ kind: Repository.ObjectKind, _ object: Digest) throws(LayerStoreError) -> Damage? {
        let name = Repository.ObjectName(kind: kind, object: object)
        if sound.contains(name) { return nil }
        if let damage = damaged[name] { return damage }
        try Interruption.check()
        let damage = find(name)
        if let damage { damaged[name] = damage } else { sound.insert(name) }
        progress(count)
        return damage
    }

    private func find(_ name: Repository.ObjectName) -> Damage? {
        do throws(OSTreeError) {
            guard try repository.has(name.kind, name.object) else {
                return Damage(kind: .missing, reason: "the repository does not hold it")
            }
            if name.kind == .commit {
                try repository.requireSound(commit: name.object)
            } else {
                try repository.verify(name.kind, name.object)
            }
            return nil
        } catch {
            return switch error.code {
            case .notFound: Damage(kind: .missing, reason: error.reason)
            case .tooManyFiles, .noSpace, .inputOutput, .permissionDenied:
                Damage(kind: .unreadable, reason: error.reason)
            default: Damage(kind: .changed, reason: error.reason)
            }
        }
    }
}
