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
    @Test(.enabled(if: ImageTool.areThere(.umoci), "needs umoci, and root"), arguments: MergeSample.all)
    func treeIsWhatUmociUnpacks(_ sample: MergeSample) throws {
        let image = try ImageBuilder(.oci, sample.layers)
        let theirs = try unpackedByUmoci(image)
        for policy in sample.policies {
            let repository = try TemporaryRepository()
            let imported = try repository.importImage(image, policy: policy)
            let ours = try repository.nodes(of: imported.commit)
            let expected = policy.kept(theirs)
            let lines = difference(ours, expected)
            #expect(lines.isEmpty, "\(policy.rawValue): \(lines.joined(separator: "\n"))")
            #expect(imported.findings.isEmpty, "\(policy.rawValue)")
            if policy == .standard { expectTold(by: sample, in: ours) }
        }
    }

    @Test(.enabled(if: !ImageTool.areThere(.umoci), "umoci tells more"), arguments: MergeSample.all)
    func treeTells(_ sample: MergeSample) throws {
        let repository = try TemporaryRepository(.archive)
        let imported = try repository.importImage(ImageBuilder(.oci, sample.layers))
        expectTold(by: sample, in: try repository.nodes(of: imported.commit))
    }

    private func expectTold(by sample: MergeSample, in nodes: [String: TreeNode]) {
        for (path, isThere) in sample.tells { #expect((nodes[path] != nil) == isThere, "\(path)") }
        #expect(!nodes.keys.contains { $0.contains(".wh.") })
    }

    /// The seeds of one run; a single one by `LAYERLAB_SEED`.
    private static let seeds: [UInt64] = {
        if let seed = ProcessInfo.processInfo.environment["LAYERLAB_SEED"].flatMap(UInt64.init) { return [seed] }
        return Array(1...(TestScale.isFull ? 500 : 10))
    }()

    @Test(.enabled(if: ImageTool.areThere(.umoci), "needs umoci, and root"), arguments: seeds)
    func randomLayersAreWhatUmociUnpacks(_ seed: UInt64) throws {
        let image = try ImageBuilder(.oci, RandomLayers(seed: seed).streams)
        let theirs = try unpackedByUmoci(image)
        for policy in [PathPolicy.allowNonUsr, .identity] {
            let repository = try TemporaryRepository()
            let imported = try repository.importImage(image, policy: policy)
            let lines = difference(try repository.nodes(of: imported.commit), policy.kept(theirs))
            let hint = "LAYERLAB_SEED=\(seed) runs it again; \(policy.rawValue)"
            #expect(lines.isEmpty, "\(hint): \(lines.joined(separator: "\n"))")
            #expect(imported.findings.isEmpty, "\(hint)")
        }
    }
}
