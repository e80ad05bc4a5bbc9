import Processes

/// Where a rebuilt stream goes: the same for us and for a peer.
enum StreamSink: String {
    /// `/dev/null`, whose writes cost next to nothing.
    case null
    /// A pipe into `cat >/dev/null`.
    case pipe
    /// A pipe into `openssl dgst -sha256`, which uses the processor's SHA extensions; coreutils' `sha256sum` does not
    /// everywhere, and a peer is not to be slowed down by its hash.
    case digest
    /// A new file, which nobody syncs.
    case file

    /// A process that runs a command which writes the stream to its standard output, into this sink.
    ///
    /// - Parameter path: the file, where the sink is one.
    func process(_ command: [String], path: String = "/dev/null", timeoutSeconds: Double = 1_800) -> ChildProcess {
        switch self {
        case .null, .file:
            var child = ChildProcess(command[0], Array(command.dropFirst()), timeoutSeconds: timeoutSeconds)
            child.output = self == .file ? .file(path: path) : .discarded
            return child
        case .pipe: return piped(command, into: "cat >/dev/null", timeoutSeconds)
        case .digest: return piped(command, into: "openssl dgst -sha256", timeoutSeconds)
        }
    }

    private func piped(_ command: [String], into reader: String, _ timeoutSeconds: Double) -> ChildProcess {
        // Only with `pipefail` does a writer that fails end the shell with its code.
        ChildProcess(
            "bash", ["-c", "set -o pipefail; \"$@\" | \(reader)", "bash"] + command, timeoutSeconds: timeoutSeconds)
    }
}

/// What an import finds.
enum ImportCondition: String {
    /// A fresh repository that syncs.
    case fresh
    /// A fresh repository with `core.fsync=false`.
    case unsynced
    /// A repository that syncs and holds the layer's objects already, but no longer its refs.
    case again

    /// How rows call a program that imports under this condition.
    func name(_ program: String) -> String {
        switch self {
        case .fresh: program
        case .unsynced: program + ", fsync off"
        case .again: program + ", objects there"
        }
    }
}
