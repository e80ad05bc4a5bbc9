import Digests
import Foundation
import TestSupport
import Testing

/// Images that lie, or that are broken: one line that names the image and says why, and nothing is left of them.
@Suite struct HostileImageTests {
    struct Attack: CustomTestStringConvertible, Sendable {
        let name: String
        var exitCode: Int32 = 2
        let words: [String]
        var options: [String] = []
        var isFlat = false
        /// Changes the image before it is written.
        var edit: @Sendable (inout ImageBuilder) throws -> Void = { _ in }
        /// Changes the files.
        var damage: @Sendable (ImageBuilder.Written) throws -> Void = { _ in }

        var testDescription: String { name }
    }

    static let streams = (1...4).map { number in
        TarBuilder.stream { tar in
            var random = SeededGenerator(seed: UInt64(number))
            tar.file("usr/\(number)", random.bytes(3000))
            tar.file("usr/text", Array(repeating: UInt8(number), count: 30_000))
        }
    }

    /// Made once: each compressor is a process.
    private static let image = Result {
        var image = ImageBuilder(.oci)
        for (stream, compression) in zip(streams, [.gzip, .none, .gzip, .zstd] as [ImageBuilder.Compression]) {
            try image.add(stream, compression)
        }
        return image
    }

    private func image() throws -> ImageBuilder { try Self.image.get() }

    /// A repository with a layer, since the first import of all makes folders.
    private static let repository = Result {
        let folder = try TemporaryFolder()
        let first = try Tool.run(
            "import", "-", "--repo", folder.path("repo"), "--init", "bare-user", input: TarSample.rich.bytes)
        guard first.exitCode == 0 else { throw ProgramError(description: first.errors) }
        return folder
    }

    @Test(arguments: HostileImageAttacks.all)
    func nothingIsLeftOfIt(_ attack: Attack) throws {
        let folder = try TemporaryFolder()
        var image = try image()
        try attack.edit(&image)
        let written = try image.write(attack.isFlat ? .flat : .layout, to: folder.path("image"))
        try attack.damage(written)
        try expectNothingIsLeft(of: written.reference, attack, folder)
    }

    private func expectNothingIsLeft(of reference: String, _ attack: Attack, _ folder: TemporaryFolder) throws {
        let repo = folder.path("repo")
        let copied = try run("cp", ["-a", Self.repository.get().path("repo"), repo])
        #expect(copied.exitCode == 0)
        let before = try TemporaryFolder.listing(of: repo)
        let result = try TestSupport.run(
            Tool.path(), ["import", reference, "--repo", repo, "--quiet"] + attack.options, timeoutSeconds: 30)
        #expect(result.exitCode == attack.exitCode, "\(result.errors)")
        #expect(result.errorLines.count == 1 && result.errors.hasPrefix("layerlab: "), "\(result.errors)")
        #expect(result.output.isEmpty)
        for word in attack.words + [folder.path("image")] { #expect(result.errors.contains(word), "\(result.errors)") }
        func files(_ listing: [String: String]) -> [String: String] { listing.filter { !$0.key.hasSuffix("/") } }
        #expect(try files(TemporaryFolder.listing(of: repo)) == files(before))
        #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
    }

    /// The tool itself is well: without the attack, the image is taken.
    @Test func theImageItselfIsTaken() throws {
        let folder = try TemporaryFolder()
        let written = try image().write(.layout, to: folder.path("image"))
        let result = try Tool.run("import", written.reference, "--repo", folder.path("repo"), "--init", "bare-user")
        #expect(result.exitCode == 0, "\(result.errors)")
    }

    /// Names that lead out of the tree, or that are none, are findings, as in a layer by itself.
    @Test func pathsThatLeadOutAreLeftOut() throws {
        let folder = try TemporaryFolder()
        let lower = TarBuilder.stream { tar in
            tar.file("usr/a", [1])
            tar.symbolicLink("usr/out", to: "../../../../../../tmp")
            tar.symbolicLink("usr/loop", to: "loop")
            tar.symbolicLink("usr/self", to: ".")
        }
        let upper = TarBuilder.stream { tar in
            tar.file("../x", [1])
            tar.file("usr/../../y", [1])
            tar.file("/usr/absolute", [1])
            for name in [
                ".wh...", ".wh..", ".wh.", ".wh./x", ".wh.a/..", "usr/.wh.../z", ".wh..wh..opq/deep", "usr/.wh.a/deep",
            ] {
                tar.file(name, [1])
            }
            tar.file("usr/out/here", [1])
            tar.file("usr/loop/there", [1])
            tar.file("usr/self/self/self/deep", [1])
            tar.hardLink("usr/passwd", to: "../../../etc/passwd")
            tar.hardLink("usr/shadow", to: "/etc/shadow")
        }
        let written = try ImageBuilder(.oci, [lower, upper]).write(.layout, to: folder.path("image"))
        let repo = folder.path("repo")
        let result = try Tool.run("import", written.reference, "--repo", repo, "--init", "bare-user", "--json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let ref = try #require(try result.object()["ref"] as? String)
        let listed = try run("ostree", ["ls", "--repo=" + repo, "-R", "--nul-filenames-only", ref])
        let paths = Set(listed.outputBytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        #expect(paths.isSuperset(of: ["/usr/a", "/usr/absolute", "/usr/deep", "/usr/loop/there"]), "\(paths)")
        #expect(
            !paths.contains { $0.contains("..") || $0.hasSuffix("/x") || $0.hasSuffix("/y") || $0.contains("passwd") },
            "\(paths)")
        let checkout = try run(
            "ostree", ["checkout", "--repo=" + repo, "--user-mode", ref, folder.path("checkout")])
        #expect(checkout.exitCode == 0, "\(checkout.errors)")
        try expectPushed(written, repo, folder)
    }

    /// Layer upon layer, each below a link to the deepest folder so far: no stack is deep enough for all.
    @Test func depthHasALimit() throws {
        let folder = try TemporaryFolder()
        let names = [String](repeating: "d", count: 240).joined(separator: "/")
        var layers: [[UInt8]] = []
        for number in 0..<4 {
            let start = number == 0 ? "" : "l\(number)/"
            layers.append(
                TarBuilder.stream { tar in
                    tar.file(start + names + "/f", [1])
                    tar.symbolicLink("l\(number + 1)", to: start + names)
                })
        }
        let written = try ImageBuilder(.oci, layers).write(.layout, to: folder.path("image"))
        let attack = Attack(name: "depth", words: ["255"])
        try expectNothingIsLeft(of: written.reference, attack, folder)
    }

    private func expectPushed(_ written: ImageBuilder.Written, _ repo: String, _ folder: TemporaryFolder) throws {
        let pushed = try Tool.run("push", written.reference, "dir:" + folder.path("pushed"), "--repo", repo)
        #expect(pushed.exitCode == 0, "\(pushed.errors)")
        #expect(try folder.read("pushed/manifest.json") == written.manifest)
    }

    @Test func withoutSkopeoThatIsSaid() throws {
        let folder = try TemporaryFolder()
        let written = try image().write(.layout, to: folder.path("image"))
        let repo = folder.path("repo")
        func tool(_ arguments: [String]) throws -> ProgramResult {
            try run("/usr/bin/env", ["-i", "PATH=" + folder.path("none"), Tool.path()] + arguments + ["--quiet"])
        }
        let imported = try tool(["import", written.reference, "--repo", repo, "--init", "archive"])
        #expect(imported.exitCode == 0, "\(imported.errors)")
        for arguments in [
            ["import", "docker://localhost/none", "--repo", repo], ["import", "docker-archive:/none", "--repo", repo],
            ["push", written.reference, "docker://localhost/none", "--repo", repo],
            ["push", written.reference, "oci-archive:/none", "--repo", repo],
        ] {
            let result = try tool(arguments)
            #expect(result.exitCode == 2 && result.errorLines.count == 1, "\(result.errors)")
            #expect(result.errors.contains("skopeo is not installed") && result.errors.contains("oci:DIR"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: repo + "/tmp") == ["cache"])
        }
    }

    @Test(.enabled(if: ImageTool.areThere(.skopeo), "needs skopeo"))
    func whatSkopeoSaysIsOneLine() throws {
        let folder = try TemporaryFolder()
        let repo = folder.path("repo")
        #expect(try run("ostree", ["init", "--repo=" + repo, "--mode=archive"]).exitCode == 0)
        for source in [
            "docker://127.0.0.1:1/none", "docker-archive:" + folder.path("none"), "oci-archive:" + folder.path("none"),
        ] {
            let result = try Tool.run("import", source, "--repo", repo)
            #expect(result.exitCode == 2 && result.errorLines.count == 1, "\(result.errors)")
            #expect(result.errors.hasPrefix("layerlab: skopeo: "), "\(result.errors)")
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: repo + "/tmp")).isSubset(of: ["cache"]))
        }
    }
}
