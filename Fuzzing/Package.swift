// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Fuzzers, in a package of their own. They link with `--sanitize=fuzzer` only, which brings their `main`: `make fuzz`.
let package = Package(
    name: "layerlab-fuzzing",
    dependencies: [.package(name: "layerlab", path: "..")],
    targets: ["fuzz-splitter", "fuzz-decoders", "fuzz-blobs"].map { name in
        .executableTarget(
            name: name, dependencies: [.product(name: "LayerStoreTesting", package: "layerlab")], swiftSettings: strict)
    },
    swiftLanguageModes: [.v6]
)
