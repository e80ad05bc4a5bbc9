internal import Glibc

/// An operating system and a processor, as an index names them: `linux/arm64/v8`.
public struct Platform: Hashable, Sendable, Codable, CustomStringConvertible {
    public var os: String
    public var architecture: String
    public var variant: String?

    /// Reads `OS/ARCHITECTURE[/VARIANT]`; nil where it is something else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        (os, architecture) = (parts[0], parts[1])
        variant = parts.count == 3 ? parts[2] : nil
    }

    public var description: String { ([os, architecture] + (variant.map { [$0] } ?? [])).joined(separator: "/") }

    /// This machine's.
    public static let host: Platform = {
        #if arch(x86_64)
            let name = "amd64"
        #elseif arch(arm64)
            let name = "arm64"
        #elseif arch(powerpc64le)
            let name = "ppc64le"
        #elseif arch(s390x)
            let name = "s390x"
        #elseif arch(riscv64)
            let name = "riscv64"
        #else
            let name = "unknown"
        #endif
        return Platform("linux/\(name)")!
    }()

    /// Whether an image for `other` is one for this: a variant that is not asked for is anyone's.
    public func accepts(_ other: Platform) -> Bool {
        os == other.os && architecture == other.architecture && (variant == nil || variant == other.variant)
    }
}
