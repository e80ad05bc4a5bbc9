/// A report that a command prints: as a text, or as JSON.
public protocol Reportable: Encodable {
    var text: String { get }
}
