import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Images

/// The merged tree of an image against what the real `umoci` unpacks of it.
@Suite struct MergeTests {
    private static let policies: [PathPolicy] = [.allowNonUsr, .identity, .ostreeExt]

    @Test(.enabled(if: ImageTool.areThere(.umoci), "needs umoci, and root"), arguments: MergeSample.all)
    func treeIsWhatUmociUnpacks(_ sample: MergeSample) throws {
        let image = try ImageBuilder(.oci, sample.layers)
        let theirs = try unpackedByUmoci(image)
        for policy in Self.policies {
            let repository = try TemporaryRepository()
            let imported = try repository.importImage(image, policy: policy)
            let ours = try repository.nodes(of: imported.commit)
            let expected = policy.kept(theirs)
            let lines = difference(ours, expected)
            #expect(lines.isEmpty, "\(policy.rawValue): \(lines.joined(separator: "\n"))")
            #expect(imported.findings.isEmpty, "\(policy.rawValue)")
        }
    }

    @Test(arguments: MergeSample.all)
    func treeTells(_ sample: MergeSample) throws {
        let repository = try TemporaryRepository(.archive)
        let imported = try repository.importImage(ImageBuilder(.oci, sample.layers))
        let nodes = try repository.nodes(of: imported.commit)
        for (path, isThere) in sample.tells { #expect((nodes[path] != nil) == isThere, "\(path)") }
        #expect(!nodes.keys.contains { $0.contains(".wh.") })
    }
}
