public import Digests
private import Foundation

/// What a tree says of one path.
public struct TreeNode: Hashable, Sendable, CustomStringConvertible {
    public enum Content: Hashable, Sendable {
        case folder
        case file(Digest)
        case link(String)
    }

    public var content: Content
    public var mode: UInt32
    public var userID: UInt32
    public var groupID: UInt32
    /// Extended attributes of users.
    public var attributes: [String: [UInt8]] = [:]

    public init(_ content: Content, mode: UInt32, userID: UInt32 = 0, groupID: UInt32 = 0) {
        (self.content, self.mode, self.userID, self.groupID) = (content, mode, userID, groupID)
    }

    /// What no layer describes.
    public static let implied = TreeNode(.folder, mode: 0o755)

    public var description: String {
        let what =
            switch content {
            case .folder: "folder"
            case .file(let digest): "file \(digest.hex.prefix(8))"
            case .link(let target): "link to \(target)"
            }
        let names = attributes.keys.sorted().joined(separator: " ")
        return "\(what) \(String(mode, radix: 8)) \(userID):\(groupID) \(names)"
    }
}

/// A folder of the file system, as far as ostree could hold it.
public enum UnpackedTree {
    /// Everything in a folder by its path there, the folder itself by the empty path. Devices and pipes are left out.
    public static func nodes(in folder: String) throws -> [String: TreeNode] {
        let script = """
            import hashlib, json, os, stat, sys
            root = sys.argv[1]
            def note(path):
                s = os.lstat(path)
                kind, content = stat.S_IFMT(s.st_mode), ""
                if kind == stat.S_IFREG: content = hashlib.sha256(open(path, "rb").read()).hexdigest()
                elif kind == stat.S_IFLNK: content = os.readlink(path)
                elif kind != stat.S_IFDIR: return
                names = [n for n in os.listxattr(path, follow_symlinks=False) if n.startswith("user.")]
                found = {n: list(os.getxattr(path, n, follow_symlinks=False)) for n in names}
                name = os.path.relpath(path, root) if path != root else ""
                print(json.dumps([name, kind, stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, content, found]))
            note(root)
            for place, folders, files in os.walk(root):
                for name in folders + files: note(os.path.join(place, name))
            """
        let result = try run("python3", ["-c", script, folder])
        guard result.exitCode == 0 else { throw ProgramError(description: result.errors) }
        var nodes: [String: TreeNode] = [:]
        for line in result.output.split(separator: "\n") {
            guard let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any],
                let path = record[0] as? String, let kind = record[1] as? Int, let mode = record[2] as? UInt32,
                let userID = record[3] as? UInt32, let groupID = record[4] as? UInt32,
                let text = record[5] as? String, let attributes = record[6] as? [String: [UInt8]]
            else { throw ProgramError(description: "no record: \(line)") }
            let content: TreeNode.Content
            switch kind {
            case 0o040000: content = .folder
            case 0o120000: content = .link(text)
            default: content = .file(Digest(hex: text)!)
            }
            nodes[path] = TreeNode(content, mode: mode, userID: userID, groupID: groupID)
            nodes[path]?.attributes = attributes
        }
        return nodes
    }
}
