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
        let device = MachineDescription.device(
            of: MachineDescription.resolved(path), mounts: MachineDescription.text("/proc/self/mountinfo"))
        let files = [path + "/.lock", path].compactMap { path -> FileLocks.File? in
            guard let device, let inode = try? FileStatus(of: path).inode else { return nil }
            return .init(device: device, inode: inode)
        }
        return DoctorRepository.check(
            ofHolders: FileLocks(MachineDescription.text("/proc/locks")).holders(of: files))
    }

    static func check(ofHolders holders: [Int?]) -> DoctorCheck {
        guard !holders.isEmpty else { return DoctorCheck(.repository, "locks", .ok, "none") }
        let named = holders.compactMap(\.self).map(String.init)
        let list = named.isEmpty ? "" : " \(named.joined(separator: ", "))"
        let processes = named.count == 1 && holders.count == 1 ? "process" : "processes"
        let nameless =
            holders.contains(nil) ? "\(named.isEmpty ? "" : ", and by ")one that the kernel does not name" : ""
        return DoctorCheck(
            .repository, "locks", .note,
            "held by \(named.isEmpty ? "" : processes + list)\(nameless)",
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
    /// A file as the table names it.
    struct File: Hashable {
        /// `MAJOR:MINOR`, in hexadecimal digits as the kernel writes them.
        var device: String
        var inode: UInt64
    }

    private let locks: [(file: File, process: Int)]

    /// - Parameter text: of `/proc/locks`: NUMBER: [->] CLASS KIND ACCESS PID MAJOR:MINOR:INODE START END.
    init(_ text: String) {
        locks = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let place = fields.firstIndex(where: { $0.split(separator: ":").count == 3 }), place > 0,
                let process = Int(fields[place - 1]), !fields.contains("->")
            else { return nil }
            let parts = fields[place].split(separator: ":")
            guard let inode = UInt64(parts[2]) else { return nil }
            return (File(device: "\(parts[0]):\(parts[1])", inode: inode), process)
        }
    }

    /// The processes that hold a lock on one of these files, each once; nil is one that the kernel does not name, as of locks
    /// that belong to an open file (OFD) and of processes in other containers.
    func holders(of files: [File]) -> [Int?] {
        Set(locks.filter { files.contains($0.file) }.map(\.process)).sorted().map { $0 > 0 ? $0 : nil }
    }
}
