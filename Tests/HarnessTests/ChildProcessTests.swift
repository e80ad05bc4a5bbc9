import Foundation
import Testing

@testable import Harness
@testable import Processes

@Suite struct ChildProcessTests {
    private func shell(_ script: String, timeoutSeconds: Double = 30) -> ChildProcess {
        ChildProcess("sh", ["-c", script], timeoutSeconds: timeoutSeconds)
    }

    @Test func outputsAndExitCode() throws {
        let result = try shell("echo out; echo err >&2; exit 3").run()
        #expect(result.output.text == "out\n")
        #expect(result.error.text == "err\n")
        #expect(result.exitCode == 3)
        #expect(result.signal == nil)
        #expect(!result.isTimedOut)
        #expect(result.failure == LocatedError("ended with exit code 3: err", in: "sh"))
    }

    @Test func runCheckedThrowsTheLastLineOfError() throws {
        #expect(throws: LocatedError("ended with exit code 1: the cause", in: "sh")) {
            try shell("echo before >&2; echo the cause >&2; exit 1").runChecked()
        }
        #expect(try shell("true").runChecked().failure == nil)
    }

    @Test func signalIsNoExitCode() throws {
        let result = try shell("kill -TERM $$").run()
        #expect(result.exitCode == nil)
        #expect(result.signal == 15)
    }

    @Test func timeLimitKillsTheWholeGroup() throws {
        // The grandchild holds the pipe open: only if it is killed too does the output end at once.
        let result = try shell("sleep 60 & sleep 60; echo never", timeoutSeconds: 0.3).run()
        #expect(result.isTimedOut)
        #expect(result.exitCode == nil)
        #expect(result.wallSeconds >= 0.3 && result.wallSeconds < 10)
        #expect(result.output.text.isEmpty)
        #expect(result.failure?.what.hasPrefix("killed at its time limit") == true)
    }

    @Test func endlessErrorsAreCapped() throws {
        var child = shell("while :; do echo error >&2; sleep 0.0001; done", timeoutSeconds: 0.8)
        child.errorLimitBytes = 10
        let result = try child.run()
        #expect(result.isTimedOut)
        #expect(result.error.bytes.count == 10)
        #expect(result.error.isTruncated)
    }

    @Test func bothOutputsBeyondAPipesBufferDoNotBlock() throws {
        var child = shell("head -c 300000 /dev/zero >&2; head -c 500000 /dev/zero")
        child.output = .captured(limitBytes: 10)
        let result = try child.run()
        #expect(result.exitCode == 0)
        #expect(result.output.totalBytes == 500_000)
        #expect(result.output.bytes == Array(repeating: 0, count: 10))
        #expect(result.error.totalBytes == 300_000)
    }

    @Test func inputAndOutputFiles() throws {
        try withScratchDirectory { directory in
            try write("a line\n", to: directory + "/in")
            var child = ChildProcess("cat")
            child.input = .file(path: directory + "/in")
            child.output = .file(path: directory + "/out")
            #expect(try child.run().exitCode == 0)
            #expect(FileManager.default.contents(atPath: directory + "/out") == Data("a line\n".utf8))

            child.input = .file(path: directory + "/absent")
            #expect(throws: LocatedError.self) { try child.run() }
        }
    }

    @Test func environmentDirectoryAndEmptyInput() throws {
        var child = shell("cat; echo $LAYERLAB_WORD; pwd")
        child.environment = ["LAYERLAB_WORD": "word"]
        child.workingDirectory = "/usr"
        #expect(try child.run().output.text == "word\n/usr\n")
    }

    @Test func floodIsKilledLongBeforeTheTimeLimit() throws {
        let result = try shell("yes 'error: the same again' >&2", timeoutSeconds: 300).run()
        #expect(result.isFlooding && !result.isTimedOut)
        #expect(result.error.totalBytes > ChildProcess.floodBytes)
        #expect(result.failure?.what.contains("more than 64 MB of messages: error: the same") == true)
    }

    @Test func timeMemoryAndDiskAreTheKernelsOwn() throws {
        let idle = try shell("sleep 0.3").run()
        #expect(idle.wallSeconds >= 0.3 && idle.processorSeconds < 0.2)
        // It fills its buffer and then stays as large as that for nearly all of its time: a peak that is over at once would
        // be there for whoever looks every millisecond, or not.
        var large = ChildProcess("dd", ["if=/dev/zero", "of=/dev/null", "bs=300000000", "count=20"])
        // These tests may take more themselves: then the kernel's account alone tells no more than a bound.
        large.samplesMemory = true
        let result = try large.runChecked()
        #expect(result.peakMemory.bytes > 300_000_000 && result.peakMemory.bytes < 400_000_000)
        #expect(!result.peakMemory.isUpperBound)
        #expect(result.processorSeconds > 0.01)
        // true takes less than this process did when it started it.
        #expect(try ChildProcess("true").run().peakMemory.isUpperBound)
    }

    /// The kernel shows the parent's resident set under a child's number until the child's program begins, and that waits for
    /// whoever changes the parent's address space.
    @Test func aChildIsNotTakenForItsParent() throws {
        let neighbour = BusyAddressSpace(bytes: 800 << 20)
        defer { neighbour.end() }
        for _ in 0..<100 {
            var small = ChildProcess("sleep", ["0.02"])
            small.samplesMemory = true
            let peak = try small.runChecked().peakMemory
            #expect(peak.bytes < 100_000_000 || peak.isUpperBound, "\(peak)")
        }
    }

    @Test func childrenInheritThreeDescriptorsAndNoSignalMask() throws {
        let open = try withScratchDirectory { directory in
            try write("", to: directory + "/file")
            let handle = FileHandle(forReadingAtPath: directory + "/file")
            defer { try? handle?.close() }
            // ls itself opens the folder, as 3.
            return try ChildProcess("ls", ["/proc/self/fd"]).run().output.text
        }
        #expect(open == "0\n1\n2\n3\n")
        let masks = try ChildProcess("grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"]).run().output.text
        // posix_spawn leaves 32 and 33 ignored, which glibc keeps for itself.
        #expect(masks == "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n")
    }

    @Test func backgroundChildIsSeenAndEnded() throws {
        let child = try ChildProcess("sh", ["-c", "echo ready; sleep 60"]).start()
        while child.outputSoFar.text.isEmpty { Thread.sleep(forTimeInterval: 0.01) }
        #expect(child.outputSoFar.text == "ready\n")
        #expect(child.isRunning)
        let result = child.terminate()
        #expect(!child.isRunning)
        #expect(result.signal == 15 && !result.isTimedOut)
        #expect(result.output.text == "ready\n")
    }

    @Test func droppedChildIsEnded() throws {
        var child: RunningChild? = try ChildProcess("sleep", ["60"]).start()
        let identifier = try #require(child?.processIdentifier)
        child = nil
        for _ in 0..<500 where FileManager.default.fileExists(atPath: "/proc/\(identifier)") {
            Thread.sleep(forTimeInterval: 0.01)
        }
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(identifier)"))
    }

    @Test func onesThatIgnoreTheirEndAreKilled() throws {
        let result = try shell("trap '' TERM; while :; do sleep 1; done", timeoutSeconds: 0.2).run()
        #expect(result.isTimedOut)
        #expect(result.signal == 9)
    }

    @Test func missingProgramNamesItsPackage() {
        #expect(throws: LocatedError.self) { try ChildProcess("layerlab-no-such-program").run() }
        #expect(Program.debianPackage(of: "xz") == "xz-utils")
        let error = #expect(throws: LocatedError.self) { try Program.locate("mmdebstrap-absent") }
        #expect("\(error!)".contains("install the Debian package mmdebstrap-absent"))
    }

    @Test func programsAreFilesOnThePath() throws {
        #expect(Program.find("sh")?.hasSuffix("/sh") == true)
        try withScratchDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/tool", withIntermediateDirectories: true)
            #expect(Program.find("tool", path: directory) == nil)
        }
    }
}
