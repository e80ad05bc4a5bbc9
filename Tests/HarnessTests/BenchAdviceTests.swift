import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct BenchAdviceTests {
    private func warnings(
        _ records: [BenchRecord], _ change: (inout BenchResults) -> Void = { _ in }
    ) -> [String] {
        var results = BenchResults.sample(records)
        results.settings.minimumSamples = 5
        change(&results)
        return BenchAdvice(results).warnings
    }

    private let quiet = BenchRecord.timed("raw@sidecar", role: .strategy, rebuild: [1, 1.01, 1, 0.99, 1, 1, 1.02])

    @Test func aQuietRunHasNothingToSay() {
        #expect(warnings([quiet]).isEmpty)
    }

    @Test func theMachineIsLookedAt() {
        let all = warnings([quiet]) {
            $0.machine.buildConfiguration = "debug"
            $0.machine.governor = "powersave"
            $0.conditions.loadAverageAtStart = 3
            $0.conditions.stolenShare = 0.05
            $0.conditions.removesAfterEachLayer = true
            $0.settings.minimumSamples = 2
        }
        for word in ["debug", "powersave", "load average was 3.00", "5.0 %", "fewer than 5", "--work-dir"] {
            #expect(all.contains { $0.contains(word) }, "\(word)")
        }
        #expect(all.count == 6)
    }

    @Test func noiseNamesTheWorst() {
        let noisy = BenchRecord.timed("raw@separate-ref", role: .strategy, rebuild: [1, 2, 1.5, 3, 1.2])
        let found = warnings([quiet, noisy]).filter { $0.contains("noisy") }
        #expect(found.count == 1)
        #expect(
            found[0].hasPrefix("1 of 2 measurements are noisy (the worst is the rebuild of host by raw@separate-ref, "))
    }

    @Test func outliersAreCounted() {
        let record = BenchRecord.timed("raw@sidecar", role: .strategy, rebuild: [1, 1.01, 1, 0.99, 1.02, 1, 2.5])
        let found = warnings([record]).filter { $0.contains("outliers") }
        #expect(found.count == 1)
        #expect(
            found[0].hasPrefix(
                "1 of 7 samples are outliers, such as 2.500 s for the rebuild of host by raw@sidecar, with a"))
    }

    @Test func shortProcessesAreTold() {
        let record = BenchRecord.timed("raw@sidecar", role: .strategy, rebuild: [0.03, 0.03, 0.03])
        #expect(
            warnings([record]).contains {
                $0.contains("takes 0.030 s): much of that is the start of a process; compare sizes on host, ")
            })
    }

    @Test func manyLayersGiveNoMoreLinesThanOne() {
        let seconds = [0.01, 0.02, 0.015, 0.03, 0.012]
        let one = warnings([.timed("raw@sidecar", layer: "0", role: .strategy, rebuild: seconds)])
        let all = warnings((0..<9).map { .timed("raw@sidecar", layer: "\($0)", role: .strategy, rebuild: seconds) })
        #expect(all.count == one.count && one.count >= 3)
    }

    @Test func intervalsThatStayWideAreTold() {
        let record = BenchRecord.timed("raw@sidecar", role: .strategy, rebuild: [1, 1.1, 0.9, 1.2, 1])
        #expect(warnings([record]).contains { $0.contains("1 of 1 intervals are wider than the ±5.0 %") })
    }

    @Test func coldRunsThatReadNothingAreTold() {
        var record = BenchRecord.timed("raw@sidecar", role: .strategy, rebuild: [1, 1, 1, 1, 1], cache: .cold)
        record.update(.rebuild, .cold) { $0.diskReadBytes = [0, 4_096, 0, 0, 0] }
        #expect(warnings([record]).contains { $0.contains("should be cold") })
        record.update(.rebuild, .cold) { $0.diskReadBytes = [9_000_000, 9_000_000, 9_000_000, 9_000_000, 0] }
        #expect(warnings([record]).isEmpty)
    }

    @Test func processorTimesAreTheKernelsTable() throws {
        func times(_ text: String) -> ProcessorTimes? { ProcessorTimes(Data(text.utf8)) }
        let before = try #require(times("cpu  10 0 10 80 0 0 0 0 5 0\ncpu0 1 2 3\n"))
        let after = try #require(times("cpu  30 0 30 120 0 0 0 20 9 0\n"))
        #expect((before.total, before.stolen) == (100, 0))
        #expect(after.stolenShare(since: before) == 0.2)
        #expect(before.stolenShare(since: after) == nil)
        #expect(times("intr 1 2 3") == nil && times("cpu 1 2") == nil)
        #expect(ProcessorTimes.now != nil && LoadAverage.oneMinute != nil)
    }
}

@Suite struct PeakMemoryTests {
    @Test func peaksGrowBoundsShrinkAndAPeakIsBetterThanABound() {
        func peak(_ bytes: UInt64, bound: Bool = false) -> PeakMemory { PeakMemory(bytes: bytes, isUpperBound: bound) }
        #expect(peak(1).combined(with: peak(2)) == peak(2) && peak(2).combined(with: peak(1)) == peak(2))
        #expect(peak(1, bound: true).combined(with: peak(2, bound: true)) == peak(1, bound: true))
        #expect(peak(2, bound: true).combined(with: peak(1, bound: true)) == peak(1, bound: true))
        #expect(peak(9, bound: true).combined(with: peak(2)) == peak(2))
        #expect(peak(2).combined(with: peak(9, bound: true)) == peak(2))
    }

    @Test func aSampledPeakIsKnownBelowOurOwn() throws {
        var child = ChildProcess("sleep", ["0.2"])
        child.samplesMemory = true
        let peak = try child.run().peakMemory
        #expect(!peak.isUpperBound)
        #expect(peak.bytes > 100_000 && peak.bytes < 20_000_000, "\(peak)")
    }
}

@Suite struct PageCacheTests {
    @Test func probingFindsAWayAndDroppingLeavesTheContent() throws {
        try withScratchDirectory { directory in
            try write("content", to: directory + "/a/b")
            for cache in [PageCache.probe(), PageCache(.advice)] {
                for state in CacheState.allCases { try cache.prepare(state, [directory, directory + "/absent"]) }
            }
            #expect(FileManager.default.contents(atPath: directory + "/a/b") == Data("content".utf8))
        }
    }

    @Test(.timeLimit(.minutes(1))) func pipesAndLinksAreNotOpened() throws {
        try withScratchDirectory { directory in
            // Opening a pipe that nobody writes into would wait for ever.
            try ChildProcess("mkfifo", [directory + "/pipe"]).runChecked()
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: directory + "/pipe")
            try PageCache(.advice).prepare(.cold, [directory])
            try PageCache(.advice).prepare(.warm, [directory], readsWarm: true)
        }
    }

    @Test func aProgramThatWasDroppedIsStartedOnceBefore() throws {
        try withScratchDirectory { directory in
            let (program, log) = (directory + "/program", directory + "/log")
            try write("#!/bin/sh\necho $1 >>\(log)\n", to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            func runs(_ pageCache: PageCache, _ cache: CacheState) throws -> String {
                try write("", to: log)
                var record = BenchRecord(layer: "host", role: .peer, name: "program", layerBytes: 1)
                let sample = Sample(
                    place: directory + "/place", cache: cache, pageCache: pageCache, readsWarm: false, isRecorded: true)
                try sample.time(.rebuild, ChildProcess(program, ["work"]), reading: [], into: &record)
                return try String(contentsOfFile: log, encoding: .utf8)
            }
            #expect(try runs(PageCache(.advice), .cold) == "work\n")
            #expect(try runs(PageCache.probe(), .warm) == "work\n")
            let cache = PageCache.probe()
            #expect(try runs(cache, .cold) == (cache.dropping == .dropCaches ? "--version\nwork\n" : "work\n"))
        }
    }

    @Test func whatIsDroppedComesFromTheDiskAgain() throws {
        try withScratchDirectory { directory in
            let path = directory + "/file"
            try Data(repeating: 7, count: 4 << 20).write(to: URL(filePath: path))
            try PageCache(.advice).prepare(.cold, [path])
            var child = ChildProcess("cat", [path])
            child.output = .discarded
            let cold = try child.runChecked().diskReadBytes
            // A file system in memory has no disk to read from. (That warm files are not read again cannot be asked for here:
            // other tests drop the whole cache meanwhile.)
            let isOnDisk = !["tmpfs", "ramfs", "overlay"].contains(
                MachineDescription.current(directory: directory).fileSystem)
            if isOnDisk { #expect(cold >= 4 << 20) }
        }
    }
}
