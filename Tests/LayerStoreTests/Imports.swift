import Digests
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport

extension TemporaryRepository {
    /// The lines of `ostree ls -R`, by path: everything before it.
    func nodes(_ ref: String) throws -> [String: String] {
        var nodes: [String: String] = [:]
        for line in try tree(ref) {
            guard let slash = line.firstIndex(of: "/") else { continue }
            nodes[String(line[slash...])] = line[..<slash].trimmingSuffix(" ")
        }
        return nodes
    }

    /// The refs that layerlab keeps beside the layers' own, without their digests.
    func companions() throws -> [String] {
        try repository.refs(below: "layerlab").keys.sorted().map {
            $0.split(separator: "/").dropLast().joined(separator: "/")
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self
        while text.last == suffix { text.removeLast() }
        return String(text)
    }
}

extension ImportedLayer {
    /// Paths and reasons of what the tree could not hold, in order.
    var refusals: [String] {
        findings.first.filter { $0.kind == .notRepresentable }.map(\.text)
    }
}

/// A strategy by its name.
func strategy(_ name: String) throws -> Strategy { try Strategy(parsing: name) }
