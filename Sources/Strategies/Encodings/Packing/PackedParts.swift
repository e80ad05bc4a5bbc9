internal import Digests
internal import Tar

/// Bytes of a header that shape and values do not give.
struct PackedPatches {
    private var runs: [Range<Int>] = []
    private var bytes: [UInt8] = []
    /// The checksum's field where the shape has it as it stands.
    var checksum: [UInt8] = []

    var isEmpty: Bool { runs.isEmpty && checksum.isEmpty }

    /// Notes where a block differs from the rendered one, outside the checksum's field.
    mutating func find(in block: Span<UInt8>, besides rendered: Span<UInt8>) {
        if !isEmpty {
            runs.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
            checksum.removeAll(keepingCapacity: true)
        }
        var difference: UInt8 = 0
        for index in 0..<HeaderNumber.checksum.field.lowerBound { difference |= block[index] ^ rendered[index] }
        for index in HeaderNumber.checksum.field.upperBound..<Header.blockSize {
            difference |= block[index] ^ rendered[index]
        }
        guard difference != 0 else { return }
        let checksum = HeaderNumber.checksum.field
        for index in 0..<Header.blockSize where block[index] != rendered[index] && !checksum.contains(index) {
            bytes.append(block[index])
            if let last = runs.last, last.upperBound == index {
                runs[runs.count - 1] = last.lowerBound..<index + 1
            } else {
                runs.append(index..<index + 1)
            }
        }
    }

    func pack(into fields: inout PackedFieldWriter) {
        fields.append(number: UInt64(runs.count), to: .patches)
        var (end, taken) = (0, 0)
        for run in runs {
            fields.append(number: UInt64(run.lowerBound - end), to: .patches)
            fields.append(number: UInt64(run.count), to: .patches)
            fields.append(bytes[taken..<taken + run.count], to: .patches)
            end = run.upperBound
            taken += run.count
        }
        fields.append(checksum[...], to: .patches)
    }
}

/// Where an extension header tells a path.
enum ExtensionPath {
    private static let paxKey = Array(" path=".utf8)

    /// The path in the data of an `L` header, or in that of an `x` header with such a record; nil where there is none.
    /// It is a guess, and nothing is lost if it is a wrong one.
    static func range(in data: ArraySlice<UInt8>, _ typeFlag: UInt8) -> Range<Int>? {
        switch typeFlag {
        case UInt8(ascii: "L"):
            return data.firstIndex(of: 0).map { data.startIndex..<$0 }
        case UInt8(ascii: "x"):
            guard let start = firstIndex(in: data), let end = data[start...].firstIndex(of: UInt8(ascii: "\n")),
                !data[start..<end].contains(0)
            else { return nil }
            return start..<end
        default: return nil
        }
    }

    private static func firstIndex(in data: ArraySlice<UInt8>) -> Int? {
        let bytes = data.span
        var index = 0
        while index + paxKey.count <= bytes.count {
            if bytes[index] == paxKey[0], bytes.holds(paxKey, at: index) {
                return data.startIndex + index + paxKey.count
            }
            index += 1
        }
        return nil
    }
}

/// Packs references to payloads' objects.
///
/// An object that was told before is referred to by its distance among those told; others take 32 bytes. With a tree,
/// the object that it holds at the entry's own path, and the next orphan, take a code alone, and files at other paths their
/// number in the tree: checksums would go stale when a commit is relabelled.
struct ObjectPacker {
    private let layer: LayerContext?
    private var told: [Digest: Int] = [:]
    private var nextOrphan = 0
    /// The first file with each object, by its number in the tree.
    private lazy var files = layer?.tree.fileNumbers() ?? [:]

    init(_ objects: PackedObjects) {
        switch objects {
        case .spelled: layer = nil
        case .fromTree(let layer): self.layer = layer
        }
    }

    mutating func pack(_ object: Digest, at path: [UInt8], into fields: inout PackedFieldWriter) {
        var code: UInt64 = 0
        if let layer {
            if layer.object(at: path) == object { return fields.append(number: 0, to: .objects) }
            if nextOrphan < layer.orphans.count, layer.orphans[nextOrphan] == object {
                told[object] = told.count
                nextOrphan += 1
                return fields.append(number: 1, to: .objects)
            }
            if told[object] == nil, let number = files[object] {
                told[object] = told.count
                fields.append(number: 2, to: .objects)
                return fields.append(number: UInt64(number), to: .objects)
            }
            code = 3
        }
        let count = told.count
        if let number = told[object] {
            fields.append(number: code + UInt64(count - number), to: .objects)
        } else {
            told[object] = count
            fields.append(number: code, to: .objects)
            fields.append(object)
        }
    }
}

/// The other direction of `ObjectPacker`.
struct ObjectUnpacker {
    private let layer: LayerContext?
    private var told: [Digest] = []
    private var nextOrphan = 0
    private lazy var sequence = layer?.tree.depthFirst() ?? []

    init(_ objects: PackedObjects) {
        switch objects {
        case .spelled: layer = nil
        case .fromTree(let layer): self.layer = layer
        }
    }

    mutating func unpack(at path: [UInt8], from fields: inout PackedFieldReader) throws(StrategyError) -> Digest {
        var code = try fields.number(.objects)
        if let layer {
            if code == 0 {
                guard let object = layer.object(at: path) else {
                    throw fields.malformed("the layer's tree holds no file where one is needed", .objects)
                }
                return object
            }
            if code == 1 {
                guard nextOrphan < layer.orphans.count else {
                    throw fields.malformed("the layer has only \(nextOrphan) orphans", .objects)
                }
                told.append(layer.orphans[nextOrphan])
                nextOrphan += 1
                return told[told.count - 1]
            }
            if code == 2 {
                let number = try fields.number(.objects)
                guard let layer = self.layer, number < UInt64(sequence.count),
                    case .regular(_, let object) = layer.tree.node(at: sequence[Int(number)]).content
                else { throw fields.malformed("node \(number) of the layer's tree is no file", .objects) }
                told.append(object)
                return object
            }
            code -= 3
        }
        if code == 0 {
            told.append(try fields.digest())
            return told[told.count - 1]
        }
        guard code <= UInt64(told.count) else {
            throw fields.malformed("an object \(code) back is referred to, and \(told.count) are told", .objects)
        }
        return told[told.count - Int(code)]
    }
}

extension LayerContext {
    /// The object of the file that the layer's tree holds at a tar path.
    fileprivate func object(at path: [UInt8]) -> Digest? {
        guard case .path(let names) = policy.place(path), case .regular(_, let object) = tree[names]?.content else {
            return nil
        }
        return object
    }
}

extension [UInt8] {
    /// How many bytes another text ends with that this path's last name ends with, too; no more than 255.
    func sharedTailCount(_ other: [UInt8]) -> Int {
        var count = 0
        while count < Swift.min(self.count, other.count, 255), self[self.count - 1 - count] != UInt8(ascii: "/"),
            self[self.count - 1 - count] == other[other.count - 1 - count]
        { count += 1 }
        return count
    }
}
