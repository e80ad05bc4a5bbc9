import Digests
import Foundation
import LayerStore
import OSTree
import Strategies
import TestSupport

/// Something that changes a repository, to be cut short: what there is before, what is run, and how it is done again.
struct FaultScenario: CustomStringConvertible, Sendable {
    enum Work: String, CaseIterable, Sendable {
        case importing, replacing, importingImage, removing, removingImage
    }

    let work: Work
    let mode: RepositoryMode
    let strategy: String

    var description: String { "\(work.rawValue) \(strategy) in \(mode.rawValue)" }
    var isRemoval: Bool { work == .removing || work == .removingImage }

    /// Every kind of work by every kind of storage, in the modes that differ most.
    static let strategies = ["raw@sidecar", "raw@separate-ref", "tree@commit-metadata", "tree@detached-metadata"]
    static let all: [FaultScenario] = Work.allCases.flatMap { work in
        strategies.flatMap { strategy in
            [RepositoryMode.bareUser, .archive].map { FaultScenario(work: work, mode: $0, strategy: strategy) }
        }
    }

    private static func stream(_ seed: UInt64, files: Int) -> [UInt8] {
        TarBuilder.stream { tar in
            var generator = SeededGenerator(seed: seed)
            for number in 0..<files { tar.file("usr/\(seed)/\(number)", generator.bytes(number * 40 + 1)) }
            tar.file("usr/shared", [UInt8](repeating: 7, count: 20_000))
            tar.file("usr/big\(seed)", [UInt8](repeating: UInt8(seed), count: 200_000))
            tar.symbolicLink("usr/link\(seed)", to: "shared")
            tar.file("dev/orphan\(seed)", generator.bytes(10))
        }
    }

    /// The layer that is always there, and those that come or go.
    static let bystander = stream(1, files: 4)
    static let victims = [stream(2, files: 16), stream(3, files: 3)]

    /// A repository as it is before, and what is to be run.
    struct Prepared {
        let folder: TemporaryFolder
        /// It is copied for each run.
        let template: String
        let arguments: [String]
        /// The refs that have to be there whatever happens.
        let kept: Set<String>
        let image: ImageBuilder.Written?
    }

    func prepare() throws -> Prepared {
        let folder = try TemporaryFolder()
        let template = folder.path("template")
        let repository = try Repository.create(at: template, mode: mode)
        func imported(_ stream: [UInt8], by name: String) throws -> String {
            let file = try folder.write(stream, to: "import.tar")
            return try Importer(into: repository, strategy: Strategy(parsing: name)).importLayer(
                from: LayerSource(file)
            ).ref
        }
        var kept: Set = [try imported(Self.bystander, by: strategy)]
        let layer = try folder.write(Self.victims[0], to: "victim.tar")
        func tool(_ arguments: String...) throws {
            let result = try run(Tool.path(), arguments + ["--repo", template])
            guard result.exitCode == 0 else { throw ProgramError(description: "\(self): \(result.errors)") }
        }
        switch work {
        case .importing:
            return Prepared(
                folder: folder, template: template, arguments: ["import", layer, "--strategy", strategy], kept: kept,
                image: nil)
        case .replacing:
            let other = strategy == "raw@sidecar" ? "delta@separate-ref" : "delta@sidecar"
            kept.insert(try imported(Self.victims[0], by: other))
            return Prepared(
                folder: folder, template: template, arguments: ["import", layer, "--strategy", strategy], kept: kept,
                image: nil)
        case .removing:
            let ref = try imported(Self.victims[0], by: strategy)
            return Prepared(
                folder: folder, template: template, arguments: ["remove", ref], kept: kept, image: nil)
        case .importingImage, .removingImage:
            // The bystander is the lowest layer of two images, one of which stays.
            let small = try ImageBuilder(.oci, [Self.bystander], .none).write(.layout, to: folder.path("small"))
            try tool("import", small.reference, "--name", "small", "--strategy", strategy)
            var builder = try ImageBuilder(.oci, [Self.bystander], .none)
            try builder.add(Self.victims[0], .gzip)
            try builder.add(Self.victims[1], .flushed)
            let image = try builder.write(.layout, to: folder.path("image"))
            if work == .removingImage {
                try tool("import", image.reference, "--name", "victim", "--strategy", strategy)
            }
            kept.insert(LayerRefs.image("small"))
            let arguments =
                work == .removingImage
                ? ["remove", "victim"]
                : ["import", image.reference, "--name", "victim", "--strategy", strategy, "--jobs", "1"]
            return Prepared(folder: folder, template: template, arguments: arguments, kept: kept, image: image)
        }
    }
}
