import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct HostTreeTests {
    private func share(_ path: String, entries: Int = 100, bytes: UInt64 = 1_000_000) -> HostTree.Share {
        HostTree.Share(path: path, maximumEntries: entries, maximumBytes: bytes)
    }

    @Test func walksDepthFirstInByteOrderWithParentsFirst() throws {
        try withScratchDirectory { base in
            for path in ["usr/lib/b/z", "usr/lib/b.c", "usr/lib/B", "usr/lib/é", "etc/x"] {
                try write("", to: base + "/" + path)
            }
            let paths = try HostTree(base: base, shares: [share("etc"), share("usr/lib")]).samplePaths()
            #expect(
                paths == [
                    "etc", "etc/x", "usr", "usr/lib", "usr/lib/B", "usr/lib/b", "usr/lib/b/z", "usr/lib/b.c",
                    "usr/lib/é",
                ])
        }
    }

    @Test func leavesOutWhatNotEveryoneMayReadAndFollowsNoLink() throws {
        try withScratchDirectory { base in
            for path in ["etc/open", "etc/shadow", "etc/private/key", "outside/file"] {
                try write("", to: base + "/" + path)
            }
            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: base + "/etc/shadow")
            try files.setAttributes([.posixPermissions: 0o710], ofItemAtPath: base + "/etc/private")
            try files.createSymbolicLink(atPath: base + "/etc/way-out", withDestinationPath: "../outside")
            try ChildProcess("mkfifo", [base + "/etc/fifo"]).runChecked()
            // A name that is not UTF-8 is left out, and harms nothing.
            try ChildProcess("sh", ["-c", "touch \"$0/etc/$(printf 'bad\\377')\"", base]).runChecked()
            let paths = try HostTree(base: base, shares: [share("etc")]).samplePaths()
            #expect(paths == ["etc", "etc/open", "etc/private", "etc/way-out"])
        }
    }

    @Test func boundsHoldAndNoChildCrowdsOutTheRest() throws {
        try withScratchDirectory { base in
            for index in 10..<40 { try write("1234567890", to: base + "/usr/big/\(index)") }
            for name in ["y", "z"] { try write("1234567890", to: base + "/usr/\(name)") }
            // Sixteen entries: the child `big` gets an eighth of them, two.
            let some = try HostTree(base: base, shares: [share("usr", entries: 16)]).samplePaths()
            #expect(some == ["usr", "usr/big", "usr/big/10", "usr/y", "usr/z"])
            #expect(try HostTree(base: base, shares: [share("usr", entries: 2)]).samplePaths() == ["usr", "usr/big"])
            // 240 bytes: thirty a child, so three files of `big`.
            let bytes = try HostTree(base: base, shares: [share("usr", bytes: 240)]).samplePaths()
            #expect(bytes.filter { $0.hasPrefix("usr/big/") }.count == 3)
            #expect(bytes.suffix(2) == ["usr/y", "usr/z"])
        }
    }

    @Test func neverLeavesTheBase() throws {
        #expect(throws: LocatedError.self) { try HostTree(base: "/", shares: [share("usr/../root")]).samplePaths() }
        #expect(throws: LocatedError.self) { try HostTree(base: "/", shares: [share("/etc")]).samplePaths() }
        #expect(throws: LocatedError.self) { try HostTree(base: "/nonexistent", shares: [share("a")]).samplePaths() }
    }

    @Test func packsTheSampleInOrder() throws {
        try withScratchDirectory { base in
            try write("content", to: base + "/etc/a file")
            try write("", to: base + "/etc/-dash")
            let work = base + "/work"
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
            let context = RecipeContext(
                entryName: "test", workDirectory: work, apt: AptIndex(directory: work + "/apt"), progress: { _ in })
            let layer = try HostTree(base: base, shares: [share("etc")]).run(context)
            let listing = try ChildProcess("tar", ["--list", "--file=\(layer)"]).runChecked()
            #expect(listing.output.text == "etc/\netc/-dash\netc/a file\n")
            let magic = try #require(FileManager.default.contents(atPath: layer))[257..<265]
            #expect(Array(magic) == Array("ustar  \0".utf8))
        }
    }
}

@Suite struct MachineDescriptionTests {
    private func machine(_ processor: String, cores: Int) -> MachineDescription {
        MachineDescription(
            processor: processor, cores: cores, memoryBytes: 1, kernel: "", operatingSystem: "", fileSystem: "",
            swiftVersion: nil, buildConfiguration: "debug", governor: nil, versions: [:])
    }

    @Test func shortNames() {
        #expect(machine("AMD EPYC", cores: 2).shortName == "amd-epyc-2c")
        #expect(machine("Intel(R) Xeon(R) CPU @ 2.20GHz", cores: 8).shortName == "intel-xeon-8c")
        #expect(machine("13th Gen Intel(R) Core(TM) i7-1365U", cores: 12).shortName == "13th-gen-intel-i7-1365u-12c")
        #expect(machine("unknown", cores: 4).shortName == "machine-4c")
    }

    @Test func fileSystemIsThatOfTheLongestMountPoint() {
        let mounts = """
            1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw
            2 1 0:5 / /tmp rw shared:3 - tmpfs tmpfs rw
            3 1 0:6 / /tmp/my\\040disk rw - xfs /dev/sdb rw

            """
        #expect(MachineDescription.fileSystem(of: "/home/a", mounts: mounts) == "ext4")
        #expect(MachineDescription.fileSystem(of: "/tmp/x", mounts: mounts) == "tmpfs")
        #expect(MachineDescription.fileSystem(of: "/tmpfile", mounts: mounts) == "ext4")
        #expect(MachineDescription.fileSystem(of: "/tmp/my disk/x", mounts: mounts) == "xfs")
    }

    @Test func thisMachineIsDescribed() {
        let machine = MachineDescription.current(directory: "/tmp")
        #expect(machine.cores > 0)
        #expect(machine.memoryBytes > 1 << 20)
        #expect(machine.kernel != "unknown")
    }
}
