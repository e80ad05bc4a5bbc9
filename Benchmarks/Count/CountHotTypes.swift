import Foundation
import Subjects

/// Counts what a pass of each subject costs, into a file for `layerlab compare`.
@main struct CountHotTypes {
    static let usage = """
        usage: count-hot-types --write FILE | --run SUBJECT PASSES

          --write FILE          count, into this file
          --run SUBJECT PASSES  what is counted: the subject's set-up, and so many passes

        example: count-hot-types --write new.json && layerlab compare Benchmarks/hot-types.json new.json
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
        case ("--write", 2):
            let counting = try Counting()
            try CountFile(try counting.costs(), versions: try counting.versions()).write(to: arguments[1])
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
