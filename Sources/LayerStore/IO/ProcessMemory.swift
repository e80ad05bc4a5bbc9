internal import CMalloc

/// The memory of this process.
public enum ProcessMemory {
    /// Gives the memory of large buffers back as soon as they are freed. By itself glibc keeps freed blocks of up to 32 MB
    /// for later, which an import of a large layer has no use for.
    public static func returnLargeBuffersAtOnce() {
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
    }
}
