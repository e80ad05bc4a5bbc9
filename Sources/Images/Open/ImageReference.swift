/// Where an image is, as containers' tools write it (containers-transports(5)): `oci:DIR:TAG`, `docker://HOST/NAME:TAG`.
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    public enum Transport: String, CaseIterable, Sendable {
        case ociLayout = "oci"
        case directory = "dir"
        case ociArchive = "oci-archive"
        case dockerArchive = "docker-archive"
        case docker
        case containersStorage = "containers-storage"
        case dockerDaemon = "docker-daemon"

        /// Whether an image keeps the manifest that it came with. The others make one anew of what they have, for layers that
        /// are not compressed.
        var keepsManifests: Bool {
            switch self {
            case .ociLayout, .directory, .ociArchive, .docker: true
            case .dockerArchive, .containersStorage, .dockerDaemon: false
            }
        }
    }

    public var transport: Transport
    /// What follows the transport's colon.
    public var location: String

    public init(_ transport: Transport, _ location: String) {
        self.transport = transport
        self.location = location
    }

    /// Nil where the text begins with no transport and its colon: a layer's file, for instance.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), let transport = Transport(rawValue: String(text[..<colon])) else {
            return nil
        }
        self.init(transport, String(text[text.index(after: colon)...]))
    }

    public var description: String { "\(transport.rawValue):\(location)" }

    /// Whether the folder that it should name is missing, as where a variable of a script is empty.
    var hasNoFolder: Bool {
        switch transport {
        case .ociLayout: layout(isFolder: { _ in false }).folder.isEmpty
        default: location.isEmpty
        }
    }

    /// Whether it names one of a layout's images.
    public var hasTag: Bool { transport == .ociLayout && layout(isFolder: { _ in false }).tag != nil }

    /// How images begin: `docker://`, `oci:` …
    public static var prefixes: [String] {
        Transport.allCases.map { $0 == .docker ? "docker://" : "\($0.rawValue):" }
    }

    /// How `--help` lists the transports.
    public static var list: String { prefixes.joined(separator: ", ") }

    /// The same image by the digest of a manifest; nil where the transport has no such names.
    public func at(_ digest: String) -> ImageReference? {
        guard transport == .docker else { return nil }
        var name = location.split(separator: "@", omittingEmptySubsequences: false)[0]
        // A colon behind the last slash begins a tag, another one a port.
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") { name = name[..<colon] }
        return ImageReference(.docker, "\(name)@\(digest)")
    }

    /// The folder and the tag of an image layout. Folders have no colon in their names, unless there is one of the whole name.
    func layout(isFolder: (String) -> Bool) -> (folder: String, tag: String?) {
        guard !isFolder(location), let colon = location.firstIndex(of: ":") else { return (location, nil) }
        let tag = location[location.index(after: colon)...]
        return (String(location[..<colon]), tag.isEmpty ? nil : String(tag))
    }
}
