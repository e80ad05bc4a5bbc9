internal import COSTree

/// How a repository keeps its content objects on disk.
public enum RepositoryMode: String, CaseIterable, Sendable {
    /// Metadata in the `user.ostreemeta` attribute of real files: any user can own such a repository.
    case bareUser = "bare-user"
    /// Real files with their real owners, modes and attributes; needs root.
    case bare
    /// Each object compressed with its metadata in front: what is served over HTTP.
    case archive
    /// Real files without owners, extended attributes and special bits.
    case bareUserOnly = "bare-user-only"

    /// What the repository keeps of a file's or directory's attributes. `bare-user-only` forgets owners and extended
    /// attributes, and takes set-ID, sticky and group and other write bits away. In `bare` libostree does not read
    /// extended attributes back whose value is empty, the kernel takes the greatest ID for "leave it", and it gives
    /// `system.*` attributes (access control lists) a form of its own and changes the mode by them: none of these can be
    /// kept. No mode keeps an attribute whose name is empty or contains a NUL.
    public func canonical(_ attributes: FileAttributes) -> FileAttributes {
        var kept = attributes
        if kept.extendedAttributes.contains(where: { !keeps($0) }) { kept.extendedAttributes.removeAll { !keeps($0) } }
        switch self {
        case .bareUser, .archive: return kept
        case .bare:
            if kept.userID == .max { kept.userID = 0 }
            if kept.groupID == .max { kept.groupID = 0 }
            return kept
        case .bareUserOnly: return FileAttributes(mode: attributes.mode & 0o755)
        }
    }

    /// Whether the repository keeps an extended attribute.
    public func keeps(_ attribute: ExtendedAttribute) -> Bool {
        guard attribute.isNamed else { return false }
        switch self {
        case .bareUser, .archive: return true
        case .bare: return !attribute.value.isEmpty && !attribute.isOfSystem
        case .bareUserOnly: return false
        }
    }

    var native: OstreeRepoMode {
        switch self {
        case .bareUser: OSTREE_REPO_MODE_BARE_USER
        case .bare: OSTREE_REPO_MODE_BARE
        case .archive: OSTREE_REPO_MODE_ARCHIVE
        case .bareUserOnly: OSTREE_REPO_MODE_BARE_USER_ONLY
        }
    }

    init?(native: OstreeRepoMode) {
        guard let mode = RepositoryMode.allCases.first(where: { $0.native == native }) else { return nil }
        self = mode
    }
}
