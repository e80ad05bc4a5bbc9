/// How to make a compressed blob again from its uncompressed bytes, bit for bit: tens of bytes.
///
/// A blob is gzip (RFC 1952): members one after the other, and whatever follows. The recipe has their heads, and which
/// compressor with which parameters writes their bodies.
public struct BlobRecipe: Equatable, Sendable {
    /// Bytes behind the last member are kept up to so many.
    static let longestTail = 64 << 10
    /// Runs of members are kept up to so many, and heads up to so many bytes.
    static let runLimit = 4096
    static let headLimit = 1 << 20
    /// Members without a byte, which cost a stream nothing and us as much as others, are kept up to so many.
    static let emptyMemberLimit: UInt64 = 4096

    /// Members that are alike, one after the other.
    struct Run: Equatable, Sendable {
        var memberCount: UInt64 = 1
        /// Uncompressed bytes of each member; nil for the blob's last one, which takes the rest.
        var byteCount: UInt64?
        /// Each member's head, as it is in the blob.
        var header: [UInt8]
        /// Whether the two bytes at 16 in the head say how long the whole member is, less one: BGZF.
        var countsMember = false
        var compressor: Compressor
        /// The eight bytes behind the body, where they are not the CRC and the length.
        var trailer: [UInt8]?
    }

    var runs: [Run]
    /// What is behind the last member.
    var tail: [UInt8] = []
}

extension BlobRecipe: CustomStringConvertible {
    /// For people: `GNU gzip -9`.
    public var description: String {
        var parts: [String] = []
        var last: (name: String, members: UInt64)?
        func close() {
            guard let last else { return }
            parts.append(last.members == 1 ? last.name : "\(last.members) members by \(last.name)")
        }
        for run in runs {
            let name = run.compressor.description
            if let before = last, name == before.name {
                last = (name, BlobRecipe.sum(before.members, run.memberCount))
            } else {
                close()
                last = (name, run.memberCount)
            }
        }
        close()
        if parts.count > 4 { parts = parts.prefix(4) + ["\(parts.count - 4) more"] }
        if !tail.isEmpty { parts.append("\(tail.count) bytes behind") }
        return parts.joined(separator: "; then ")
    }

    /// What is stored says the numbers, whatever they are.
    private static func sum(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let (sum, isTooLarge) = first.addingReportingOverflow(second)
        return isTooLarge ? .max : sum
    }
}
