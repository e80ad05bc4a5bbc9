internal import Digests
internal import OSTree

/// Writes payloads as content objects of one transaction.
struct ContentWriter {
    let repository: Repository
    let transaction: Transaction

    var mode: RepositoryMode { repository.mode }

    /// A temporary file for a payload that is too long for memory, beside the objects: a full disk shows early.
    func spool() throws -> Spool { try Spool(in: repository.path + "/tmp") }

    func write(_ bytes: ArraySlice<UInt8>, _ attributes: FileAttributes) throws -> Digest {
        try transaction.writeFile(bytes, attributes)
    }

    func write(_ spool: Spool, _ attributes: FileAttributes) throws -> Digest {
        try spool.rewind()
        return try transaction.writeFile(from: spool.number, byteCount: spool.byteCount, attributes)
    }

    func writeSymbolicLink(to target: [UInt8], _ attributes: FileAttributes) throws -> Digest {
        try transaction.writeSymbolicLink(to: target, attributes)
    }

    /// Checks that an object with extended attributes is what its checksum says. In `bare` they are the file system's,
    /// and the kernel gives some of them another form.
    func verify(_ object: Digest, _ attributes: FileAttributes) throws(OSTreeError) {
        guard mode == .bare, !attributes.extendedAttributes.isEmpty else { return }
        try repository.verify(.file, object)
    }
}
