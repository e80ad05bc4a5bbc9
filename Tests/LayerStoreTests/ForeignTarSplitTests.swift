import Foundation
import LayerStore
import OSTree
import Strategies
import Tar
import TestSupport
import Testing

/// tar-split files by others, read against a layer that was imported by another encoding.
@Suite struct ForeignTarSplitTests {
    private static let stream = TarBuilder.stream(dialect: .gnu) { tar in
        tar.directory("etc/")
        tar.file("etc/passwd", Array("root".utf8))
        tar.file("usr/empty", [])
        tar.file("usr/large", [UInt8](repeating: 7, count: 300_000))
        tar.hardLink("usr/twin", to: "etc/passwd")
        tar.symbolicLink("usr/<&>", to: "large")
        tar.file("run/dropped", Array("gone".utf8))
        tar.file("var/a/" + String(repeating: "n", count: 120), [1])
        tar.file("tmp/twice", Array("gone".utf8))
        for number in 0..<200 { tar.file("usr/many/\(number)", Array("file \(number)".utf8)) }
    }

    private static var isInCI: Bool { ProcessInfo.processInfo.environment["CI"] == "true" }

    @Test(arguments: PathPolicy.allCases)
    func tarSplitsFileIsTheSameRecipe(_ policy: PathPolicy) throws {
        guard RealTarSplit.isThere || Self.isInCI else { return }
        try compare(#require(try RealTarSplit.disassemble(Self.stream)), under: policy)
    }

    @Test func containersStoragesFileIsTheSameRecipe() throws {
        guard let file = try ContainersStorage.tarSplitFile(of: Self.stream) else {
            #expect(!Self.isInCI, "buildah is not there")
            return
        }
        try compare(file, under: .standard)
    }

    private func compare(_ file: [UInt8], under policy: PathPolicy) throws {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(Self.stream, policy: policy)
        let stored = try StoredRecipe(layer.ref, in: temporary.repository)
        let isSame = try TarSplit().decode(file[...], against: stored.context) == stored.recipe
        #expect(isSame)
    }
}
