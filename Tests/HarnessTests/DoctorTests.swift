import Foundation
import Testing

@testable import Harness

/// What the doctor makes of what it finds.
@Suite struct DoctorTests {
    @Test func whatSpoilsAMeasurementIsTold() {
        #expect(DoctorMachine.check(ofLoad: 0.2, cores: 2).verdict == .ok)
        #expect(DoctorMachine.check(ofLoad: 1.5, cores: 2).verdict == .spoils)
        #expect(DoctorMachine.check(ofGovernor: nil).verdict == .note)
        #expect(DoctorMachine.check(ofGovernor: "performance").verdict == .ok)
        #expect(DoctorMachine.check(ofGovernor: "powersave").verdict == .spoils)
        #expect(DoctorMachine.check(ofStolenShare: 0.001).verdict == .ok)
        #expect(DoctorMachine.check(ofStolenShare: 0.05).finding == "5.0 % over a second")
        #expect(DoctorMachine.check(ofCores: 1, online: 4).verdict == .spoils)
        #expect(DoctorMachine.check(ofCores: 2, online: 4).finding == "2 of the 4 there are")
        #expect(DoctorMachine.check(ofProcessorQuota: 1.5, cores: 2).verdict == .spoils)
        #expect(DoctorMachine.check(ofProcessorQuota: 2, cores: 2).verdict == .ok)
        #expect(
            DoctorMachine.check(ofClock: "tsc")?.verdict == .ok
                && DoctorMachine.check(ofClock: "hpet")?.verdict == .note)
        #expect(DoctorMachine.check(ofFreeMemory: 8 << 30, left: 1 << 28).verdict == .spoils)
        #expect(DoctorMachine.check(ofFreeMemory: 8 << 30, left: nil).finding == "8,589 MB")
        #expect(
            DoctorMachine.check(ofOpenFiles: 256).verdict == .spoils
                && DoctorMachine.check(ofOpenFiles: nil).verdict == .ok)
        #expect(
            DoctorFiles.check(ofType: "tmpfs").verdict == .spoils
                && DoctorFiles.check(ofType: "ext4").verdict == .ok)
        for type in ["fuse.sshfs", "fuseblk", "ceph", "smb3", "nfs4"] {
            #expect(DoctorFiles.check(ofType: type).verdict == .spoils, "\(type)")
        }
        #expect(DoctorFiles.check(ofFreeBytes: 1 << 20).verdict == .spoils)
        #expect(DoctorFiles.check(ofFreeInodes: 0, of: 0) == nil)
        #expect(DoctorFiles.check(ofFreeInodes: 10, of: 1000)?.verdict == .spoils)
        #expect(Doctor.library("libx", built: "1", loaded: "2").finding == "2, built with 1")
    }

    @Test func kernelTablesAreRead() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n"
        #expect(
            DoctorMachine.openFiles(
                limits + "Max open files            1024                 4096       files\n") == 1024)
        #expect(
            DoctorMachine.openFiles(
                limits + "Max open files            unlimited            unlimited  files\n") == nil)
        #expect(DoctorMachine.count(inList: "0-3,8\n") == 5 && DoctorMachine.count(inList: "0") == 1)
        #expect(DoctorMachine.count(inList: "") == nil && DoctorMachine.count(inList: "3-1") == nil)
        let memory = MemoryTable(
            "MemTotal:  2048 kB\nMemAvailable: 1024 kB\nSwapTotal: 1000 kB\nSwapFree: 100 kB\n")
        #expect(memory.total == 2 << 20 && memory.available == 1 << 20)
        #expect(DoctorMachine.check(ofSwap: memory)?.verdict == .note)
        let locks = FileLocks(
            """
            1: FLOCK  ADVISORY  WRITE 710 08:01:131 0 EOF
            1: -> FLOCK  ADVISORY  WRITE 711 08:01:131 0 EOF
            2: OFDLCK ADVISORY  READ -1 fe:00:77 0 EOF
            """)
        let (first, nameless) = (
            FileLocks.File(device: "08:01", inode: 131), FileLocks.File(device: "fe:00", inode: 77)
        )
        #expect(locks.holders(of: [first]) == [710] && locks.holders(of: [nameless, first]) == [nil, 710])
        // The same number on another device is another file.
        #expect(locks.holders(of: [.init(device: "08:02", inode: 131)]).isEmpty)
        func finding(_ holders: [Int?]) -> String { DoctorRepository.check(ofHolders: holders).finding }
        #expect(finding([]) == "none" && finding([710]) == "held by process 710")
        #expect(finding([nil]) == "held by one that the kernel does not name")
        #expect(finding([nil, 7, 8]) == "held by processes 7, 8, and by one that the kernel does not name")
        let mounts = "30 1 254:0 / / rw - ext4 /dev/vda rw\n31 30 0:300 / /mnt/x rw - btrfs /dev/b rw\n"
        #expect(
            MachineDescription.device(of: "/a", mounts: mounts) == "fe:00"
                && MachineDescription.device(of: "/mnt/x/a", mounts: mounts) == "00:12c")
    }

    @Test func theLeastLimitOfAllGroupsCounts() {
        let unified = [
            "/sys/fs/cgroup/a/b/cpu.max": "max 100000", "/sys/fs/cgroup/a/cpu.max": "150000 100000",
            "/sys/fs/cgroup/a/memory.max": "1000", "/sys/fs/cgroup/a/b/memory.max": "2000",
        ]
        let second = ControlGroups("0::/a/b\n") { unified[$0] }
        #expect(second.processorQuota == 1.5 && second.memoryLimit == 1000 && second.memoryLeft == 1000)
        let used = unified.merging([
            "/sys/fs/cgroup/a/memory.current": "700", "/sys/fs/cgroup/a/b/memory.current": "1900",
            "/sys/fs/cgroup/a/b/memory.stat": "anon 900\nfile 1000\nactive_file 300\ninactive_file 600\n",
        ]) { $1 }
        // 1000 - 700 above, and 2000 - (1900 - 900) below.
        #expect(ControlGroups("0::/a/b\n") { used[$0] }.memoryLeft == 300)
        let split = [
            "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "50000",
            "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        ]
        let first = ControlGroups("3:cpu,cpuacct:/x\n2:memory:/\n0::/\n") { split[$0] }
        #expect(first.processorQuota == 0.5 && first.memoryLimit == nil)
        #expect(ControlGroups("") { _ in nil }.processorQuota == nil)
    }

    @Test func settingsOfARepositoryAreRead() {
        let settings = RepositorySettings(
            "[core]\nrepo_version=1\nfsync=false\nmin-free-space-size = 500MB\n[other]\nfsync=true\n")
        #expect(settings.durability.verdict == .note && settings.reserve.finding == "500MB")
        let usual = RepositorySettings("[core]\nmode=bare-user\n")
        #expect(usual.durability.verdict == .ok && usual.reserve.finding == "3 %")
    }

    @Test func onlyWhatIsNeededMakesItUnfit() {
        let note = DoctorCheck(.programs, "skopeo", .note, "not installed", "install it")
        let report = DoctorReport([
            note, DoctorCheck(.machine, "load", .spoils, "9.00 on 2 processors"),
        ])
        #expect(!report.isUnfit)
        #expect(
            report.text.split(separator: "\n").map(String.init) == [
                "programs:", "note    skopeo              not installed; install it", "machine:",
                "spoils  load                9.00 on 2 processors",
                "0 ok, 1 to note, 1 that spoil a measurement, 0 missing: all works, and times measured now say little",
            ])
        #expect(DoctorReport([DoctorCheck(.files, "work folder", .missing, "x")]).isUnfit)
    }
}
