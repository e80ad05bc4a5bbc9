internal import CLinux
internal import Glibc

/// A file or link of ours that is to get its extended attributes.
struct AttributedFile {
    private let path: String
    private let followsLink: Bool
    private let repositoryPath: String

    /// An open file.
    init(_ file: Int32, in repositoryPath: String) {
        (path, followsLink, self.repositoryPath) = ("/proc/self/fd/\(file)", true, repositoryPath)
    }

    /// A symbolic link in an open folder: there is no call that sets a link's attributes beside a folder's descriptor.
    init(linkAt name: String, in folder: Int32, in repositoryPath: String) {
        (path, followsLink, self.repositoryPath) = ("/proc/self/fd/\(folder)/\(name)", false, repositoryPath)
    }

    /// Sets the extended attributes, and compares what the file system gives back with what was set: the kernel gives some
    /// another form, and a host may add its own. An error where they are refused, or changed. Without any nothing happens.
    func set(_ attributes: FileAttributes) throws(OSTreeError) {
        guard !attributes.extendedAttributes.isEmpty else { return }
        for attribute in attributes.extendedAttributes {
            let (name, value) = (String(decoding: attribute.name, as: UTF8.self), attribute.value)
            let status =
                followsLink
                ? unsafe setxattr(path, name, value, value.count, 0)
                : unsafe lsetxattr(path, name, value, value.count, 0)
            guard status == 0 else {
                throw OSTreeError(operation: "write a file to", subject: repositoryPath, call: "setxattr(\(name))")
            }
        }
        let expected = attributes.extendedAttributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        guard list() == expected else {
            throw OSTreeError(
                operation: "write a file to", subject: repositoryPath,
                reason: "the file system does not give its extended attributes back as they were set",
                code: .notSupported)
        }
    }

    /// What there is, sorted by name; nil where it cannot be read.
    private func list() -> [ExtendedAttribute]? {
        var names = [CChar](repeating: 0, count: 1 << 16)
        let count =
            followsLink ? unsafe listxattr(path, &names, names.count) : unsafe llistxattr(path, &names, names.count)
        guard count >= 0 else { return nil }
        var found: [ExtendedAttribute] = []
        for name in names.prefix(count).split(separator: 0) {
            let terminated = Array(name) + [0]
            var value = [UInt8](repeating: 0, count: 1 << 16)
            let size =
                followsLink
                ? unsafe getxattr(path, terminated, &value, value.count)
                : unsafe lgetxattr(path, terminated, &value, value.count)
            guard size >= 0 else { return nil }
            found.append(ExtendedAttribute(name: name.map { UInt8(bitPattern: $0) }, value: Array(value.prefix(size))))
        }
        return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}

extension AttributedFile {
    /// Tries extended attributes on a file, or a link, that nobody sees: libostree stages an object under the checksum that
    /// it is told, and does not look at what the kernel has made of its attributes. Without any nothing happens.
    static func probe(
        _ attributes: FileAttributes, linkTo target: [UInt8]? = nil, in repository: Repository
    ) throws(OSTreeError) {
        guard !attributes.extendedAttributes.isEmpty else { return }
        func failure(_ call: String) -> OSTreeError {
            OSTreeError(operation: "write a file to", subject: repository.path, call: call)
        }
        var template = Array("\(repository.path)/tmp/layerlab-XXXXXX".utf8CString)
        let file = unsafe template.withUnsafeMutableBufferPointer { unsafe mkstemp($0.baseAddress!) }
        guard file >= 0 else { throw failure("mkstemp") }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unsafe unlink(template)
        defer { close(file) }
        guard let target else {
            guard fchown(file, attributes.userID, attributes.groupID) == 0 else { throw failure("fchown") }
            guard fchmod(file, attributes.mode) == 0 else { throw failure("fchmod") }
            return try AttributedFile(file, in: repository.path).set(attributes)
        }
        let path = template.dropLast().map { UInt8(bitPattern: $0) }
        let link = "tmp/" + String(decoding: path[(path.lastIndex(of: UInt8(ascii: "/"))! + 1)...], as: UTF8.self)
        guard unsafe symlinkat(String(decoding: target, as: UTF8.self), repository.folder, link) == 0 else {
            throw failure("symlinkat")
        }
        defer { unsafe unlinkat(repository.folder, link, 0) }
        guard
            unsafe fchownat(repository.folder, link, attributes.userID, attributes.groupID, AT_SYMLINK_NOFOLLOW) == 0
        else { throw failure("fchownat") }
        try AttributedFile(linkAt: link, in: repository.folder, in: repository.path).set(attributes)
    }
}
