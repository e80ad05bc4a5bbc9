internal import Digests

/// What a file's attributes become in a repository: the bytes before its content that its checksum covers, and what is
/// kept of them beside the content. Files next to each other mostly have the same ones, so the last result is kept.
struct ObjectForm {
    let mode: RepositoryMode
    /// The attributes as the repository keeps them.
    private(set) var attributes = FileAttributes(mode: 0)
    /// What the checksum begins with.
    private(set) var header: [UInt8] = []
    /// The value of `user.ostreemeta`; empty in other modes than `bare-user`.
    private(set) var userMetadata: [UInt8] = []

    init(mode: RepositoryMode) {
        self.mode = mode
        fill()
    }

    /// Takes a regular file's attributes.
    mutating func take(_ given: FileAttributes) {
        let kept = mode.canonical(given)
        guard kept != attributes else { return }
        attributes = kept
        fill()
    }

    private mutating func fill() {
        header = SerialisedVariant.fileHeader(attributes, type: FileAttributes.regularFileType)
        userMetadata =
            mode == .bareUser
            ? SerialisedVariant.attributes(attributes, type: FileAttributes.regularFileType) : []
    }

    /// The permission bits of an object's file: libostree's choice for each mode.
    var permissions: UInt32 {
        switch mode {
        case .archive: 0o644
        // Readable by the owner in any case; set-ID bits are in the metadata only.
        case .bareUser: attributes.mode & 0o775 | 0o400
        case .bare, .bareUserOnly: attributes.mode
        }
    }
}

extension FileAttributes {
    static let symbolicLinkType: UInt32 = 0o120000
}
