import Digests
import LayerStore
import OSTree
import Tar
import TestSupport
import Testing

@testable import Strategies

/// What `tree` makes of layers that it should be good at, and of those that it is not made for.
@Suite struct TreeTests {
    /// A layer in a repository, with all that an encoding may know of it.
    private func held(
        _ stream: [UInt8], policy: PathPolicy = .standard, mode: RepositoryMode = .bareUser
    ) throws -> (recipe: Recipe, context: LayerContext) {
        let temporary = try TemporaryRepository(mode)
        let layer = try temporary.importing(stream, strategy: try Strategy(parsing: "raw@sidecar"), policy: policy)
        let stored = try StoredRecipe(layer.ref, in: temporary.repository)
        return (stored.recipe, stored.context)
    }

    /// The bytes of a layer, which have been read back.
    @discardableResult
    private func encoded(
        _ stream: [UInt8], policy: PathPolicy = .standard, mode: RepositoryMode = .bareUser
    ) throws -> [UInt8] {
        let (recipe, context) = try held(stream, policy: policy, mode: mode)
        let bytes = try Tree().encode(recipe, against: context)
        let isSame = try Tree().decode(bytes[...], against: context) == recipe
        #expect(isSame)
        return bytes
    }

    private func form(_ bytes: [UInt8]) -> Tree.Form? { bytes.dropFirst().first.flatMap(Tree.Form.init) }

    @Test func recipeIsAsItsPageSays() throws {
        let bytes = try encoded(Self.documented)
        #expect(try GoldenBytes.block("tree", page: "tree.md") == bytes, "\(GoldenBytes.text(bytes))")
    }

    static let documented = TarBuilder.stream(dialect: .gnu) { tar in
        tar.directory("usr/") { $0.modificationTime = 1_700_000_000 }
        tar.file("usr/a", [1, 2, 3]) { $0.modificationTime = 1_700_000_000 }
        tar.symbolicLink("usr/b", to: "a") { $0.modificationTime = 1_700_000_001 }
    }

    /// A layer of three entries, as a COPY makes it, takes no more than 80 bytes.
    @Test func smallLayersAreSmall() throws {
        let stream = TarBuilder.stream { tar in
            tar.directory("opt/") { $0.modificationTime = 1_700_000_000 }
            tar.directory("opt/application/") { $0.modificationTime = 1_700_000_123 }
            tar.file("opt/application/main.py", [UInt8](repeating: 7, count: 900)) {
                $0.modificationTime = 1_699_999_999
            }
        }
        #expect(try encoded(stream).count <= 80)
    }

    /// Each rule is found: a layer of many entries in its order takes hardly more than one in another's.
    @Test(arguments: WalkRule.allCases)
    func ordersAreFound(_ rule: WalkRule) throws {
        let paths = (0..<40).flatMap { number -> [String] in
            let folder = "usr/d\(number % 7)" + (number % 3 == 0 ? "-x" : number % 3 == 1 ? ".y" : "")
            return [
                "\(folder)/f\(number)", "\(folder)/g\(number)", "usr/d\(number % 7)/s/f\(number)", "usr/z\(number)",
            ]
        }
        var folders: Set<String> = ["usr"]
        for path in paths {
            let parts = path.split(separator: "/")
            for count in 1..<parts.count { folders.insert(parts.prefix(count).joined(separator: "/")) }
        }
        let (_, context) = try held(
            TarBuilder.stream { tar in
                for folder in folders.sorted() { tar.directory(folder + "/") }
                for path in paths { tar.file(path) }
            })
        let tree = TarTree(context.tree, policy: context.policy)
        var generator = SeededGenerator(seed: 4)
        let order = try WalkOrder(rule, of: tree) { _, children in children.shuffle(using: &generator) }
        let stream = TarBuilder.stream { tar in
            for node in order.sequence.dropFirst() {
                var path: [UInt8] = []
                tree.appendPath(of: Int(node), to: &path)
                let text = String(decoding: path, as: UTF8.self)
                let isFolder = tree.nodes[Int(node)].kind == .directory
                if isFolder {
                    tar.directory(text + "/") { $0.modificationTime = 1 }
                } else {
                    tar.file(text) { $0.modificationTime = 1 }
                }
            }
        }
        let bytes = try encoded(stream)
        #expect(form(bytes) == .walk)
        #expect(bytes.count < (rule == .told ? 200 : 30), "\(bytes.count) bytes")
    }

    @Test func hardLinksAndOwnersAreCheap() throws {
        func stream(_ hasLinks: Bool) -> [UInt8] {
            TarBuilder.stream(dialect: .gnu) { tar in
                tar.directory("usr/")
                for number in 0..<50 {
                    let owner = number % 2 == 0 ? "games" : "mail"
                    tar.file("usr/f\(number)", [UInt8](repeating: 1, count: 100 + number)) {
                        ($0.userName, $0.groupName) = (Array(owner.utf8), Array(owner.utf8))
                        ($0.userID, $0.groupID) = (Int64(5 + number % 2), Int64(60 + number % 2))
                    }
                }
                for number in 0..<10 where hasLinks { tar.hardLink("usr/l\(number)", to: "usr/f\(number)") }
            }
        }
        let (with, without) = (try encoded(stream(true)), try encoded(stream(false)))
        #expect(with.count < without.count + 60, "\(with.count), and \(without.count) without links")
    }

    /// Hard links to empty files, to symbolic links, to what was dropped, and to entries that are told byte by byte.
    @Test(arguments: [Dialect.gnu, .ustar])
    func hardLinksToAnythingComeBack(_ dialect: Dialect) throws {
        let stream = TarBuilder.stream(dialect: dialect) { tar in
            tar.directory("usr/")
            tar.file("usr/a", [1, 2, 3])
            tar.hardLink("usr/b", to: "usr/a")
            tar.file("usr/e")
            for number in 0..<4 { tar.hardLink("usr/f\(number)", to: "usr/e") }
            tar.symbolicLink("usr/s", to: "a")
            for number in 0..<4 { tar.hardLink("usr/t\(number)", to: "usr/s") }
            tar.file("dev/x", [1, 2, 3])
            for number in 0..<3 { tar.hardLink("usr/u\(number)", to: "dev/x") }
            tar.file("usr/odd", [4, 5, 6]) { $0.userName = Array(repeating: 65, count: 32) }
            tar.hardLink("usr/v", to: "usr/odd")
            tar.hardLink("usr/w", to: "usr/v")
        }
        try encoded(stream)
        try encoded(stream, mode: .bareUserOnly)
    }

    @Test func greatestTimesAreNoTrap() throws {
        try encoded(
            TarBuilder.stream { tar in
                tar.pax(["mtime": "9223372036854775807"])
                tar.file("usr/a", [1])
                tar.pax(["mtime": "9223372036854775807.5"])
                tar.file("usr/b", [1])
            })
    }

    /// Around the limits a walk gives way to columns.
    @Test func whatTheReaderRefusesIsNotWritten() throws {
        for blocks in stride(from: 500, through: 560, by: 1) {
            var recipe = Recipe()
            recipe.append(literal: [UInt8](repeating: 0, count: blocks * Header.blockSize)[...])
            let bytes = try Tree().encode(recipe, against: .empty)
            #expect(try Tree().decode(bytes[...], against: .empty) == recipe, "\(blocks) blocks")
        }
        for count in stride(from: 900, through: 1_700, by: 13) {
            var recipe = Recipe()
            recipe.append(literal: (0..<count).map { UInt8($0 % 7 + 1) }[...])
            let bytes = try Tree().encode(recipe, against: .empty)
            #expect(try Tree().decode(bytes[...], against: .empty) == recipe, "\(count) bytes")
        }
    }

    /// Jumps through the whole tree take time, but not its square.
    @Test func walksBackwardsComeBack() throws {
        let stream = TarBuilder.stream(dialect: .gnu) { tar in
            for number in 0..<500 { tar.directory("usr/d\(1_000 + number)/") { $0.modificationTime = 3 } }
            for number in (0..<500).reversed() {
                tar.file("usr/d\(1_000 + number)/f") { $0.modificationTime = 4 }
            }
        }
        try encoded(stream)
    }

    /// What the tree does not hold is told: devices, dropped and repeated paths, payloads of orphans.
    @Test(arguments: PathPolicy.allCases, RepositoryMode.allCases)
    func foreignEntriesAreTold(_ policy: PathPolicy, _ mode: RepositoryMode) throws {
        let stream = TarBuilder.stream(dialect: .gnu) { tar in
            tar.directory("dev/")
            tar.device("dev/null", major: 1, minor: 3)
            tar.file("proc/version", [1, 2])
            tar.file("etc/passwd", [3], mode: 0o4755) { $0.userID = 7 }
            tar.file("etc/passwd", [4])
            tar.file("var/lib/x", [5])
            tar.file("usr/etc/y", [6])
            tar.file("./usr//odd", [7])
        }
        #expect(form(try encoded(stream, policy: policy, mode: mode)) == .walk)
    }

    @Test func whatIsNoTarIsToldByColumns() throws {
        var generator = SeededGenerator(seed: 9)
        let noise = (0..<60_000).map { _ in UInt8.random(in: 1...255, using: &generator) }
        #expect(form(try encoded(noise)) == .columns)
        let (recipe, _) = try held(noise)
        let bytes = try Tree().encode(recipe, against: .empty)
        #expect(try Tree().decode(bytes[...], against: .empty) == recipe)
    }

    @Test func unknownFormsAreRefused() throws {
        for bytes in [[1, 3], [1, 255, 0], [2, 1], [1], [1, 0, 0]] as [[UInt8]] {
            let error = #expect(throws: StrategyError.self) { try Tree().decode(bytes[...], against: .empty) }
            #expect(error?.kind == .malformed && error?.offset != nil)
        }
    }

    /// All streams together are all bytes.
    @Test func streamsAddUp() throws {
        let (recipe, context) = try held(TarSample.rich.bytes)
        let bytes = try Tree().encode(recipe, against: context)
        let streams = try Tree().streams(of: bytes[...], against: context)
        let sum = streams.reduce(0) { $0 + $1.byteCount }
        #expect(sum == bytes.count)
    }
}
