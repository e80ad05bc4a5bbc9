import Digests
import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

@testable import Images

/// Names: of images, of platforms, of types, and of refs.
@Suite struct ReferenceTests {
    @Test(arguments: ImageReference.Transport.allCases)
    func transportsAreKnownByTheirNames(_ transport: ImageReference.Transport) throws {
        let reference = try #require(ImageReference("\(transport.rawValue):some/where:tag"))
        #expect(reference.transport == transport && reference.location == "some/where:tag")
        #expect(reference.description == "\(transport.rawValue):some/where:tag")
        #expect(ImageReference.list.contains(transport.rawValue + ":"))
    }

    @Test(arguments: ["layer.tar", "-", "", "oci", ":", "OCI:a", "ftp:a", "./oci:a", "sha256:00", "ocidir:a"])
    func otherTextsAreNoImages(_ text: String) {
        #expect(ImageReference(text) == nil)
    }

    @Test(arguments: [
        ("//host/name:tag", "//host/name@D"), ("//host:5000/name:tag", "//host:5000/name@D"),
        ("//host:5000/name", "//host:5000/name@D"), ("//host/name", "//host/name@D"), ("//name", "//name@D"),
        ("//name:tag", "//name@D"), ("//host/name@sha256:00", "//host/name@D"),
        ("//host:5000/a/b:tag@sha256:00", "//host:5000/a/b@D"), ("", "@D"), ("//", "//@D"),
    ])
    func manifestsAreNamedByDigest(_ location: String, _ expected: String) {
        #expect(ImageReference(.docker, location).at("D")?.location == expected)
        #expect(ImageReference(.ociLayout, location).at("D") == nil)
    }

    @Test(
        arguments: [
            ("dir:tag", "dir", "tag"), ("dir", "dir", nil), ("dir:", "dir", nil), ("/a/b:1:2", "/a/b", "1:2"),
            ("there:is", "there:is", nil),
        ] as [(String, String, String?)])
    func layoutsHaveTags(_ location: String, _ folder: String, _ tag: String?) {
        let found = ImageReference(.ociLayout, location).layout { $0 == "there:is" }
        #expect(found.folder == folder && found.tag == tag)
    }

    @Test(arguments: ["linux/amd64", "linux/arm64/v8", "windows/amd64"])
    func platformsAreReadAndWritten(_ text: String) {
        #expect(Platform(text)?.description == text)
    }

    @Test(arguments: ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux//v7", "/"])
    func otherTextsAreNoPlatforms(_ text: String) {
        #expect(Platform(text) == nil)
    }

    @Test func aVariantThatIsNotAskedForIsAnyones() throws {
        let (plain, v8) = (try #require(Platform("linux/arm64")), try #require(Platform("linux/arm64/v8")))
        #expect(plain.accepts(v8) && v8.accepts(v8) && !v8.accepts(plain))
        #expect(!plain.accepts(try #require(Platform("linux/amd64"))))
        #expect(!plain.accepts(try #require(Platform("freebsd/arm64"))))
    }

    @Test func layersOfTwoFamiliesAreSupported() {
        for family in ["application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar"] {
            for suffix in ["", "+gzip", ".gzip", "+zstd", ".zstd"] {
                #expect(MediaType.refusal(ofLayer: family + suffix) == nil)
            }
            for suffix in ["+xz", ".", "+gzip+gzip", "+", "x"] {
                #expect(MediaType.refusal(ofLayer: family + suffix)?.contains("not supported") == true)
            }
            #expect(MediaType.refusal(ofLayer: family + "+gzip+encrypted")?.contains("encrypted") == true)
        }
        for type in [
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ] {
            #expect(MediaType.refusal(ofLayer: type)?.contains("foreign") == true)
        }
        for type in ["", "application/octet-stream", "application/vnd.wasm.content.layer.v1+wasm"] {
            #expect(MediaType.refusal(ofLayer: type) != nil)
        }
    }

    @Test func layersThatAreCompressedAnewStayInTheirFamily() {
        #expect(
            MediaType.gzipLayer(like: "application/vnd.docker.image.rootfs.diff.tar.zstd")
                == "application/vnd.docker.image.rootfs.diff.tar.gzip")
        #expect(
            MediaType.gzipLayer(like: "application/vnd.oci.image.layer.v1.tar+zstd")
                == "application/vnd.oci.image.layer.v1.tar+gzip")
    }

    /// The first two are ostree-ext's own examples.
    @Test(arguments: [
        ("registry:quay.io/coreos/fedora:latest", "registry_3A_quay_2E_io/coreos/fedora_3A_latest"),
        ("docker://quay.io/a_b", "docker_3A__2F__2F_quay_2E_io/a__b"), ("", ""), ("/", "_2F_"), ("a/", "a_2F_"),
        ("a//b", "a/_2F_b"), ("a-b/c", "a-b/c"), ("_", "__"), ("ä", "_E4_"), ("a/../b", "a/_2E__2E__2F_b"),
        ("oci:/a/.b:c", "oci_3A__2F_a/_2E_b_3A_c"),
    ])
    func namesAreEscapedLikeOSTreeExtDoes(_ name: String, _ expected: String) {
        #expect(LayerRefs.image(name) == "ostree/container/image/" + expected)
    }

    /// Whatever the name: ostree takes the ref, and finds it.
    @Test(arguments: ["docker://127.0.0.1:5000/a/b@sha256:00", "oci:/tmp/x y:ä\n", "dir:../..", "oci:a/./b", "x/.lock"])
    func refsOfAnyNameAreValid(_ name: String) throws {
        let repository = try TemporaryRepository(.archive)
        let image = try ImageBuilder(.oci, [TarBuilder.stream { $0.file("usr/a") }])
        let written = try image.write(.layout, to: repository.folder.path("layout"))
        let imported = try repository.importImage(written.reference, named: name)
        let found = try StoredImages(in: repository.repository).find(name)
        #expect(found.commit == imported.commit && found.name == name)
        #expect(try repository.ostree("rev-parse", imported.ref).output == imported.commit.hex + "\n")
    }
}
