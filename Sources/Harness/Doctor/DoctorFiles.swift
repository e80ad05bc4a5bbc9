internal import Foundation
internal import LayerStore

/// A work folder: its file system, what that can do, and the room that is left.
struct DoctorFiles {
    let folder: String

    /// What `bench quick` takes, with room to spare.
    private static let usualBytes: UInt64 = 10_000_000_000
    /// Less than this is too little for one layer of the corpus in a few repositories.
    private static let leastBytes: UInt64 = 1_000_000_000
    private static let leastInodes: UInt64 = 200_000

    var checks: [DoctorCheck] {
        guard FileManager.default.fileExists(atPath: folder + "/.") else {
            return [
                DoctorCheck(
                    .files, "work folder", .missing, "\(folder) is no folder",
                    "name another one with --work-dir")
            ]
        }
        let probe = FileSystemProbe(folder: folder)
        if let obstacle = probe.obstacle {
            return [
                DoctorCheck(
                    .files, "work folder", .missing, "\(folder) cannot be written: \(obstacle)",
                    "name another one with --work-dir")
            ]
        }
        return [DoctorCheck(.files, "work folder", .ok, folder), type] + abilities(probe) + room
    }

    private var type: DoctorCheck {
        let type = MachineDescription.fileSystem(
            of: MachineDescription.resolved(folder),
            mounts: MachineDescription.text("/proc/self/mountinfo"))
        return DoctorFiles.check(ofType: type)
    }

    /// File systems whose work is done elsewhere: by a server, a host, or a process of this machine.
    private static let otherMachines: Set = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "fuse", "fuseblk", "ceph", "afs", "glusterfs",
        "lustre",
        "gfs2", "ocfs2", "orangefs", "pvfs2", "beegfs", "gpfs", "vboxsf", "prl_fs", "vmhgfs", "ncpfs", "coda",
    ]

    static func check(ofType type: String?) -> DoctorCheck {
        // `fuse.sshfs` is sshfs, and may be anything.
        if let type, type.hasPrefix("fuse.") || otherMachines.contains(type) {
            return DoctorCheck(
                .files, "file system", .spoils, type,
                "another machine's or another process's work is measured too: take a local disk")
        }
        switch type {
        case "tmpfs", "ramfs":
            return DoctorCheck(
                .files, "file system", .spoils, type ?? "",
                "it is memory: name a folder on a disk with --work-dir")
        case "overlay":
            return DoctorCheck(
                .files, "file system", .note, "overlay",
                "its cost is measured too: --work-dir on the disk itself avoids that")
        case let type?: return DoctorCheck(.files, "file system", .ok, type)
        case nil: return DoctorCheck(.files, "file system", .note, "unknown")
        }
    }

    private func abilities(_ probe: FileSystemProbe) -> [DoctorCheck] {
        func check(_ name: String, _ isThere: Bool, _ missing: String) -> DoctorCheck {
            DoctorCheck(
                .files, name, isThere ? .ok : .note, isThere ? "yes" : "no", isThere ? nil : missing)
        }
        let attributes =
            probe.hasUserAttributes
            ? DoctorCheck(.files, "attributes user.*", .ok, "yes")
            : DoctorCheck(
                .files, "attributes user.*", .missing, "no",
                "repositories in bare-user, the usual mode, cannot be here: use the mode archive, or another file system"
            )
        return [
            attributes,
            check("O_TMPFILE", probe.hasNamelessFiles, "libostree takes files with names instead"),
            check("reflinks", probe.hasClones, "copies are copied byte by byte"),
            check("fs-verity", probe.hasVerity, "splitstream's digests are computed all the same"),
        ]
    }

    private var room: [DoctorCheck] {
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        func number(_ key: FileAttributeKey) -> UInt64? { (facts?[key] as? NSNumber)?.uint64Value }
        let bytes = number(.systemFreeSize).map { DoctorFiles.check(ofFreeBytes: $0) }
        let inodes = DoctorFiles.check(ofFreeInodes: number(.systemFreeNodes), of: number(.systemNodes))
        return [bytes, inodes].compactMap(\.self)
    }

    static func check(ofFreeBytes bytes: UInt64) -> DoctorCheck {
        let text = "\(Figure.count(bytes / 1_000_000)) MB"
        if bytes < leastBytes {
            return DoctorCheck(
                .files, "free space", .spoils, text, "free some, or name a larger disk with --work-dir")
        }
        let isMuch = bytes >= usualBytes
        return DoctorCheck(
            .files, "free space", isMuch ? .ok : .note, text,
            isMuch ? nil : "bench removes repositories between layers then, which slows imports down")
    }

    /// Some file systems have as many inodes as there is room for, and say 0.
    static func check(ofFreeInodes free: UInt64?, of all: UInt64?) -> DoctorCheck? {
        guard let free, let all, all > 0 else { return nil }
        let isMuch = free >= leastInodes
        return DoctorCheck(
            .files, "free inodes", isMuch ? .ok : .spoils, Figure.count(free),
            isMuch ? nil : "each file of a layer takes one: remove small files, or take another disk")
    }
}
