internal import Digests
private import Glibc

/// A long file on its way into a direct stage. Its checksum, and with it its name, is known when all of it is there.
final class DirectStream: ObjectStream {
    private let stage: DirectStage
    private let form: ObjectForm
    private let temporary: TemporaryFile
    private let file: Int32
    private var hash = SHA256Stream()
    private var byteCount: UInt64 = 0
    private let deflater: BlockDeflater?

    init(_ form: ObjectForm, byteCount: UInt64, in stage: DirectStage) throws(OSTreeError) {
        self.stage = stage
        self.form = form
        temporary = TemporaryFile(in: stage)
        file = try temporary.open(form.permissions)
        deflater = stage.mode == .archive ? BlockDeflater(stage.deflateThreads) : nil
        hash.update(form.header[...])
        if deflater != nil { try stage.write(archiveHeader(byteCount)[...], to: file) }
    }

    func append(_ bytes: ArraySlice<UInt8>) throws(OSTreeError) {
        hash.update(bytes)
        byteCount += UInt64(bytes.count)
        if let deflater {
            try deflater.write(bytes, to: file, in: stage)
        } else {
            try stage.write(bytes, to: file)
        }
    }

    func finish() throws(OSTreeError) -> Digest {
        let object = hash.digest
        let path = LoosePath(kind: stage.mode.contentKind, object: object)
        guard !stage.holds(path) else { return object }
        if let deflater {
            try deflater.finish(to: file, in: stage)
            // The file may have turned out shorter than it was announced; the header is as long in any case.
            let header = archiveHeader(byteCount)
            guard unsafe pwrite(file, header, header.count, 0) == header.count else {
                throw stage.failure(call: "pwrite")
            }
        }
        try FileFinish(form, in: stage).apply(to: file)
        try temporary.keep(as: path)
        return object
    }

    private func archiveHeader(_ byteCount: UInt64) -> [UInt8] {
        SerialisedVariant.archiveHeader(form.attributes, type: FileAttributes.regularFileType, byteCount: byteCount)
    }
}
