internal import Foundation

/// Files that a shell may offer, for arguments that take other things as well.
public enum PathCompletion {
    /// The paths that begin with a text, folders with a slash behind; hidden ones only where the text asks for them.
    public static func paths(for text: String) -> [String] {
        let folder = text.lastIndex(of: "/").map { String(text[...$0]) } ?? ""
        let start = text.dropFirst(folder.count)
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        return names.sorted().filter {
            $0.hasPrefix(start) && (start.hasPrefix(".") || !$0.hasPrefix("."))
        }.map { name in
            folder + name + (FileManager.default.fileExists(atPath: folder + name + "/.") ? "/" : "")
        }
    }
}
