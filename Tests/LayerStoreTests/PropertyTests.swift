import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// Random trees by random writers, with random damage: whatever comes out, it is rebuilt exactly.
@Suite struct PropertyTests {
    /// The seeds of one run; a single one by `LAYERLAB_SEED`.
    static func seeds(_ count: UInt64, full: UInt64) -> [UInt64] {
        if let text = ProcessInfo.processInfo.environment["LAYERLAB_SEED"], let seed = UInt64(text) { return [seed] }
        return Array(1...(TestScale.isFull ? full : count))
    }

    @Test(arguments: seeds(40, full: 2000))
    func randomStreamIsRebuiltByEveryStrategy(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let stream = damaged(builtStream(&random), &random)
        try check(stream, seed: seed, &random)
    }

    @Test(arguments: seeds(6, full: 60))
    func randomTreeByAProgramIsRebuiltByEveryStrategy(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let writers = RandomTree.writers.filter(\.isThere)
        let writer = try #require(writers.randomElement(using: &random), "there is no tar")
        let sound = try writer.write(RandomTree(&random))
        try check(sound, seed: seed, &random)
        try check(damaged(sound, &random), seed: seed, &random)
    }

    private func check(_ stream: [UInt8], seed: UInt64, _ random: inout SeededGenerator) throws {
        let hint = "LAYERLAB_SEED=\(seed) runs it again"
        let temporary = try TemporaryRepository(RepositoryMode.allCases.randomElement(using: &random)!)
        let policy = PathPolicy.allCases.randomElement(using: &random)!
        for strategy in Catalogue.allStrategies {
            do {
                let layer = try temporary.importingIfCarried(
                    stream, strategy: strategy, policy: policy, proof: .full)
                guard let layer else { continue }
                let isRebuilt = try temporary.rebuild(layer.ref) == stream
                #expect(isRebuilt, "\(strategy), \(policy), \(stream.count) bytes; \(hint)")
            } catch {
                Issue.record("\(strategy), \(policy): \(error); \(hint)")
            }
        }
    }

    // MARK: Streams

    private func builtStream(_ random: inout SeededGenerator) -> [UInt8] {
        var tar = TarBuilder(dialect: dialect(&random))
        for number in 0..<Int.random(in: 0...12, using: &random) {
            if Int.random(in: 0..<5, using: &random) == 0 { tar.dialect = dialect(&random) }
            if Int.random(in: 0..<8, using: &random) == 0 {
                tar.paddingByte = UInt8.random(in: 0...255, using: &random)
            }
            piece(number, of: &tar, &random)
        }
        if Int.random(in: 0..<6, using: &random) > 0 {
            tar.end(
                blocks: Int.random(in: 0...4, using: &random), recordBlocks: [1, 2, 20].randomElement(using: &random)!)
        }
        return tar.bytes
    }

    private func dialect(_ random: inout SeededGenerator) -> Dialect {
        [.v7, .ustar, .gnu, .star].randomElement(using: &random)!
    }

    private func piece(_ number: Int, of tar: inout TarBuilder, _ random: inout SeededGenerator) {
        let folders = ["", "./", "usr/", "/", "a/../", "usr//bin/", "ä/"]
        var path = folders.randomElement(using: &random)! + "n\(Int.random(in: 0...max(1, number), using: &random))"
        if Int.random(in: 0..<5, using: &random) == 0 {
            path = TarSample.long(path + "/", Int.random(in: 90...300, using: &random))
        }
        let sizes = [0, 1, 511, 512, 513, Int.random(in: 0...9000, using: &random)]
        let payload = random.bytes(sizes.randomElement(using: &random)!)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: tar.directory(path + "/")
        case 1: tar.hardLink(path, to: "n0")
        case 2: tar.symbolicLink(path, to: TarSample.long("t", Int.random(in: 1...200, using: &random)))
        case 3: tar.device(path, major: 1, minor: 3, isBlock: Bool.random(using: &random))
        case 4: tar.fifo(path)
        case 5: tar.sparseFile(path, parts: (0..<6).map { (Int64($0) * 4096, [UInt8($0)]) }, realSize: 24576)
        case 6:
            tar.pax(["path": path, "mtime": "-1.5", "comment": "one"])
            tar.file("short", payload)
        case 7:
            tar.globalPax(["comment": "for all", "uid": "7"])
        case 8:
            tar.extendedAttribute("user.note", random.bytes(20))
            tar.file(path, payload)
        case 9:
            let lie = Int64.random(in: -2...3000, using: &random)
            tar.file(path, payload) { $0.size = max(0, $0.size + lie) }
        case 10: tar.file(path, payload) { ($0.usesBase256, $0.checksum) = (true, .signed) }
        default: tar.file(path, payload, mode: UInt32.random(in: 0...0o7777, using: &random))
        }
    }

    // MARK: Damage

    /// A stream with none to three accidents of those that streams meet.
    private func damaged(_ stream: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = stream
        for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty { damage(&bytes, &random) }
        return bytes
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let blocks = bytes.count / Header.blockSize
        let place = Int.random(in: 0...blocks, using: &random) * Header.blockSize
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        case 1:
            let other = builtStream(&random)
            bytes = bytes.prefix(place) + other.suffix(Int.random(in: 0...other.count, using: &random))
        case 2:
            let run = bytes[place...].prefix(Int.random(in: 1...8, using: &random) * Header.blockSize)
            bytes.insert(contentsOf: Array(run), at: place)
        case 3: bytes += random.bytes(Int.random(in: 1...1500, using: &random))
        case 4:
            let zeros = [UInt8](repeating: 0, count: Int.random(in: 1...3, using: &random) * Header.blockSize)
            bytes.insert(contentsOf: zeros, at: place)
        case 5: bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: bytes = random.mutation(of: bytes)
        }
    }
}

/// A few random files, and the programs that pack them.
private struct RandomTree {
    struct Writer: Sendable {
        var program: String
        var arguments: [String]

        var isThere: Bool { (try? run(program, ["--help"]))?.exitCode == 0 }

        func write(_ tree: RandomTree) throws -> [UInt8] {
            let folder = try TemporaryFolder()
            for (path, bytes) in tree.files {
                let url = URL(filePath: folder.path("tree/" + path))
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
                if bytes.count % 3 == 0 {
                    try FileManager.default.linkItem(at: url, to: url.appendingPathExtension("twin"))
                }
            }
            let result = try run(program, arguments + [folder.path("out.tar"), folder.path("tree")])
            guard result.exitCode == 0 else { throw ProgramError(description: "\(program): \(result.errors)") }
            return try folder.read("out.tar")
        }
    }

    static let writers: [Writer] =
        ["gnu", "posix"].map { Writer(program: "tar", arguments: ["--format=\($0)", "-P", "-cf"]) }
        + ["pax", "gnutar"].map { Writer(program: "bsdtar", arguments: ["--format", $0, "-P", "-cf"]) }
        + [Writer(program: "python3", arguments: ["-m", "tarfile", "-c"])]

    var files: [(path: String, bytes: [UInt8])] = []

    init(_ random: inout SeededGenerator) {
        for number in 0..<Int.random(in: 1...8, using: &random) {
            let long = [5, 60, 150].randomElement(using: &random)!
            files.append(
                (TarSample.long("f\(number)/", long) + "x", random.bytes(Int.random(in: 0...3000, using: &random))))
        }
    }
}
