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
    /// extended attributes back whose value is empty, and the kernel takes the greatest ID for "leave it": neither can be
    /// kept.
    public func canonical(_ attributes: FileAttributes) -> FileAttributes {
        switch self {
        case .bareUser, .archive: return attributes
        case .bare:
            var kept = attributes
            kept.extendedAttributes.removeAll { $0.value.isEmpty }
            if kept.userID == .max { kept.userID = 0 }
            if kept.groupID == .max { kept.groupID = 0 }
            return kept
        case .bareUserOnly: return FileAttributes(mode: attributes.mode & 0o755)
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
