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
    /// attributes, and takes set-ID, sticky and group and other write bits away.
    public func canonical(_ attributes: FileAttributes) -> FileAttributes {
        guard self == .bareUserOnly else { return attributes }
        return FileAttributes(mode: attributes.mode & 0o755, userID: 0, groupID: 0, extendedAttributes: [])
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
