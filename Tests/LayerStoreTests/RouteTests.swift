import Foundation
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

@testable import LayerStore

/// Objects get into a repository by libostree's public functions or as files of ours: nobody can tell which it was.
@Suite struct RouteTests {
    /// Files by their paths in the repository, with their permissions, owners and extended attributes, and the times of
    /// content objects' files where libostree gives them one.
    private func objects(of temporary: TemporaryRepository) throws -> [String: String] {
        let script = """
            cd "$1/objects" && find . -type f -o -type l | sort | while read -r f; do
            stat -c '%n %f %u %g' "$f"; getfattr -hd -m - -e hex "$f" | sed 1d | sort
            if [ -L "$f" ]; then readlink "$f"; elif [ "$2" != archive ]; then
            case "$f" in *.file) stat -c %Y "$f";; esac; fi; done
            """
        let result = try run("sh", ["-c", script, "sh", temporary.path, temporary.repository.mode.rawValue])
        #expect(result.exitCode == 0, "\(result.errors)")
        var objects: [String: String] = [:]
        var name = ""
        for line in result.output.split(separator: "\n").map(String.init) {
            if line.hasPrefix("./") { name = String(line.prefix { $0 != " " }) }
            objects[name, default: ""] += line + "\n"
        }
        return objects
    }

    @Test(arguments: RepositoryMode.allCases)
    func bothGiveTheSameObjects(_ mode: RepositoryMode) throws {
        let (direct, portable) = (try TemporaryRepository(mode), try TemporaryRepository(mode, isDurable: true))
        for sample in TarSample.all {
            let first = try direct.importing(sample.bytes, route: .direct)
            let second = try portable.importing(sample.bytes, route: .portable)
            #expect(first.layer == second.layer && first.findings == second.findings, "\(sample.name)")
            #expect(try portable.rebuild(second.ref) == sample.bytes)
        }
        let (ours, theirs) = (try objects(of: direct), try objects(of: portable))
        #expect(ours.count > 20 && Set(ours.keys) == Set(theirs.keys))
        for (name, description) in ours { #expect(theirs[name] == description) }
        #expect(try direct.damage() == nil && portable.damage() == nil)
        #expect(try direct.leftovers() == [] && portable.leftovers() == [])
    }

    @Test(arguments: RepositoryMode.allCases, ObjectRoute.allCases)
    func longPayloadsComeByEitherRoute(_ mode: RepositoryMode, _ route: ObjectRoute) throws {
        let bytes = (0..<(5 << 20) + 3).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 9) }
        let stream = TarBuilder.stream { tar in
            tar.file("usr/long", bytes, mode: 0o4711) { $0.userID = 3 }
            tar.pax(records: TarBuilder.record("SCHILY.xattr.user.a", [7]))
            tar.file("usr/attributes", bytes)
            tar.file("dev/orphan", bytes)
        }
        let temporary = try TemporaryRepository(mode, isDurable: true)
        let layer = try temporary.importing(stream, proof: .full, route: route)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil && temporary.leftovers() == [])
    }

    /// What killed imports have left goes; what another import writes at the moment stays.
    @Test func leftoversOfTheDeadAreRemoved() throws {
        let temporary = try TemporaryRepository()
        let folders = ["dead", "live"].map { temporary.path + "/tmp/staging-layerlab-\($0)" }
        for folder in folders {
            try FileManager.default.createDirectory(atPath: folder + "/ab", withIntermediateDirectories: true)
            try Data([1]).write(to: URL(filePath: folder + "/ab/cd.file"))
        }
        // A lock as libostree takes it; another process has it until its input ends.
        let script = """
            import fcntl, struct, sys
            lock = open(sys.argv[1] + "-lock", "w")
            fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
            open(sys.argv[1] + "/held", "w")
            sys.stdin.read()
            """
        let holder = try RunningProgram("python3", ["-c", script, folders[1]], input: [], keepsInputOpen: true)
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: folders[1] + "/held") { usleep(20_000) }
        try #require(FileManager.default.fileExists(atPath: folders[1] + "/held"))
        try temporary.importing(TarSample.rich.bytes)
        #expect(try Set(temporary.leftovers()) == ["staging-layerlab-live", "staging-layerlab-live-lock"])
        #expect(FileManager.default.fileExists(atPath: folders[1] + "/ab/cd.file"))
        #expect(try temporary.damage() == nil)
        try holder.finishInput()
        #expect(try holder.wait().exitCode == 0)
        try temporary.importing(TarSample.all[1].bytes)
        #expect(try temporary.leftovers() == [])
    }

    @Test(arguments: ObjectRoute.allCases)
    func whatIsThereIsNotWrittenAgain(_ route: ObjectRoute) throws {
        let temporary = try TemporaryRepository()
        try temporary.importing(TarSample.rich.bytes)
        let before = try objects(of: temporary)
        let inodes = try run("sh", ["-c", "ls -i \"$1\"/objects/*/*.file", "sh", temporary.path]).output
        try temporary.importing(TarSample.rich.bytes, strategy: strategy("delta@sidecar"), route: route)
        #expect(Set(before.keys).isSubset(of: try objects(of: temporary).keys))
        #expect(try run("sh", ["-c", "ls -i \"$1\"/objects/*/*.file", "sh", temporary.path]).output == inodes)
    }

    @Test(arguments: [0, 9])
    func archivesAreCompressedAsTheRepositoryWants(_ level: Int) throws {
        let bytes = [UInt8](repeating: 7, count: 100_000)
        let long = [UInt8](repeating: 8, count: (4 << 20) + 1)
        let stream = TarBuilder.stream { tar in
            tar.file("usr/whole", bytes)
            tar.file("usr/long", long)
            tar.file("usr/empty", [])
        }
        let temporary = try TemporaryRepository(.archive, isDurable: true)
        #expect(try temporary.ostree("config", "set", "archive.zlib-level", "\(level)").exitCode == 0)
        let repository = try Repository(opening: temporary.path)
        let file = try temporary.folder.write(stream, to: "layer")
        let layer = try Importer(into: repository).importLayer(from: LayerSource(file))
        #expect(try temporary.damage() == nil && temporary.rebuild(layer.ref) == stream)
        let sizes = try run("sh", ["-c", "stat -c %s \"$1\"/objects/*/*.filez", "sh", temporary.path]).output
            .split(separator: "\n").compactMap { Int($0) }
        #expect(sizes.count == 3)
        #expect(sizes.contains { $0 > long.count } == (level == 0))
        #expect(sizes.contains { $0 > bytes.count && $0 < 2 * bytes.count } == (level == 0))
    }

    /// libostree may seal files with fs-verity: what is not written here is left to it.
    @Test func settingsThatOnlyLibostreeKnowsAreItsBusiness() throws {
        let temporary = try TemporaryRepository(isDurable: true)
        #expect(try temporary.ostree("config", "set", "ex-integrity.fsverity", "maybe").exitCode == 0)
        let repository = try Repository(opening: temporary.path)
        let transaction = try Transaction(in: repository)
        let stage = try transaction.stage(by: .direct)
        // The direct stage makes a folder of its own.
        #expect(try !temporary.leftovers().contains { $0.hasPrefix("staging-layerlab-") })
        withExtendedLifetime(stage) {}
        transaction.abort()
    }

    /// An import that ends while threads are at work waits for them: nothing of it is written afterwards.
    @Test(arguments: ObjectRoute.allCases, [1, 3, 40])
    func damagedSourcesLeaveNothing(_ route: ObjectRoute, _ megabytes: Int) throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let stream = TarBuilder.stream { tar in
            for number in 0..<megabytes * 10 { tar.file("usr/\(number)", Array("\(number)".utf8) + bytes) }
        }
        let temporary = try TemporaryRepository(isDurable: true)
        let before = try temporary.listing()
        let plain = try temporary.folder.write(stream, to: "plain")
        #expect(try run("sh", ["-c", "gzip -1 -c \"$1\" | head -c -9 > \"$1.gz\"", "sh", plain]).exitCode == 0)
        #expect(throws: LayerStoreError.self) {
            try Importer(into: temporary.repository, route: route).importLayer(from: LayerSource(plain + ".gz"))
        }
        #expect(try temporary.leftovers() == [] && temporary.listing() == before)
    }

    /// The repository's settings keep some of the disk free.
    @Test(arguments: ObjectRoute.allCases)
    func roomIsLeft(_ route: ObjectRoute) throws {
        let temporary = try TemporaryRepository(isDurable: true)
        _ = try temporary.ostree("config", "set", "core.min-free-space-percent", "99")
        let repository = try Repository(opening: temporary.path)
        let file = try temporary.folder.write(TarSample.rich.bytes, to: "layer")
        let error = #expect(throws: OSTreeError.self) {
            try Importer(into: repository, route: route).importLayer(from: LayerSource(file))
        }
        #expect(error?.reason.contains("min-free-space") == true, "\(error as Any)")
        #expect(try temporary.leftovers() == [] && repository.refs(below: "ostree").isEmpty)
    }
}

/// The threads and buffers of an import.
@Suite struct WorkerPoolTests {
    private struct Broken: Error {}

    @Test func jobsAreDoneAndErrorsTold() throws {
        let sum = Sum()
        let pool = try WorkerPool(threads: 3) { sum }
        for number in 1...1000 { try pool.submit { $0.add(number) } }
        try pool.finish()
        #expect(sum.value == 500_500)
        try pool.submit { _ in throw Broken() }
        #expect(throws: Broken.self) { try pool.finish() }
        #expect(throws: Broken.self) { try pool.submit { $0.add(1) } }
        #expect(throws: Broken.self) { try pool.check() }
    }

    @Test func anErrorOfTheToolIsAJobs() throws {
        let pool = try WorkerPool<Int>(threads: 2) { throw Broken() }
        try? pool.submit { _ in }
        #expect(throws: Broken.self) { try pool.finish() }
    }

    @Test func buffersComeBack() throws {
        let (ring, sum) = (BufferRing(count: 2, bytes: 8), Sum())
        let pool = try WorkerPool(threads: 2) { sum }
        for number in 0..<200 {
            let loan = try #require(ring.take())
            loan.bytes[0] = UInt8(number)
            let slice = loan.bytes[0..<1]
            try pool.submit { sum in
                sum.add(Int(slice[0]))
                withExtendedLifetime(loan) {}
            }
        }
        try pool.finish()
        #expect(sum.value == (0..<200).reduce(0, +))
    }

    /// Whoever waits for a buffer of a job that was dropped is told.
    @Test func aFailureEndsTheWaitForBuffers() throws {
        let ring = BufferRing(count: 1, bytes: 8)
        let pool = try WorkerPool<Int>(threads: 1, onFailure: { ring.close() }) { 0 }
        let loan = try #require(ring.take())
        try pool.submit { _ in throw Broken() }
        #expect(ring.take().map { _ in true } == nil)
        #expect(throws: Broken.self) { try pool.check() }
        withExtendedLifetime(loan) {}
    }

    private final class Sum: @unchecked Sendable {
        private let lock = NSLock()
        private(set) var value = 0
        func add(_ number: Int) { lock.withLock { value += number } }
    }
}
