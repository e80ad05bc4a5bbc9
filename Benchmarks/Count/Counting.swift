import Foundation
import Subjects

/// What went wrong with a program that counts.
struct CountingError: Error, CustomStringConvertible {
    var description: String
}

/// Counts by valgrind: instructions by callgrind, allocations by memcheck. What a pass costs is the difference between a
/// process with three passes and one with one, over two, so that start and set-up cancel out.
struct Counting {
    /// Bytes of the generated layers, a multiple of a tar block: valgrind is some fifty times slower than life.
    static let layerBytes = 1_024_000
    private static let passes = (few: 1, many: 3)

    private struct Counter: Sendable {
        var unit: String
        var options: [String]
        /// What stands before the number in what the program says.
        var mark: String
    }

    private static let counters = [
        Counter(
            unit: "instructions", options: ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            mark: "Collected : "),
        Counter(
            unit: "allocations", options: ["--tool=memcheck", "--undef-value-errors=no", "--leak-check=no"],
            mark: "total heap usage: "),
    ]

    private let folder: URL
    private let program: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(component: "count-hot-types-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        program = folder.appending(component: "count-hot-types").path
    }

    /// Costs of a pass by `SUBJECT, UNIT`.
    func costs() throws -> [String: Double] {
        defer { try? FileManager.default.removeItem(at: folder) }
        // Valgrind gives up on debugging information that is newer than itself.
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        try run("strip", ["--strip-debug", "-o", program, own])
        var costs: [String: Double] = [:]
        for subject in Subject.all {
            for counter in Counting.counters {
                let few = try count(subject, passes: Counting.passes.few, by: counter)
                let many = try count(subject, passes: Counting.passes.many, by: counter)
                let passes = Counting.passes.many - Counting.passes.few
                costs["\(subject.name), \(counter.unit)"] = Double(many - few) / Double(passes)
            }
            FileHandle.standardError.write(Data("counted \(subject.name)\n".utf8))
        }
        return costs
    }

    /// The compiler's version and valgrind's.
    func versions() throws -> [String: String] {
        [
            "swift": try firstLine("swift", ["-frontend", "--version"]),
            "valgrind": try firstLine("valgrind", ["--version"]),
        ]
    }

    private func firstLine(_ name: String, _ arguments: [String]) throws -> String {
        let output = Pipe()
        try run(name, arguments, output: output)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    private func count(_ subject: Subject, passes: Int, by counter: Counter) throws -> Int64 {
        let log = folder.appending(component: "log")
        try run(
            "valgrind", counter.options + ["--log-file=\(log.path)", program, "--run", subject.name, "\(passes)"])
        let text = try String(contentsOf: log, encoding: .utf8)
        for line in text.split(separator: "\n") {
            guard let range = line.range(of: counter.mark) else { continue }
            let digits = line[range.upperBound...].prefix { $0.isNumber || $0 == "," }.filter(\.isNumber)
            if let count = Int64(digits) { return count }
        }
        throw CountingError(description: "valgrind says nothing about \(counter.unit) of \(subject.name)")
    }

    private func run(_ name: String, _ arguments: [String], output: Pipe? = nil) throws {
        let process = Process()
        if let output { process.standardOutput = output }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        // Dictionaries put their keys into the same order each time.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_DETERMINISTIC_HASHING": "1"]) { $1 }
        try process.run()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let line = ([name] + arguments).joined(separator: " ")
            throw CountingError(description: "'\(line)' ended with \(process.terminationStatus)")
        }
    }
}
