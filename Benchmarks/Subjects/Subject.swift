/// A hot type at work, in memory and in one thread.
public struct Subject: Sendable {
    public let name: String
    /// Makes what the passes need of a generated layer of so many bytes (whole tar blocks), and gives a pass. One throws where its result
    /// is not the whole work: otherwise it would measure nothing.
    public let prepare: @Sendable (_ layerBytes: Int) throws -> () throws -> Void

    /// Bytes of a layer whose passes are timed: sixteen times the passes per second are MB/s.
    public static let layerBytes = 16_000_000

    init(_ name: String, _ prepare: @escaping @Sendable (_ layerBytes: Int) throws -> () throws -> Void) {
        self.name = name
        self.prepare = prepare
    }

    public static let all = floors + digests + splitting + encodings + bytes

    /// Ends a pass whose result is not what it must be.
    static func require(_ isRight: Bool, _ what: String) throws {
        if !isRight { throw WrongResult(description: what) }
    }
}

/// A pass that did something else than its work.
struct WrongResult: Error, CustomStringConvertible {
    var description: String
}
