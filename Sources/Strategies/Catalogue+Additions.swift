internal import Synchronization

/// What a program brings along besides the catalogue's own lists.
///
/// A repository names the strategy of each of its layers. A program with a strategy of its own adds that before it opens
/// such a repository; one that has not got it sees no layer there. The catalogue's own lists stay as they are: laws,
/// benchmarks and the tool go over what this package answers for.
extension Catalogue {
    /// Has strategies name this encoding. To add it again changes nothing; a name that another one has, or that no
    /// strategy could be written with, is an error of kind `unknown`.
    public static func add(_ encoding: any Encoding.Type) throws(StrategyError) {
        try additions.withLock { (added: inout Additions) throws(StrategyError) in
            let known = encodings + added.encodings
            guard !known.contains(where: { $0 == encoding }) else { return }
            try check(encoding.name, of: "encoding", against: known.map { $0.name } + wrapperNames(added))
            added.encodings.append(encoding)
        }
    }

    /// Has strategies name this wrapper, in the same way.
    public static func add(_ wrapper: any Wrapper.Type) throws(StrategyError) {
        try additions.withLock { (added: inout Additions) throws(StrategyError) in
            guard !(wrappers + added.wrappers).contains(where: { $0 == wrapper }) else { return }
            let encodingNames = (encodings + added.encodings).map { $0.name }
            try check(wrapper.name, of: "wrapper", against: encodingNames + wrapperNames(added))
            added.wrappers.append(wrapper)
        }
    }

    /// Has strategies name this storage, in the same way.
    public static func add(_ storage: any Storage.Type) throws(StrategyError) {
        try additions.withLock { (added: inout Additions) throws(StrategyError) in
            let known = storages + added.storages
            guard !known.contains(where: { $0 == storage }) else { return }
            try check(storage.name, of: "storage", against: known.map { $0.name })
            added.storages.append(storage)
        }
    }

    /// The catalogue's encodings, and those that were added.
    public static var knownEncodings: [any Encoding.Type] { encodings + additions.withLock { $0.encodings } }
    /// The catalogue's wrappers, and those that were added.
    public static var knownWrappers: [any Wrapper.Type] { wrappers + additions.withLock { $0.wrappers } }
    /// The catalogue's storages, and those that were added.
    public static var knownStorages: [any Storage.Type] { storages + additions.withLock { $0.storages } }

    private struct Additions {
        var encodings: [any Encoding.Type] = []
        var wrappers: [any Wrapper.Type] = []
        var storages: [any Storage.Type] = []
    }

    private static let additions = Mutex(Additions())

    private static func wrapperNames(_ added: Additions) -> [String] { (wrappers + added.wrappers).map { $0.name } }

    /// A strategy's punctuation is no part of a name.
    private static func check(_ name: String, of kind: String, against known: [String]) throws(StrategyError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || isAlphanumeric($0) }) else {
            throw StrategyError(.unknown, "\(kind) '\(name)'", "a name is made of letters, digits and hyphens")
        }
        guard !known.contains(name) else {
            throw StrategyError(.unknown, "\(kind) '\(name)'", "there is another one of this name")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
