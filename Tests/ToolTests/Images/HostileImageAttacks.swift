import Digests
import Foundation
import TestSupport

/// Each a thing that is wrong with an image of four layers: gzip, plain, gzip, zstd.
enum HostileImageAttacks {
    typealias Attack = HostileImageTests.Attack

    static let all = blobs + sizes + documents + kinds + files

    private static func change(_ path: String, _ edit: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(filePath: path))
        edit(&data)
        try data.write(to: URL(filePath: path))
    }

    private static func replace(_ path: String, _ arguments: String...) throws {
        try FileManager.default.removeItem(atPath: path)
        let result = try run(arguments[0], arguments.dropFirst() + [path])
        guard result.exitCode == 0 else { throw ProgramError(description: result.errors) }
    }

    /// Gives a layer another blob, which the descriptor tells the truth about.
    private static func set(_ blob: [UInt8], at number: Int, in image: inout ImageBuilder) {
        let others = image.layers
        image.layers = []
        for (index, layer) in others.enumerated() {
            if index == number {
                image.add(layer.stream, blob: blob, suffix: "gzip")
            } else {
                image.layers.append(layer)
            }
        }
    }

    private static let blobs = [
        Attack(name: "another byte in a gzip blob", exitCode: 1, words: ["its digest is"]) {
            _ in
        } damage: {
            try change($0.blobs[0]) { $0[5] ^= 1 }
        },
        Attack(name: "another byte in a plain blob", exitCode: 1, words: ["its digest is"]) {
            _ in
        } damage: {
            try change($0.blobs[1]) { $0[600] ^= 1 }
        },
        Attack(name: "another diff ID in layer 3", exitCode: 1, words: ["the configuration says"]) {
            $0.layers[2].diffID = $0.layers[1].diffID
        },
        Attack(name: "corrupt gzip with its digest", words: ["gzip"]) { image in
            var blob = image.layers[2].blob!
            for place in 40..<80 { blob[place] = 0xff }
            set(blob, at: 2, in: &image)
        },
        Attack(name: "truncated gzip with its digest", words: ["ends too early"]) { image in
            set(Array(image.layers[2].blob!.dropLast(20)), at: 2, in: &image)
        },
        Attack(name: "corrupt zstd with its digest", words: ["zstd"]) { image in
            var blob = image.layers[3].blob!
            for place in 30..<60 { blob[place] ^= 0x55 }
            set(blob, at: 3, in: &image)
        },
        Attack(name: "trash behind the gzip data", words: ["gzip"]) { image in
            set(image.layers[2].blob! + [1, 2, 3], at: 2, in: &image)
        },
        Attack(
            name: "a layer that inflates to more than is allowed", words: ["inflate to more than 100000"],
            options: ["--max-layer-bytes", "100000"]
        ) { image in
            try image.add([UInt8](repeating: 0, count: 40 << 20), .gzip)
        },
        Attack(name: "one blob with two diff IDs", exitCode: 1, words: ["two diff IDs"]) { image in
            image.layers.append(image.layers[0])
            image.layers[4].diffID = image.layers[1].diffID
        },
        Attack(name: "xz", words: ["xz"]) { image in
            set([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2, 3], at: 2, in: &image)
        },
    ]

    private static let sizes = [
        Attack(name: "a blob that is shorter", exitCode: 1, words: ["instead of"]) {
            _ in
        } damage: {
            try change($0.blobs[1]) { $0.removeLast() }
        },
        Attack(name: "a blob that is longer", exitCode: 1, words: ["instead of"]) {
            _ in
        } damage: {
            try change($0.blobs[1]) { $0.append(0) }
        },
        Attack(name: "an empty blob", exitCode: 1, words: ["0 bytes instead of"]) {
            _ in
        } damage: {
            try change($0.blobs[0]) { $0 = Data() }
        },
        Attack(name: "a size that lies", exitCode: 1, words: ["instead of"]) { $0.layers[3].byteCount += 1 },
        Attack(name: "a configuration that is shorter", exitCode: 1, words: ["configuration", "instead of"]) {
            _ in
        } damage: {
            try change($0.configurationFile) { $0.removeLast() }
        },
        Attack(name: "a configuration that is longer", exitCode: 1, words: ["configuration", "instead of"]) {
            _ in
        } damage: {
            try change($0.configurationFile) { $0.append(32) }
        },
        Attack(name: "another configuration of that size", exitCode: 1, words: ["configuration", "its digest is"]) {
            _ in
        } damage: {
            try change($0.configurationFile) { $0[$0.count - 1] = 32 }
        },
        Attack(name: "a manifest that is shorter", exitCode: 1, words: ["manifest", "instead of"]) {
            _ in
        } damage: {
            try change($0.manifestFile) { $0.removeLast() }
        },
        Attack(name: "a manifest that is longer", exitCode: 1, words: ["manifest", "instead of"]) {
            _ in
        } damage: {
            try change($0.manifestFile) { $0.append(32) }
        },
        Attack(name: "another manifest of that size", exitCode: 1, words: ["manifest", "its digest is"]) {
            _ in
        } damage: {
            try change($0.manifestFile) { $0[$0.count - 1] = 32 }
        },
        Attack(name: "a manifest beyond 4 MiB", words: ["4 MiB"]) { image in
            image.editManifest = { $0["annotations"] = ["a": String(repeating: "x", count: 4 << 20)] }
        },
        Attack(name: "a flat manifest beyond 4 MiB", words: ["4 MiB"], isFlat: true) { image in
            image.editManifest = { $0["annotations"] = ["a": String(repeating: "x", count: 4 << 20)] }
        },
        Attack(name: "a configuration beyond 4 MiB", words: ["4 MiB"]) { image in
            image.editConfiguration = { $0["author"] = String(repeating: "x", count: 4 << 20) }
        },
    ]

    private static let documents = [
        Attack(name: "more diff IDs than layers", words: ["5 diff IDs"]) { image in
            let diffIDs = image.layers.map(\.diffID)
            image.editConfiguration = { $0["rootfs"] = ["type": "layers", "diff_ids": diffIDs + diffIDs.prefix(1)] }
        },
        Attack(name: "fewer diff IDs than layers", words: ["3 diff IDs"]) { image in
            let diffIDs = image.layers.map(\.diffID)
            image.editConfiguration = { $0["rootfs"] = ["type": "layers", "diff_ids": Array(diffIDs.prefix(3))] }
        },
        Attack(name: "schema version 1", words: ["schema version 1"]) { image in
            image.editManifest = { $0["schemaVersion"] = 1 }
        },
        Attack(name: "an artifact", words: ["no container image"]) { image in
            image.editManifest = { manifest in
                var configuration = manifest["config"] as! [String: Any]
                configuration["mediaType"] = "application/vnd.oci.empty.v1+json"
                manifest["config"] = configuration
            }
        },
        Attack(name: "a digest that is a path", words: ["no SHA-256 digest"]) {
            $0.layers[1].digest = "sha256:../../x"
        },
        Attack(name: "a diff ID that is a path", words: ["no SHA-256 digest"]) { $0.layers[1].diffID = "../../x" },
        Attack(
            name: "no image for this system", words: ["no image for plan9/amd64"],
            options: ["--platform", "plan9/amd64"]
        ) {
            _ in
        } damage: { written in
            let entry: [String: Any] = [
                "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": written.manifest.count,
                "digest": written.manifestDigest.description, "platform": ["os": "linux", "architecture": "riscv64"],
            ]
            let inner = try ImageBuilder.json(["schemaVersion": 2, "manifests": [entry]])
            let digest = SHA256Stream.digest(of: inner)
            try Data(inner).write(to: URL(filePath: written.path(of: digest)))
            let outer: [String: Any] = [
                "mediaType": "application/vnd.oci.image.index.v1+json", "size": inner.count,
                "digest": digest.description,
                "annotations": ["org.opencontainers.image.ref.name": "latest"],
            ]
            try Data(ImageBuilder.json(["schemaVersion": 2, "manifests": [outer]]))
                .write(to: URL(filePath: written.folder + "/index.json"))
        },
        Attack(name: "an index without such a tag", words: ["no image 'latest'", "other"]) { image in
            image.editEntry = { $0["annotations"] = ["org.opencontainers.image.ref.name": "other"] }
        },
        Attack(name: "an index that is none", words: ["index.json"]) { image in
            image.editIndex = { $0["manifests"] = nil }
        },
        Attack(name: "an index that is no JSON", words: ["index.json"]) {
            _ in
        } damage: {
            try change($0.folder + "/index.json") { $0 = Data("{".utf8) }
        },
        Attack(name: "an index and a manifest at once", words: ["at once"]) { image in
            image.editIndex = { $0["layers"] = [[String: Any]]() }
        },
    ]

    private static let kinds = [
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "foreign"),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar", "foreign"),
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "encrypted"),
        ("application/vnd.oci.image.layer.v1.tar+xz", "not supported"), ("application/wasm", "not supported"),
        ("", "not supported"),
    ].map { type, word in
        Attack(name: "layers of type '\(type)'", words: [word, "layer 2"]) { $0.layers[1].mediaType = type }
    }

    private static let files = [
        Attack(name: "a blob that is missing", words: ["is missing"]) { $0.layers[2].blob = nil },
        Attack(name: "a configuration that is missing", words: ["configuration"]) {
            _ in
        } damage: {
            try FileManager.default.removeItem(atPath: $0.configurationFile)
        },
        Attack(name: "a manifest that is missing", words: ["manifest"]) {
            _ in
        } damage: {
            try FileManager.default.removeItem(atPath: $0.manifestFile)
        },
        Attack(name: "an index that is missing", words: ["index.json"]) {
            _ in
        } damage: {
            try FileManager.default.removeItem(atPath: $0.folder + "/index.json")
        },
        Attack(name: "a blob that is a pipe", words: ["no regular file"]) {
            _ in
        } damage: {
            try replace($0.blobs[2], "mkfifo")
        },
        Attack(name: "a blob that is a folder", words: ["no regular file"]) {
            _ in
        } damage: {
            try replace($0.blobs[2], "mkdir")
        },
        Attack(name: "a blob that is a link to a file", exitCode: 1, words: ["instead of"]) {
            _ in
        } damage: {
            try replace($0.blobs[2], "ln", "-s", "/etc/passwd")
        },
        Attack(name: "a blob that is a link to a device", words: ["no regular file"]) {
            _ in
        } damage: {
            try replace($0.blobs[2], "ln", "-s", "/dev/zero")
        },
        Attack(name: "a blob that is a link to itself", words: ["blob"]) {
            _ in
        } damage: {
            try replace($0.blobs[2], "ln", "-s", $0.blobs[2])
        },
        Attack(name: "an index that is a pipe", words: ["index.json"]) {
            _ in
        } damage: {
            try replace($0.folder + "/index.json", "mkfifo")
        },
        Attack(name: "an index that is a link to a device", words: ["index.json"]) {
            _ in
        } damage: {
            try replace($0.folder + "/index.json", "ln", "-s", "/dev/zero")
        },
        Attack(name: "a flat manifest that is a pipe", words: ["manifest.json"], isFlat: true) {
            _ in
        } damage: {
            try replace($0.manifestFile, "mkfifo")
        },
        Attack(name: "a configuration that is a pipe", words: ["configuration"]) {
            _ in
        } damage: {
            try replace($0.configurationFile, "mkfifo")
        },
    ]
}
