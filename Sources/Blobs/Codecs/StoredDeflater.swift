/// Writes stored blocks of one size, as level 0 does.
final class StoredDeflater: Deflating {
    private let blockByteCount: Int
    private let ending: StoredEnding
    private var block: [UInt8] = []

    init(blockByteCount: Int, ending: StoredEnding) {
        self.blockByteCount = blockByteCount
        self.ending = ending
    }

    func write(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            // A full block waits until there is more: the last one may be marked.
            if block.count == blockByteCount { putBlock(isLast: false, into: &output) }
            let part = rest.prefix(blockByteCount - block.count)
            block += part
            rest = rest.dropFirst(part.count)
        }
    }

    func finish(into output: inout [UInt8]) {
        if ending == .marked || !block.isEmpty { putBlock(isLast: ending == .marked, into: &output) }
        switch ending {
        case .marked: break
        case .emptyStored: putBlock(isLast: true, into: &output)
        case .emptyStatic: output += [3, 0]
        }
    }

    func startOver() { block.removeAll(keepingCapacity: true) }

    private func putBlock(isLast: Bool, into output: inout [UInt8]) {
        let (low, high) = (UInt8(block.count & 0xff), UInt8(block.count >> 8))
        output += [isLast ? 1 : 0, low, high, ~low, ~high]
        output += block
        block.removeAll(keepingCapacity: true)
    }
}
