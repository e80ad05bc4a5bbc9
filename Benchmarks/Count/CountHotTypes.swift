import Foundation
import Subjects

/// Counts what a pass of each subject costs, and compares with limits, or writes them.
@main struct CountHotTypes {
    static let usage = """
        usage: count-hot-types --check FILE | --write FILE | --run SUBJECT PASSES

          --check FILE          compare with the limits in FILE; exit code 1 where one is exceeded or there is none
          --write FILE          set the limits anew
          --run SUBJECT PASSES  what is counted: the subject's set-up, and so many passes

        example: count-hot-types --check Benchmarks/hot-types.json
        """

    static func main() {
        do {
            exit(try run(Array(CommandLine.arguments.dropFirst())))
        } catch {
            FileHandle.standardError.write(Data("count-hot-types: \(error)\n".utf8))
            exit(2)
        }
    }

    /// The exit code.
    static func run(_ arguments: [String]) throws -> Int32 {
        switch (arguments.first, arguments.count) {
        case ("--run", 3):
            guard let subject = Subject.all.first(where: { $0.name == arguments[1] }), let passes = Int(arguments[2])
            else { return refuse() }
            let pass = try subject.prepare(Counting.layerBytes)
            for _ in 0..<passes { try pass() }
            return 0
        case ("--check", 2):
            let limits = try Limits(contentsOf: arguments[1])
            let report = Report(try Counting().costs(), limits)
            print(report.text)
            return report.hasFailures ? 1 : 0
        case ("--write", 2):
            try Limits(for: try Counting().costs()).write(to: arguments[1])
            return 0
        case ("--help", _):
            print(usage)
            return 0
        default: return refuse()
        }
    }

    private static func refuse() -> Int32 {
        FileHandle.standardError.write(Data((usage + "\n").utf8))
        return 2
    }
}
