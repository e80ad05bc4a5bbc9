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
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)
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
            guard name.kind == .file, repository.mode == .archive else { return nil }
            return try findWrongSize(name.object).map { Damage(kind: .changed, reason: $0) }
        } catch {
            return switch error.code {
            case .notFound: Damage(kind: .missing, reason: error.reason)
            case .tooManyFiles, .noSpace, .inputOutput, .permissionDenied:
                Damage(kind: .unreadable, reason: error.reason)
            default: Damage(kind: .changed, reason: ObjectCheck.shortened(error.reason))
            }
        }
    }

    /// A compressed object says how many bytes it has, and a tree's files have their sizes from there. The checksum does not
    /// cover it, so that `ostree fsck` does not see where it is wrong.
    private func findWrongSize(_ object: Digest) throws(OSTreeError) -> String? {
        guard case .regular(let byteCount) = try repository.fileObject(object).content else { return nil }
        let stream = try PayloadStream(object, in: repository)
        var found: UInt64 = 0
        while case let count = try stream.read(into: &chunk, at: 0, upTo: chunk.count), count > 0 {
            found += UInt64(count)
        }
        return found == byteCount ? nil : "its header says \(byteCount) bytes, and it has \(found)"
    }

    /// libostree's sentence without the checksum that everybody knows.
    private static func shortened(_ reason: String) -> String {
        guard let start = reason.firstRange(of: "actual='")?.upperBound else { return reason }
        return "its bytes or attributes have the checksum \(reason[start...].prefix { $0 != "'" })"
    }
}
