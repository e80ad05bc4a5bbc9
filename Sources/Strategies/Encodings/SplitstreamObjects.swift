internal import Digests
internal import Tar

/// Which object of the repository holds which of a splitstream's payloads, and how long it is: what composefs-rs need not
/// know, since its objects are named by their fs-verity digests. It is the encoding's attachment.
///
/// Payloads of equal content are one reference of the splitstream, and may be two objects of ostree, whose checksums cover
/// a file's owner and mode: the first one's is the reference's, others are exceptions.
struct SplitstreamObjects {
    static let version: UInt8 = 1
    private static let part = "splitstream's objects"

    struct Object {
        /// The fs-verity digest; zeros where the table was read from an attachment.
        var verity: Digest
        var payload: Recipe.Payload
    }

    /// By their index in the splitstream.
    private(set) var all: [Object] = []
    /// The index of each payload in stream order. Known while encoding only.
    private(set) var references: [Int] = []
    /// Objects of payloads, by their place among the payloads in stream order, that are not their index's.
    private var exceptions: [(reference: Int, object: Digest)] = []
    private var exceptionsByReference: [Int: Digest] = [:]

    /// Numbers a recipe's payloads. The layer knows their fs-verity digests; an error of kind `cannot` where not.
    init(of recipe: Recipe, against layer: LayerContext) throws(StrategyError) {
        var indices: [Digest: Int] = [:]
        for payload in recipe.payloads {
            guard let bytes = layer.payloadDigests[payload.object]?[.fsVerity], let verity = Digest(bytes) else {
                throw StrategyError(
                    .cannot, Splitstream.name, "the fs-verity digest of object \(payload.object.hex) is not known")
            }
            let index = indices[verity] ?? all.count
            if index == all.count {
                indices[verity] = index
                all.append(Object(verity: verity, payload: payload))
            }
            guard all[index].payload.byteCount == payload.byteCount else {
                throw StrategyError(
                    .cannot, Splitstream.name, "payloads of two lengths have the fs-verity digest \(verity.hex)")
            }
            if all[index].payload.object != payload.object { exceptions.append((references.count, payload.object)) }
            references.append(index)
        }
    }

    /// Nothing, where there is no object.
    var attachment: [UInt8] {
        guard !all.isEmpty else { return [] }
        var bytes = [SplitstreamObjects.version]
        bytes.append(number: UInt64(all.count))
        for object in all {
            bytes.append(number: object.payload.byteCount)
            object.payload.object.append(to: &bytes)
        }
        bytes.append(number: UInt64(exceptions.count))
        var last = 0
        for exception in exceptions {
            bytes.append(number: UInt64(exception.reference - last))
            exception.object.append(to: &bytes)
            last = exception.reference
        }
        return bytes
    }

    /// Reads an attachment for so many objects; an error of kind `malformed` where it is another's, or none.
    init(attachment: [UInt8], objectCount: Int) throws(StrategyError) {
        guard !attachment.isEmpty || objectCount > 0 else { return }
        var reader = ByteReader(attachment[...], of: SplitstreamObjects.part)
        try reader.version(SplitstreamObjects.version)
        guard try reader.number() == UInt64(objectCount) else {
            throw reader.malformed("they are not as many as the splitstream's \(objectCount)")
        }
        for _ in 0..<objectCount {
            let byteCount = try reader.number()
            guard byteCount > 0 else { throw reader.malformed("an object is empty") }
            let object = try SplitstreamObjects.digest(&reader)
            all.append(Object(verity: object, payload: Recipe.Payload(byteCount: byteCount, object: object)))
        }
        var reference: UInt64 = 0
        for index in 0..<(try reader.number()) {
            let distance = try reader.number()
            guard distance > 0 || index == 0, distance <= UInt64(Int.max) - reference else {
                throw reader.malformed("an exception's place is out of range")
            }
            reference += distance
            let object = try SplitstreamObjects.digest(&reader)
            exceptions.append((Int(reference), object))
            exceptionsByReference[Int(reference)] = object
        }
        guard reader.isAtEnd else { throw reader.malformed("bytes follow the last exception") }
    }

    private static func digest(_ reader: inout ByteReader) throws(StrategyError) -> Digest {
        guard let digest = Digest(try reader.take(UInt64(Digest.byteCount))) else {
            throw reader.malformed("an object has no checksum")
        }
        return digest
    }

    /// What a payload is that is this one in stream order, and has this index.
    func payload(ofReference reference: Int, to index: Int) -> Recipe.Payload {
        var payload = all[index].payload
        if let object = exceptionsByReference[reference] { payload.object = object }
        return payload
    }

    /// Whether each exception is one of so many payloads.
    func checkReferenceCount(_ count: Int) throws(StrategyError) {
        guard exceptions.last.map({ $0.reference < count }) ?? true else {
            throw StrategyError(
                .malformed, SplitstreamObjects.part, "an exception's place is behind the last payload", offset: 0)
        }
    }
}
