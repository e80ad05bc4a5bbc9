import Digests
import Foundation
import LayerStore
import Tar
import TestSupport
import Testing

@testable import Strategies

@Suite struct CanonicalTarTests {
    private static let documented = TarBuilder.stream { tar in
        tar.directory("d/") { $0.modificationTime = 0 }
        tar.file("d/e") { $0.modificationTime = 0 }
    }

    private func canonical(_ stream: [UInt8], policy: PathPolicy = .identity) throws -> (
        stream: [UInt8], digest: Digest
    ) {
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, strategy: try Strategy(parsing: "raw@sidecar"), policy: policy)
        let sink = MemorySink()
        let digest = try CanonicalRebuilder(layer.ref, in: temporary.repository).rebuild(into: sink)
        #expect(SHA256Stream.digest(of: sink.bytes) == digest)
        return (sink.bytes, digest)
    }

    @Test func streamIsAsItsPageSays() throws {
        let digest = try canonical(Self.documented).digest
        let golden = try GoldenBytes.block("canonical", page: "canonical.md")
        #expect(golden == digest.bytes, "\(GoldenBytes.text(digest.bytes))")
    }

    /// Writers, orders and times make no difference; contents, modes and attributes do.
    @Test func onlyTheFilesCount() throws {
        let first = TarBuilder.stream(dialect: .gnu) { tar in
            tar.directory("usr/") { $0.modificationTime = 5 }
            tar.file("usr/b", [1]) { $0.userName = Array("root".utf8) }
            tar.file("usr/a", [2])
        }
        let second = TarBuilder.stream(dialect: .ustar) { tar in
            tar.file("./usr/a", [2])
            tar.hardLink("./usr/c", to: "./usr/a")
            tar.file("./usr/b", [1])
        }
        let third = TarBuilder.stream { tar in
            tar.file("usr/a", [2])
            tar.file("usr/b", [1])
            tar.file("usr/c", [2])
        }
        let digests = try [first, second, third].map { try canonical($0).digest }
        #expect(digests[1] == digests[2] && digests[0] != digests[1])
        let attributes = TarBuilder.stream { tar in
            tar.extendedAttribute("user.a", [1])
            tar.file("usr/a", [2])
            tar.file("usr/b", [1])
            tar.file("usr/c", [2])
        }
        #expect(try canonical(attributes).digest != digests[2])
    }

    /// What it writes is written again by itself, takes two bytes, and is a tar to others.
    @Test(arguments: PathPolicy.allCases)
    func canonicalLayersTakeTwoBytes(_ policy: PathPolicy) throws {
        let long = String(repeating: "long-name/", count: 30)
        let stream = TarBuilder.stream(dialect: .gnu) { tar in
            tar.file("etc/ü", [1, 2, 3]) { ($0.userID, $0.groupID) = (4_000_000_000, 3_000_000) }
            tar.longName(Array("usr/\(long)file".utf8))
            tar.file("usr/short", [4])
            tar.longLink(Array(long.utf8))
            tar.symbolicLink("usr/link", to: "short")
            tar.directory("var/lib/", mode: 0o1777)
            tar.file("usr/\(String(repeating: "p", count: 60))/\(String(repeating: "n", count: 60))", [5])
        }
        let written = try canonical(stream, policy: policy).stream
        #expect(try canonical(written, policy: policy).stream == written)
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(written, strategy: try Strategy(parsing: "tree@sidecar"), policy: policy)
        #expect(layer.recipeBytes == 2)
        #expect(try temporary.rebuild(layer.ref) == written)
        let folder = try TemporaryFolder()
        let listing = try run("tar", ["-tf", try folder.write(written, to: "canonical.tar")])
        #expect(listing.exitCode == 0 && listing.output.contains("usr/\(long)file\n"), "\(listing.errors)")
    }

    @Test func extendedAttributesAreWrittenButNotInTheShortForm() throws {
        let stream = TarBuilder.stream { tar in
            tar.extendedAttribute("user.a", [1])
            tar.file("usr/a", [2]) { $0.modificationTime = 0 }
        }
        let written = try canonical(stream).stream
        #expect(written.firstRange(of: Array("SCHILY.xattr.user.a=".utf8)) != nil)
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(
            written, strategy: try Strategy(parsing: "tree@sidecar"), policy: .identity)
        #expect(layer.recipeBytes > 2)
        #expect(try temporary.rebuild(layer.ref) == written)
    }
}
