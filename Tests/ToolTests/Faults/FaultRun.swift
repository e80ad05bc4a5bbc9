import Digests
import Foundation
import Images
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// One run of a scenario in a repository of its own, with a fault, and what has to hold afterwards.
struct FaultRun {
    let scenario: FaultScenario
    let prepared: FaultScenario.Prepared
    let fault: Fault?
    let repo: String
    let result: ProgramResult
    let report: FaultReport
    private let folder: TemporaryFolder
    private let before: [String: String]

    init(_ scenario: FaultScenario, _ prepared: FaultScenario.Prepared, _ fault: Fault?) throws {
        (self.scenario, self.prepared, self.fault) = (scenario, prepared, fault)
        folder = try TemporaryFolder()
        repo = folder.path("repo")
        let copy = try run("cp", ["-a", prepared.template, repo])
        guard copy.exitCode == 0 else { throw ProgramError(description: copy.errors) }
        before = try TemporaryFolder.listing(of: repo)
        result = try FaultRun.tool(prepared.arguments, repo, fault, report: folder.path("report"))
        report = FaultReport(folder.path("report"))
    }

    /// Runs the tool in the repository, with a fault.
    @discardableResult
    static func tool(_ arguments: [String], _ repo: String, _ fault: Fault?, report: String) throws -> ProgramResult {
        try run(
            Tool.path(), arguments + ["--repo", repo, "--quiet"],
            environment: FaultShim.environment(fault, below: repo, report: report), timeoutSeconds: 60)
    }

    private var name: Comment {
        "LAYERLAB_SEED=\(FaultShim.seed): \(scenario), \(fault?.description ?? "no fault"), \(report.hit.map { "\($0)" } ?? "no hit")"
    }

    // MARK: What has to hold

    /// What has to hold as soon as the program has ended, however it did: the repository is sound, each layer that a ref shows is
    /// there as a whole, and what was there before is there.
    func expectSound() throws {
        let check = try run("ostree", ["fsck", "--quiet", "--repo=" + repo])
        #expect(check.exitCode == 0, "\(name): \(check.errors)")
        let repository = try Repository(opening: repo)
        let refs = try Set(repository.refsEverywhere(below: nil).keys)
        #expect(refs.isSuperset(of: prepared.kept), "\(name)")
        let known = Dictionary(
            uniqueKeysWithValues: ([FaultScenario.bystander] + FaultScenario.victims).map {
                (SHA256Stream.digest(of: $0), $0)
            })
        for ref in refs where ref.hasPrefix(LayerRefs.blobs) {
            let sink = MemorySink()
            do {
                let rebuilder = try Rebuilder(ref, in: repository)
                try rebuilder.rebuild(into: sink)
                #expect(known[rebuilder.diffID] == sink.bytes, "\(name): \(ref)")
            } catch {
                Issue.record("\(name): \(ref): \(error)")
            }
        }
        // An image that is shown can be pushed: its layers are there, and what makes their blobs again.
        for image in try StoredImages(in: repository).all() {
            for layer in image.manifest.layers {
                #expect(refs.contains(LayerRefs.blob(layer.digest)), "\(name): \(image.name)")
            }
            let pushed = try run(
                Tool.path(), ["push", image.name, "dir:" + folder.path("pushed-\(UUID().uuidString)"), "--repo", repo])
            #expect(pushed.exitCode == 0, "\(name): \(pushed.errors)")
        }
    }

    /// What has to hold of an error besides: one line that names the cause, and nothing that anybody can see has changed.
    ///
    /// - Parameter isAlone: whether the fault hit one call only, so that what cleans up could do its work.
    func expectFailure(isAlone: Bool) throws {
        #expect(result.exitCode == 2, "\(name): \(result.exitCode) \(result.errors)")
        #expect(result.errorLines.count == 1 && result.errors.hasPrefix("layerlab: "), "\(name): \(result.errors)")
        #expect(result.errors.contains(fault?.action.words ?? ""), "\(name): \(result.errors)")
        guard isAlone, !scenario.isRemoval, scenario.work != .importingImage else { return }
        let isLate = report.hit?.phase == "removal"
        if !isLate { #expect(try visible(TemporaryFolder.listing(of: repo)) == visible(before), "\(name)") }
        #expect(try leftovers() == [], "\(name)")
    }

    /// Refs and recipes: whatever says that a layer is there.
    private func visible(_ listing: [String: String]) -> [String: String] {
        listing.filter { name, _ in !name.hasSuffix("/") && (name.hasPrefix("refs/") || name.hasPrefix("extensions/")) }
    }

    private func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp").filter { $0 != "cache" }
    }

    /// Does it again, without a fault, and looks whether nothing is left of the first time.
    ///
    /// - Parameter strategy: by which a layer is imported now; nil for the same one.
    func expectRepetition(by strategy: String? = nil) throws {
        var arguments = prepared.arguments
        if let strategy, let place = arguments.firstIndex(of: "--strategy") { arguments[place + 1] = strategy }
        try age()
        let again = try run(Tool.path(), arguments + ["--repo", repo, "--quiet"])
        if scenario.work == .removingImage, again.exitCode == 2 {
            // The image has gone, and its layers are there by themselves.
            for layer in try StoredLayers(in: Repository(opening: repo)).all()
            where FaultScenario.victims.contains(where: { SHA256Stream.digest(of: $0) == layer.layer.diffID }) {
                let removed = try run(Tool.path(), ["remove", layer.ref, "--repo", repo, "--quiet"])
                #expect(removed.exitCode == 0, "\(name): \(removed.errors)")
            }
        }
        if scenario.isRemoval {
            // It may have been done.
            #expect([0, 2].contains(again.exitCode), "\(name): \(again.errors)")
            if again.exitCode == 2 { #expect(again.errors.contains("has no layer"), "\(name): \(again.errors)") }
        } else {
            #expect(again.exitCode == 0, "\(name): \(again.errors)")
        }
        try expectSound()
        try expectNothingLeft()
        let pruned = try run("ostree", ["prune", "--refs-only", "--repo=" + repo])
        #expect(pruned.exitCode == 0, "\(name): \(pruned.errors)")
        try expectSound()
    }

    /// Half-written refs of the last minute may be somebody else's: a minute goes by.
    private func age() throws {
        for file in try FileManager.default.subpathsOfDirectory(atPath: repo + "/refs")
        where file.split(separator: "/").last?.hasPrefix("tmp.") == true {
            try FileManager.default.setAttributes(
                [.modificationDate: Date() - 120], ofItemAtPath: "\(repo)/refs/\(file)")
        }
    }

    private func expectNothingLeft() throws {
        let repository = try Repository(opening: repo)
        let refs = try repository.refs(below: "ostree").merging(repository.refs(below: "layerlab")) { first, _ in first
        }
        let layers = try StoredLayers(in: repository).all()
        let victims = FaultScenario.victims.map { SHA256Stream.digest(of: $0) }
        let there = Set(layers.map(\.layer.diffID)).intersection(victims).count
        switch scenario.work {
        case .importing, .replacing: #expect(there == 1, "\(name)")
        case .importingImage: #expect(there == 2 && refs[LayerRefs.image("victim")] != nil, "\(name)")
        case .removing, .removingImage: #expect(there == 0 && refs[LayerRefs.image("victim")] == nil, "\(name)")
        }
        // Each ref below layerlab belongs to a layer that is there.
        var expected = Set(refs.keys.filter { $0.hasPrefix("ostree/") })
        for entry in layers {
            for commit in try LayerRefs.Companion.commits(of: entry.layer, in: repository) {
                expected.formUnion(refs.filter { $0.value == commit }.keys)
            }
            if let blob = LayerRefs.digest(ofBlob: entry.ref) { expected.insert(LayerRefs.blobForm(blob)) }
        }
        #expect(Set(refs.keys).subtracting(expected) == [], "\(name)")
        let sidecars = layers.filter { $0.strategy.storage is Sidecar }.map { "\($0.layer.commit.hex).recipe" }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: repo + "/extensions/layerlab")) ?? []
        #expect(Set(files) == Set(sidecars), "\(name)")
        // Every file among the refs is a ref of a digest or a name.
        let temporaries = try FileManager.default.subpathsOfDirectory(atPath: repo + "/refs")
            .filter { $0.split(separator: "/").last?.hasPrefix("tmp.") == true }
        #expect(temporaries == [], "\(name)")
        if !scenario.isRemoval { #expect(try leftovers() == [], "\(name)") }
    }
}
