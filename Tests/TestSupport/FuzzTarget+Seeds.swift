private import Foundation

extension FuzzTarget {
    /// The committed seeds by their names, sorted: the files in `Fuzzing/Seeds/NAME`.
    public func committedSeeds() throws -> [(name: String, bytes: [UInt8])] {
        let folder = FuzzTarget.seedFolder(name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
        }
    }

    /// Replaces the committed seeds by those that the generator makes.
    public func writeSeeds() throws {
        let folder = FuzzTarget.seedFolder(name)
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for seed in try makeSeeds() { try Data(seed.bytes).write(to: folder.appending(path: seed.name)) }
    }

    /// Whether `writeSeeds` is asked for: `make fuzz-seeds`.
    public static let writesSeeds = ProcessInfo.processInfo.environment["LAYERLAB_FUZZ_SEEDS"] == "write"

    /// Checks the seeds and so many mutations of them, twenty times as many where the scale is full; the same ones in
    /// every run.
    public func checkMutations(count: Int) throws {
        let seeds = try committedSeeds()
        try law(!seeds.isEmpty, "there are no seeds in Fuzzing/Seeds/\(name)")
        for seed in seeds {
            do { try check(seed.bytes) } catch { throw BrokenLaw("seed file '\(seed.name)': \(error)") }
        }
        for number in UInt64(0)..<UInt64(TestScale.isFull ? count * 20 : count) {
            var generator = SeededGenerator(seed: number)
            let seed = seeds[Int.random(in: seeds.indices, using: &generator)]
            // The first byte stays: it says what the rest is for.
            let input = seed.bytes.prefix(1) + generator.mutation(of: Array(seed.bytes.dropFirst()))
            do { try check(Array(input)) } catch {
                throw BrokenLaw("generator's seed \(number), seed file '\(seed.name)': \(error)")
            }
        }
    }

    private static func seedFolder(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fuzzing/Seeds/\(name)")
    }
}
