internal import CZlib

/// Compresses a long content (raw deflate, RFC 1951) block by block, in threads that all contents of a stage share.
///
/// Each block has the end of the one before as its dictionary, and ends at a byte's end (`Z_SYNC_FLUSH`), so that all of
/// them, one behind the other, are one stream. What comes out does not depend on the number of threads.
///
/// Two blocks more than there are threads are under way at most, each with half a megabyte.
final class BlockDeflater {
    static let blockBytes = 256 << 10
    /// As far as deflate looks back.
    private static let windowBytes = 32 << 10

    private let threads: DeflateThreads
    /// Blocks that are compressed or wait for it, in the order of the content.
    private var underWay: [DeflateBlock] = []
    private var current = DeflateBlock()
    /// A block that is lost ends the stream.
    private var failure: OSTreeError?

    init(_ threads: DeflateThreads) { self.threads = threads }

    /// Takes the next bytes, and writes what has come out so far.
    func write(_ bytes: ArraySlice<UInt8>, to file: Int32, in stage: DirectStage) throws(OSTreeError) {
        if let failure { throw failure }
        var rest = bytes
        while !rest.isEmpty {
            // A block is handed over when there is more: the last one is marked.
            if current.input.count == BlockDeflater.blockBytes { try handOver(to: file, in: stage) }
            let part = rest.prefix(BlockDeflater.blockBytes - current.input.count)
            current.input += part
            rest = rest.dropFirst(part.count)
        }
    }

    /// The content is over: writes all the rest.
    func finish(to file: Int32, in stage: DirectStage) throws(OSTreeError) {
        if let failure { throw failure }
        current.isLast = true
        try handOver(to: file, in: stage)
        while !underWay.isEmpty { try writeFirst(to: file, in: stage) }
    }

    /// Has the current block compressed, and begins another one: where as many are under way as there may be, the first of
    /// those, which is written before.
    private func handOver(to file: Int32, in stage: DirectStage) throws(OSTreeError) {
        // Threads have another one at hand while the caller waits for the first.
        let next = underWay.count > threads.count + 1 ? try writeFirst(to: file, in: stage) : DeflateBlock()
        next.begin(behind: current.input.suffix(BlockDeflater.windowBytes))
        underWay.append(current)
        threads.compress(current)
        current = next
    }

    @discardableResult
    private func writeFirst(to file: Int32, in stage: DirectStage) throws(OSTreeError) -> DeflateBlock {
        let block = underWay.removeFirst()
        do throws(OSTreeError) {
            guard let output = threads.wait(for: block) else {
                throw OSTreeError(
                    operation: "compress", subject: "a file", reason: "zlib has no memory for it", code: .noSpace)
            }
            try stage.write(output, to: file)
        } catch {
            failure = error
            throw error
        }
        return block
    }
}

/// Threads that compress blocks, whosesoever they are, in the order in which they are given.
final class DeflateThreads: @unchecked Sendable {
    private let level: Int32
    private let queue = BlockQueue()
    private let threads: WorkerThreads

    init(level: Int32, _ count: Int = Processors.count) {
        self.level = level
        threads = WorkerThreads(count) { [queue] in queue.work(ZlibStream(level: level)) }
    }

    deinit {
        queue.close()
        threads.join()
    }

    /// How many there are.
    var count: Int { threads.count }

    fileprivate func compress(_ block: DeflateBlock) {
        if count > 0 {
            queue.add(block)
        } else {
            // The system has no room for a thread.
            queue.compress(block, with: ZlibStream(level: level))
        }
    }

    /// Waits until a block is compressed; what came out, or nil where that failed.
    fileprivate func wait(for block: DeflateBlock) -> ArraySlice<UInt8>? { queue.wait(for: block) }
}

/// A part of a content. One thread at a time has it.
private final class DeflateBlock: @unchecked Sendable {
    var input: [UInt8] = []
    var isLast = false
    private var dictionary: [UInt8] = []
    private var output: [UInt8] = []
    /// How many bytes came out; nil where zlib failed.
    private var outputByteCount: Int?
    /// Is touched with the queue's lock held while others may have the block.
    var isDone = false

    var result: ArraySlice<UInt8>? { outputByteCount.map { output[0..<$0] } }

    /// Is used for other bytes, which follow these.
    func begin(behind dictionary: ArraySlice<UInt8>) {
        // Not the slice, which would keep all of the other block's bytes.
        self.dictionary = Array(dictionary)
        input.removeAll(keepingCapacity: true)
        input.reserveCapacity(BlockDeflater.blockBytes)
        isDone = false
    }

    func compress(with stream: ZlibStream?) {
        outputByteCount = stream?.compress(input, behind: dictionary, isLast: isLast, into: &output)
    }
}

/// The blocks that wait for a thread.
private final class BlockQueue: @unchecked Sendable {
    private let monitor = Monitor()
    private var waiting: [DeflateBlock] = []
    private var isClosed = false

    func add(_ block: DeflateBlock) {
        monitor.withLock {
            waiting.append(block)
            monitor.tell(.produced)
        }
    }

    func wait(for block: DeflateBlock) -> ArraySlice<UInt8>? {
        monitor.withLock { while !block.isDone { monitor.wait(for: .consumed) } }
        return block.result
    }

    /// What waits is left as it is.
    func close() {
        monitor.withLock {
            isClosed = true
            monitor.tell(.produced)
        }
    }

    /// Compresses blocks until the queue is closed.
    func work(_ stream: ZlibStream?) {
        while let block = next() { compress(block, with: stream) }
    }

    func compress(_ block: DeflateBlock, with stream: ZlibStream?) {
        block.compress(with: stream)
        monitor.withLock {
            block.isDone = true
            monitor.tell(.consumed)
        }
    }

    private func next() -> DeflateBlock? {
        monitor.withLock {
            while waiting.isEmpty, !isClosed { monitor.wait(for: .produced) }
            return isClosed ? nil : waiting.removeFirst()
        }
    }
}

/// One thread's state of zlib.
@safe private final class ZlibStream {
    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil where there is no memory.
    init?(level: Int32) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe deflateInit2_(
            stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses one block; the number of bytes that came out, nil where that failed.
    func compress(
        _ input: [UInt8], behind dictionary: [UInt8], isLast: Bool, into output: inout [UInt8]
    ) -> Int? {
        guard unsafe deflateReset(stream) == Z_OK else { return nil }
        if !dictionary.isEmpty {
            guard unsafe deflateSetDictionary(stream, dictionary, UInt32(dictionary.count)) == Z_OK else { return nil }
        }
        // The bound is for all in one piece; the block's end takes a few bytes more.
        let bound = unsafe Int(deflateBound(stream, UInt(input.count))) + 64
        if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
        return unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                let status = unsafe deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
                let room = unsafe Int(stream.pointee.avail_out)
                guard status == (isLast ? Z_STREAM_END : Z_OK), room > 0 else { return nil }
                return target.count - room
            }
        }
    }
}
