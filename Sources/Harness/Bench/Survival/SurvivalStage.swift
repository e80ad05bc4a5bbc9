internal import Foundation
internal import Processes
internal import Strategies

/// The stage `survival`: a small generated layer goes through everything that a repository lives through.
struct SurvivalStage {
    /// No time is left.
    private struct Late: Error {}

    private let plan: BenchPlan
    private let workFolder: String
    private let deadline: ContinuousClock.Instant?

    init(_ plan: BenchPlan, workFolder: String, deadline: ContinuousClock.Instant?) {
        (self.plan, self.workFolder, self.deadline) = (plan, workFolder, deadline)
    }

    /// Whether the time is over.
    var isLate: Bool { deadline.map { ContinuousClock().now >= $0 } ?? false }

    /// Measures, and says why something is left out; nil where nothing is.
    ///
    /// - Parameter each: what is called with every record as it comes.
    func run(status: (String) -> Void, each: (SurvivalRecord) throws -> Void) throws -> String? {
        if let program = ["ostree", "python3"].first(where: { Program.find($0) == nil }) {
            return "survival: not without \(program)"
        }
        guard !isLate else { return "survival: no time was left" }
        let measurement = try SurvivalMeasurement(
            strategies: plan.survivalStrategies, modes: plan.modes, workFolder: workFolder)
        // It is not measured for its size or speed: any machine has the same one.
        let path = "\(workFolder)/survival.tar"
        let layer = GeneratedLayer(.oneOfEach)
        let bytes = try layer.write(to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var count = 0
        do {
            try measurement.run(
                .init(
                    name: layer.name, path: path, policy: plan.layers.first?.policy ?? .standard, expectedBytes: bytes)
            ) { record in
                count += 1
                status("survival, \(count) of \(measurement.recordCount): \(record.strategy), \(record.operation)")
                try each(record)
                if isLate { throw Late() }
            }
        } catch is Late {
            return "survival: the time was over after \(count) of \(measurement.recordCount) trials"
        }
        return nil
    }
}
