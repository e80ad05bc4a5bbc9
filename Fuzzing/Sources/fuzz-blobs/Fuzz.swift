import TestSupport

/// What libFuzzer calls with every input: a breach of the laws ends the process, as a trap does.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try FuzzTarget.blobs.check(input)
    } catch {
        fatalError("\(error)")
    }
    return 0
}
