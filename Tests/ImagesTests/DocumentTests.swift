import Digests
import Foundation
import LayerStore
import TestSupport
import Testing

@testable import Images

/// Manifests, indexes and configurations: what is understood, and what is refused and why.
@Suite struct DocumentTests {
    private static let streams = [TarBuilder.stream { $0.file("usr/a") }, TarBuilder.stream { $0.file("usr/b", [1]) }]

    private func failure(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return "\(error)" }
    }

    private func manifest(_ bytes: [UInt8], mediaType: String? = nil) throws -> ImageManifest {
        try ImageManifest(ImageDocument("it", bytes), mediaType: mediaType)
    }

    @Test(arguments: ImageBuilder.Family.allCases)
    func manifestsOfBothFamiliesAreRead(_ family: ImageBuilder.Family) throws {
        let image = try ImageBuilder(family, Self.streams)
        let configuration = try image.configuration()
        let bytes = try image.manifest(configuration)
        let manifest = try manifest(bytes, mediaType: image.manifestType)
        #expect(manifest.bytes == bytes && manifest.digest == SHA256Stream.digest(of: bytes))
        #expect(manifest.mediaType == image.manifestType)
        #expect(manifest.layers.map(\.digest) == Self.streams.map { SHA256Stream.digest(of: $0) })
        #expect(manifest.layers.map(\.byteCount) == Self.streams.map { UInt64($0.count) })
        let read = try ImageConfiguration(
            ImageDocument("it", configuration, expecting: manifest.configuration), of: manifest)
        #expect(read.diffIDs == Self.streams.map { SHA256Stream.digest(of: $0) } && read.bytes == configuration)
    }

    /// OCI manifests need not say what they are.
    @Test func typelessManifestIsWhatItsDescriptorSays() throws {
        var image = try ImageBuilder(.oci, Self.streams)
        image.editManifest = { $0["mediaType"] = nil }
        let bytes = try image.manifest(image.configuration())
        #expect(try manifest(bytes).mediaType == MediaType.ociManifest)
        #expect(try manifest(bytes, mediaType: MediaType.dockerManifest).mediaType == MediaType.dockerManifest)
    }

    @Test(arguments: [
        ("schema", "version 1"), ("schema3", "version 3"), ("noSchema", "schemaVersion"), ("index", "index"),
        ("noConfig", "no configuration"), ("noLayers", "no layers"), ("otherType", "its descriptor"),
        ("unknownType", "not supported"), ("artifact", "no container image"), ("sha512", "no SHA-256 digest"),
        ("path", "no SHA-256 digest"), ("negative", "size"), ("fraction", "size"), ("huge", "size"),
        ("text", "size"), ("noDigest", "digest"), ("annotations", "annotations"),
    ])
    func brokenManifestIsRefused(_ name: String, _ reason: String) throws {
        var image = try ImageBuilder(.oci, Self.streams)
        image.editManifest = { manifest in
            func first(_ edit: (inout [String: Any]) -> Void) {
                var layers = manifest["layers"] as! [[String: Any]]
                edit(&layers[0])
                manifest["layers"] = layers
            }
            switch name {
            case "schema": manifest["schemaVersion"] = 1
            case "schema3": manifest["schemaVersion"] = 3
            case "noSchema": manifest["schemaVersion"] = nil
            case "index": manifest["manifests"] = [[String: Any]]()
            case "noConfig": manifest["config"] = nil
            case "noLayers": manifest["layers"] = nil
            case "otherType": manifest["mediaType"] = MediaType.dockerManifest
            case "unknownType": manifest["mediaType"] = "application/vnd.oci.artifact.manifest.v1+json"
            case "artifact":
                var configuration = manifest["config"] as! [String: Any]
                configuration["mediaType"] = "application/vnd.oci.empty.v1+json"
                manifest["config"] = configuration
            case "sha512": first { $0["digest"] = "sha512:" + String(repeating: "0", count: 128) }
            case "path": first { $0["digest"] = "sha256:../../../../etc/passwd" }
            case "negative": first { $0["size"] = -1 }
            case "fraction": first { $0["size"] = 1.5 }
            case "huge": first { $0["size"] = 1e30 }
            case "text": first { $0["size"] = "1" }
            case "noDigest": first { $0["digest"] = nil }
            default: first { $0["annotations"] = ["a": 1] }
            }
        }
        let bytes = try image.manifest(image.configuration())
        let type = name == "unknownType" ? nil : MediaType.ociManifest
        let text = try #require(failure { _ = try manifest(bytes, mediaType: type) })
        #expect(text.contains(reason) && text.hasPrefix("it: ") && !text.contains("\n"), "\(text)")
    }

    @Test(arguments: ["", "{", "[]", "null", "1", "\u{feff}{}", "{}\0", "{\"a\": 1}}"])
    func whatIsNoDocumentIsRefused(_ text: String) {
        let failure = failure { _ = try manifest(Array(text.utf8)) }
        #expect(failure?.hasPrefix("it: ") == true && failure?.contains("\n") == false, "\(failure ?? "taken")")
    }

    @Test func documentsHaveLimits() throws {
        let padded = Array("{\"schemaVersion\": 2}".utf8)
        let blanks = [UInt8](repeating: 32, count: ImageDocument.maximumBytes + 1 - padded.count)
        let failure = try #require(failure { _ = try manifest(padded + blanks) })
        #expect(failure.contains("4 MiB"))
        // Far deeper than any reader's stack.
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(self.failure { _ = try manifest(deep) } != nil)
        #expect(self.failure { _ = try manifest([0xff, 0xfe]) }?.contains("UTF-8") == true)
    }

    @Test func anotherSizeOrDigestIsRefused() throws {
        let image = try ImageBuilder(.oci, Self.streams)
        let configuration = try image.configuration()
        var descriptor = try manifest(image.manifest(configuration)).configuration
        descriptor.byteCount += 1
        #expect(
            failure { _ = try ImageDocument("it", configuration, expecting: descriptor) }?.contains("bytes instead of")
                == true)
        descriptor.byteCount -= 1
        var changed = configuration
        changed[changed.count - 2] ^= 1
        #expect(
            failure { _ = try ImageDocument("it", changed, expecting: descriptor) }?.contains("its digest is") == true)
    }

    @Test(arguments: [
        ("none", "rootfs"), ("type", "not 'layers'"), ("fewer", "1 diff IDs"), ("more", "3 diff IDs"),
        ("digest", "no SHA-256 digest"),
    ])
    func brokenConfigurationIsRefused(_ name: String, _ reason: String) throws {
        var image = try ImageBuilder(.oci, Self.streams)
        let diffIDs = image.layers.map(\.diffID)
        image.editConfiguration = { configuration in
            switch name {
            case "none": configuration["rootfs"] = nil
            case "type": configuration["rootfs"] = ["type": "layers+base", "diff_ids": diffIDs]
            case "fewer": configuration["rootfs"] = ["type": "layers", "diff_ids": [diffIDs[0]]]
            case "more": configuration["rootfs"] = ["type": "layers", "diff_ids": diffIDs + [diffIDs[0]]]
            default: configuration["rootfs"] = ["type": "layers", "diff_ids": [diffIDs[0], "md5:0"]]
            }
        }
        let configuration = try image.configuration()
        let manifest = try manifest(image.manifest(configuration))
        let text = failure { _ = try ImageConfiguration(ImageDocument("it", configuration), of: manifest) }
        #expect(text?.contains(reason) == true && text?.hasPrefix("it: ") == true, "\(text ?? "taken")")
    }

    // MARK: Indexes

    private func entry(_ name: String, _ platform: String?) -> [String: Any] {
        var entry: [String: Any] = [
            "mediaType": MediaType.ociManifest, "size": 1,
            "digest": SHA256Stream.digest(of: Array(name.utf8)).description,
        ]
        if let platform = platform.flatMap(Platform.init) {
            var value = ["os": platform.os, "architecture": platform.architecture]
            value["variant"] = platform.variant
            entry["platform"] = value
        }
        return entry
    }

    private func choose(_ platform: String, of entries: [[String: Any]]) throws -> Digest {
        let document = try ImageDocument("it", ImageBuilder.json(["schemaVersion": 2, "manifests": entries]))
        let index = try #require(try ImageIndex(document))
        return try index.manifest(for: #require(Platform(platform)), in: document).digest
    }

    @Test func indexesChooseByPlatform() throws {
        let entries = [
            entry("attested", "unknown/unknown"), entry("x", "linux/amd64"), entry("v7", "linux/arm/v7"),
            entry("v6", "linux/arm/v6"), entry("a64", "linux/arm64/v8"), entry("w", "windows/amd64"),
        ]
        for (platform, name) in [
            ("linux/amd64", "x"), ("linux/arm/v6", "v6"), ("linux/arm", "v7"), ("linux/arm64", "a64"),
            ("windows/amd64", "w"),
        ] {
            #expect(try choose(platform, of: entries) == SHA256Stream.digest(of: Array(name.utf8)))
        }
        let text = try #require(failure { _ = try choose("linux/s390x", of: entries) })
        #expect(text.contains("linux/s390x") && text.contains("linux/arm/v7") && text.contains("--platform"))
        #expect(!text.contains("unknown"))
    }

    @Test func aSingleManifestWithoutPlatformIsForAll() throws {
        let only = try choose("linux/s390x", of: [entry("x", nil)])
        #expect(only == SHA256Stream.digest(of: Array("x".utf8)))
        #expect(failure { _ = try choose("linux/s390x", of: [entry("x", nil), entry("y", nil)]) } != nil)
        #expect(failure { _ = try choose("linux/s390x", of: []) }?.contains("none") == true)
    }

    @Test func oneDocumentIsNotTwoThings() throws {
        let both = try ImageBuilder.json([
            "schemaVersion": 2, "manifests": [entry("x", nil)], "layers": [[String: Any]](),
        ])
        #expect(failure { _ = try ImageIndex(ImageDocument("it", both)) }?.contains("at once") == true)
        let document = try ImageDocument("it", ImageBuilder.json(["schemaVersion": 2, "layers": [[String: Any]]()]))
        #expect(try ImageIndex(document) == nil)
    }

    // MARK: Layouts

    /// A layout whose index has the image below so many further indexes.
    private func nested(_ depth: Int, in folder: TemporaryFolder) throws -> String {
        let written = try ImageBuilder(.oci, Self.streams).write(.layout, to: folder.path("layout-\(depth)"))
        var (digest, byteCount, type) = (written.manifestDigest, written.manifest.count, MediaType.ociManifest)
        for _ in 0..<depth {
            var inner = entry("", "linux/\(ImageBuilder.architecture)")
            (inner["digest"], inner["size"], inner["mediaType"]) = (digest.description, byteCount, type)
            let index = try ImageBuilder.json([
                "schemaVersion": 2, "manifests": [entry("attested", "unknown/unknown"), inner],
            ])
            (digest, byteCount) = (SHA256Stream.digest(of: index), index.count)
            type = "application/vnd.oci.image.index.v1+json"
            try Data(index).write(to: URL(filePath: written.path(of: digest)))
        }
        let top: [String: Any] = ["mediaType": type, "digest": digest.description, "size": byteCount]
        try Data(ImageBuilder.json(["schemaVersion": 2, "manifests": [top]]))
            .write(to: URL(filePath: written.folder + "/index.json"))
        return written.folder
    }

    @Test func nestedIndexesAreFollowedAFewSteps() throws {
        let folder = try TemporaryFolder()
        for depth in 0..<4 {
            let image = try ImageOpener(temporaryFolder: folder.path)
                .open(ImageReference(.ociLayout, nested(depth, in: folder)))
            #expect(image.manifest.layers.count == 2)
        }
        let text = try #require(
            failure {
                _ = try ImageOpener(temporaryFolder: folder.path)
                    .open(ImageReference(.ociLayout, nested(4, in: folder)))
            })
        #expect(text.contains("without end"))
    }

    @Test func tagsOfALayoutAreFoundAndListed() throws {
        let folder = try TemporaryFolder()
        let layout = folder.path("layout")
        try ImageBuilder(.oci, [Self.streams[0]]).write(.layout, to: layout, tag: "one")
        try ImageBuilder(.docker, Self.streams).write(.layout, to: layout, tag: "two")
        let opener = ImageOpener(temporaryFolder: folder.path)
        func count(_ name: String) throws -> Int {
            try opener.open(ImageReference(.ociLayout, name)).manifest.layers.count
        }
        #expect(try count(layout + ":one") == 1)
        #expect(try count(layout + ":two") == 2)
        #expect(failure { _ = try count(layout) }?.contains("one, two") == true)
        #expect(failure { _ = try count(layout + ":three") }?.contains("one, two") == true)
        #expect(failure { _ = try count(folder.path("none:one")) }?.contains("no folder") == true)
    }
}
