internal import Glibc

/// Tells whether files are in memory or come from the disk, by what the process has read from there.
struct DiskReads {
    private let start = DiskReads.blockCount

    /// Blocks of 512 bytes that came from disks since this was made.
    var blockCount: Int { DiskReads.blockCount - start }

    private static var blockCount: Int {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return usage.ru_inblock
    }
}
