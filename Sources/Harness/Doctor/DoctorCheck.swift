/// One thing that was looked at before work or a measurement, with a verdict and what to do about it.
public struct DoctorCheck: Codable, Equatable, Sendable {
    public enum Verdict: String, Codable, Sendable {
        /// As it should be.
        case ok
        /// Worth knowing: something that some commands need is not there, or a measurement should mention it.
        case note
        /// Times that are measured now would say little.
        case spoils
        /// Needed to work, and not there.
        case missing
    }

    public enum Area: String, Codable, Sendable, CaseIterable {
        case libraries, programs, files, machine, repository
    }

    public var area: Area
    /// What was looked at, such as `skopeo` or `load`.
    public var name: String
    public var verdict: Verdict
    /// What was found.
    public var finding: String
    /// What to do about it, as an imperative, or what it is good for; nil where there is nothing to say.
    public var advice: String?

    init(_ area: Area, _ name: String, _ verdict: Verdict, _ finding: String, _ advice: String? = nil) {
        (self.area, self.name, self.verdict, self.finding, self.advice) = (
            area, name, verdict, finding, advice
        )
    }

    /// The check on one line, without its area.
    var text: String {
        let verdict = verdict.rawValue.padded(to: 8)
        return "\(verdict)\(name.padded(to: 20))\(finding)" + (advice.map { "; \($0)" } ?? "")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}

/// All that `layerlab doctor` has found.
public struct DoctorReport: Sendable {
    public let checks: [DoctorCheck]

    /// Whether something is missing that is needed to work.
    public var isUnfit: Bool { checks.contains { $0.verdict == .missing } }

    public init(_ checks: [DoctorCheck]) { self.checks = checks }

    /// The checks by area, and a line that counts the verdicts.
    public var text: String {
        var lines: [String] = []
        for area in DoctorCheck.Area.allCases {
            let own = checks.filter { $0.area == area }
            guard !own.isEmpty else { continue }
            lines += ["\(area.rawValue):"] + own.map(\.text)
        }
        return (lines + [summary]).joined(separator: "\n")
    }

    private var summary: String {
        func count(_ verdict: DoctorCheck.Verdict) -> Int { checks.count { $0.verdict == verdict } }
        let counts =
            "\(count(.ok)) ok, \(count(.note)) to note, \(count(.spoils)) that spoil a measurement, \(count(.missing)) missing"
        if isUnfit { return counts + ": what is missing is needed" }
        return counts
            + (count(.spoils) > 0 ? ": all works, and times measured now say little" : ": all works")
    }
}
