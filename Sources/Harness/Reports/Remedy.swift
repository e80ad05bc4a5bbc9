/// What to do about errors that any command may meet, by the system's own words.
public enum Remedy {
    private static let known: [(words: String, remedy: String)] = [
        ("Permission denied", "run it as the owner, or as root, or name another place"),
        ("Operation not permitted", "run it as root, or use a repository in the mode bare-user"),
        ("Read-only file system", "mount it for writing, or name another place"),
        ("min-free-space", "free some room, or lower core.min-free-space-percent in the repository's config"),
        ("No space left on device", "free some room, or name another place; layerlab doctor says how much there is"),
        ("Disk quota exceeded", "free some room, or name another place"),
        ("Too many open files", "raise the limit: ulimit -n 4096"),
    ]

    /// The message, and behind it what to do, where that is known and not said yet.
    public static func completing(_ message: String) -> String {
        guard let found = known.first(where: { message.contains($0.words) }), !message.contains(found.remedy),
            // An error that brings a remedy of its own knows better.
            !message.contains("; ")
        else { return message }
        return "\(message); \(found.remedy)"
    }
}
