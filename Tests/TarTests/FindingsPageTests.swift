import Foundation
import Tar
import Testing

/// `Documentation/findings.md` has a row for each kind of finding, and for nothing else.
@Suite struct FindingsPageTests {
    @Test func everyKindHasItsRow() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "Documentation/findings.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(rows.count == Finding.Kind.allCases.count)
        #expect(Set(rows) == Set(Finding.Kind.allCases.map(\.rawValue)))
    }
}
