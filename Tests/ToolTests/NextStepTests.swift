import Foundation
import TestSupport
import Testing

/// The mistakes that first-time users make: each error says what to do next.
@Suite struct NextStepTests {
    private let folder: TemporaryFolder
    private let layer: String
    private let repo: String
    private let ref: String

    init() throws {
        folder = try TemporaryFolder()
        layer = try folder.write(TarSample.rich.bytes, to: "layer.tar")
        repo = folder.path("repo")
        let result = try Tool.run("import", layer, "--repo", repo, "--init", "bare-user", "--json")
        ref = try #require(result.object()["ref"] as? String)
    }

    private func expect(_ arguments: [String], _ words: String..., at location: SourceLocation = #_sourceLocation)
        throws
    {
        let result = try Tool.run(arguments)
        #expect(result.exitCode == 2 && result.output.isEmpty, "\(result.errors)", sourceLocation: location)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location) }
    }

    @Test func imagesThatAreTakenForLayersAreTold() throws {
        try expect(["import", "name:1", "--repo", repo], "docker://name:1")
        try expect(["import", "host/name:1", "--repo", repo], "docker://host/name:1")
        let image = try ImageBuilder(.oci, [TarSample.rich.bytes]).write(.layout, to: folder.path("image"))
        try expect(["import", image.folder, "--repo", repo], "it is a directory, not a layer", "oci:\(image.folder)")
        try expect(["import", folder.path("none.tar"), "--repo", repo], "No such file or directory")
        let manifest = #"[{"Config":"c","RepoTags":["n:1"],"Layers":["a.tar"]}]"#
        let archive = try folder.write(
            TarBuilder.stream { $0.file("manifest.json", Array(manifest.utf8)) }, to: "saved.tar")
        let imported = try Tool.run("import", archive, "--repo", repo)
        #expect(imported.exitCode == 0 && imported.errors.contains("docker-archive:\(archive)"), "\(imported.errors)")
        #expect(try !Tool.run("import", layer, "--repo", repo).errors.contains("it holds an image"))
    }

    @Test func namesThatAreNearlyRightAreSuggested() throws {
        let digest = ref.dropFirst("ostree/container/blob/sha256_3A_".count)
        try expect(["rebuild", "sha256:\(digest.prefix(12))", "--repo", repo, "-o", "-"], "did you mean '\(ref)'?")
        try expect(["remove", ref + "0", "--repo", repo], "did you mean '\(ref)'?", "1 layers")
        try expect(
            ["import", layer, "--repo", repo, "--strategy", "raw@detached"], "did you mean 'detached-metadata'?")
        let image = try ImageBuilder(.oci, [TarSample.rich.bytes]).write(.layout, to: folder.path("image"))
        #expect(try Tool.run("import", image.reference, "--repo", repo).exitCode == 0)
        try expect(["rebuild", image.reference, "--repo", repo, "-o", "-"], "is an image", "layerlab push")
        try expect(
            ["push", image.reference + "x", "oci:\(folder.path("out"))", "--repo", repo],
            "did you mean '\(image.reference)'?")
    }

    @Test func aMissingCorpusIsTold() throws {
        let result = try run(
            "env", ["-C", folder.path, "-u", "LAYERLAB_CORPUS", Tool.path(), "bench", "standrad"])
        // The tool may lie below the project's folder, whose manifest it finds.
        #expect(result.exitCode == 2, "\(result.errors)")
        #expect(
            result.errors.contains("LAYERLAB_CORPUS names it") || result.errors.contains("did you mean `standard`?"))
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to be somebody else")) func somebodyElsesRepositoryIsTold() throws {
        // Whoever that is must be able to come here.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        let result = try run(
            "setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", Tool.path(), "import", layer, "--repo", repo])
        #expect(
            result.exitCode == 2 && result.errors.contains("Permission denied; run it as the owner, or as root"),
            "\(result.errors)")
    }

    @Test(arguments: [
        ("http: server gave HTTP response to HTTPS client", "--no-tls-verify"),
        ("reading manifest 1: unauthorized: authentication required", "skopeo login"),
        ("reading manifest 9 in host/name: manifest unknown", "name and tag"),
        ("docker: image reference x/y does not start with //", "docker://HOST/NAME:TAG"),
        ("dial tcp: lookup host.invalid: no such host", "the registry's name"),
    ])
    func skopeosReasonsHaveRemedies(_ message: String, _ words: String) throws {
        let skopeo = try folder.write(
            Array("#!/bin/sh\necho 'time=\"x\" level=fatal msg=\"\(message)\"' >&2; exit 1\n".utf8), to: "skopeo")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: skopeo)
        let result = try run(
            Tool.path(), ["import", "docker://host/name:1", "--repo", repo],
            environment: ["PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")])
        #expect(result.exitCode == 2 && result.errorLines.count == 1, "\(result.errors)")
        #expect(
            result.errors.hasPrefix("layerlab: skopeo: \(message); ") && result.errors.contains(words),
            "\(result.errors)")
    }
}
