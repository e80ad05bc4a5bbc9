// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The pipeline, in order: every target depends only on those above it.
let package = Package(
    name: "layerlab",
    products: [
        .library(name: "LayerStore", targets: ["Digests", "Blobs", "Tar", "OSTree", "Strategies", "LayerStore"]),
        .executable(name: "layerlab", targets: ["layerlab"]),
        // For the package in `Fuzzing`, which holds inputs to the same laws as the tests.
        .library(name: "LayerStoreTesting", targets: ["TestSupport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        .systemLibrary(name: "COSTree", pkgConfig: "ostree-1", providers: [.apt(["libostree-dev", "libglib2.0-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),

        .target(
            name: "Digests", dependencies: [.product(name: "Crypto", package: "swift-crypto")], swiftSettings: strict),
        .target(name: "Blobs", dependencies: ["CSystem", "CZlib"], swiftSettings: strict),
        .target(name: "Tar", dependencies: ["Digests"], swiftSettings: strict),
        .target(
            name: "OSTree", dependencies: ["COSTree", "CDeflate", "CSystem", "CZlib", "Digests"], swiftSettings: strict),
        .target(
            name: "Strategies", dependencies: ["Tar", "OSTree", "CZstd", "CZlib", "Digests"], swiftSettings: strict),
        .target(
            name: "LayerStore",
            dependencies: [
                "Digests", "Tar", "OSTree", "Strategies", "CZlib", "CZstd", "CMalloc", "CSystem",
            ], swiftSettings: strict),
        .target(name: "Processes", dependencies: ["LayerStore", "CSpawn"], swiftSettings: strict),
        .target(
            name: "Images",
            dependencies: ["Digests", "Blobs", "OSTree", "Strategies", "LayerStore", "Processes"],
            swiftSettings: strict),
        .target(
            name: "Harness",
            dependencies: [
                "Digests", "Blobs", "Tar", "OSTree", "Strategies", "LayerStore", "Processes", "Images", "Yams",
            ], swiftSettings: strict),
        .executableTarget(
            name: "layerlab",
            dependencies: [
                "Digests", "Tar", "OSTree", "Strategies", "LayerStore", "Processes", "Images", "Harness",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Digests", "Blobs", "Tar", "OSTree", "Strategies", "LayerStore"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "BlobsTests", dependencies: ["Blobs", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "TarTests", dependencies: ["Tar", "Digests", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "OSTreeTests", dependencies: ["OSTree", "Digests", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StrategiesTests",
            dependencies: ["Strategies", "LayerStore", "OSTree", "Tar", "Digests", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LayerStoreTests",
            dependencies: ["LayerStore", "Strategies", "OSTree", "Tar", "Digests", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ImagesTests",
            dependencies: [
                "Images", "LayerStore", "Strategies", "OSTree", "Tar", "Digests", "Processes", "TestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "HarnessTests",
            dependencies: [
                "Harness", "Processes", "Images", "LayerStore", "Strategies", "OSTree", "Tar", "Digests", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ToolTests",
            dependencies: [
                "layerlab", "Digests", "OSTree", "Strategies", "LayerStore", "Images", "Harness", "Processes",
                "TestSupport",
            ],
            exclude: ["Faults/shim.c"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
