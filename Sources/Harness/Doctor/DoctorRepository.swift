internal import Foundation
internal import LayerStore
internal import OSTree

/// A repository: whether it can be used, and what about it makes times differ.
struct DoctorRepository {
    let path: String

    var checks: [DoctorCheck] {
        do {
            let repository = try Repository(opening: path)
            let settings = RepositorySettings(MachineDescription.text(path + "/config"))
            let isWritable = FileManager.default.isWritableFile(atPath: path + "/objects")
            return [
                DoctorCheck(.repository, "repository", .ok, path),
                DoctorCheck(.repository, "mode", .ok, "\(repository.mode.rawValue)"),
                DoctorCheck(
                    .repository, "permission", isWritable ? .ok : .note,
                    isWritable ? "may be written" : "may only be read",
                    isWritable ? nil : "imports and removals take its owner, or root"),
                settings.durability, settings.reserve, locks, leftovers,
            ]
        } catch {
            return [
                DoctorCheck(
                    .repository, "repository", .missing, "\(error)",
                    "make one with layerlab import --init MODE, or ostree init --repo=\(path) --mode=MODE")
            ]
        }
    }

    /// Who holds ostree's own lock, or ours, by the kernel's table; who is in another container is not in it.
    private var locks: DoctorCheck {
        let inodes = [path + "/.lock", path].compactMap { try? FileStatus(of: $0).inode }
        let holders = FileLocks(MachineDescription.text("/proc/locks")).holders(of: inodes)
        guard !holders.isEmpty else { return DoctorCheck(.repository, "locks", .ok, "none") }
        let list = holders.map(String.init).joined(separator: ", ")
        return DoctorCheck(
            .repository, "locks", .note,
            "held by \(holders.count == 1 ? "process" : "processes") \(list)",
            "an import, a removal or a prune is at work, and others wait for it")
    }

    /// What killed processes have left goes at the next import.
    private var leftovers: DoctorCheck {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/tmp")) ?? []
        let others = names.filter { $0 != "cache" }
        guard !others.isEmpty else { return DoctorCheck(.repository, "temporary files", .ok, "none") }
        return DoctorCheck(
            .repository, "temporary files", .note, "\(Figure.count(others.count)) in tmp",
            "of work under way, or of work that was killed: the next import takes the latter away")
    }
}

/// Of a repository's `config`, what durability and room depend on.
struct RepositorySettings {
    private var values: [String: String] = [:]

    /// - Parameter text: groups in brackets, `key=value` on a line each.
    init(_ text: String) {
        var group = ""
        for line in text.split(separator: "\n") {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("[") { group = line.trimmingCharacters(in: ["[", "]"]) }
            let sides = line.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if group == "core", sides.count == 2, !line.hasPrefix("#") { values[sides[0]] = sides[1] }
        }
    }

    var durability: DoctorCheck {
        let isDurable = values["fsync"] != "false"
        return DoctorCheck(
            .repository, "fsync", isDurable ? .ok : .note, isDurable ? "yes" : "no (core.fsync=false)",
            isDurable
                ? nil : "imports are faster, and a power cut may take them: say so beside their times")
    }

    var reserve: DoctorCheck {
        if let size = values["min-free-space-size"] {
            return DoctorCheck(.repository, "free space kept", .ok, size)
        }
        let percent = values["min-free-space-percent"] ?? "3"
        return DoctorCheck(
            .repository, "free space kept", .ok, "\(percent) %",
            percent == "0" ? nil : "imports fail before the disk is full (core.min-free-space-percent)")
    }
}

/// The kernel's table of file locks.
struct FileLocks {
    private let locks: [(inode: UInt64, process: Int)]

    /// - Parameter text: of `/proc/locks`: NUMBER: [->] CLASS KIND ACCESS PID MAJOR:MINOR:INODE START END.
    init(_ text: String) {
        locks = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let file = fields.firstIndex(where: { $0.split(separator: ":").count == 3 }), file > 0,
                let inode = fields[file].split(separator: ":").last.flatMap({ UInt64($0) }),
                let process = Int(fields[file - 1]), !fields.contains("->")
            else { return nil }
            return (inode, process)
        }
    }

    /// The processes that hold a lock on one of these files, each once; -1 is one that the kernel does not name.
    func holders(of inodes: [UInt64]) -> [Int] {
        Set(locks.filter { inodes.contains($0.inode) }.map(\.process)).sorted()
    }
}
