import Foundation
import Processes

/// Small files whose contents stand in the manifest, by their absolute paths in the image.
struct StepFiles {
    /// The modification time of all of them and of their directories: a fetch at another time copies the same files.
    private static let modified = Date(timeIntervalSince1970: 1_700_000_000)

    private let files: [String: String]

    init(_ files: [String: String]) { self.files = files }

    /// Writes them below a directory that stands for the image's root.
    func write(below root: String) throws(LocatedError) {
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: root, withIntermediateDirectories: true)
            for (path, content) in files {
                guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                    throw LocatedError("is no absolute path in the image", in: path)
                }
                let file = root + path
                try manager.createDirectory(
                    atPath: String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]),
                    withIntermediateDirectories: true)
                try Data(content.utf8).write(to: URL(filePath: file))
            }
            // A directory's time changes with what is put into it, so all are set when that is done. Modes would follow
            // the umask.
            for path in try manager.subpathsOfDirectory(atPath: root).map({ "\(root)/\($0)" }) + [root] {
                let type = try manager.attributesOfItem(atPath: path)[.type] as? FileAttributeType
                try manager.setAttributes(
                    [.modificationDate: StepFiles.modified, .posixPermissions: type == .typeDirectory ? 0o755 : 0o644],
                    ofItemAtPath: path)
            }
        } catch let error as LocatedError {
            throw error
        } catch {
            throw LocatedError("cannot be written: \(error.localizedDescription)", in: root)
        }
    }
}
