import Glibc
import Synchronization

import class Foundation.Thread

/// Changes this process's address space without pause, until it is told to end: whoever wants to look at it has to wait.
final class BusyAddressSpace: Sendable {
    private let isOver = Atomic(false)

    init(bytes: Int) {
        Thread.detachNewThread { [self] in
            let block = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let block = unsafe block, unsafe block != MAP_FAILED else { return }
            unsafe memset(block, 1, bytes)
            while !isOver.load(ordering: .relaxed) {
                for rights in [PROT_READ, PROT_READ | PROT_WRITE] { unsafe mprotect(block, bytes, rights) }
            }
            unsafe munmap(block, bytes)
        }
    }

    func end() { isOver.store(true, ordering: .relaxed) }
}
