// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// In a release build, too, the tests themselves are not optimised: that takes long, and their time is spent in what they test.
let tests = strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

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
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        .systemLibrary(name: "COSTree", pkgConfig: "ostree-1", providers: [.apt(["libostree-dev", "libglib2.0-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CMalloc"),
        // `CLinux` is swift-system's, which the benchmarks' package has too.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),

        .target(
            name: "Digests", dependencies: [.product(name: "Crypto", package: "swift-crypto")], swiftSettings: strict),
        .target(name: "Blobs", dependencies: ["CLinux", "CZlib"], swiftSettings: strict),
        .target(name: "Tar", dependencies: ["Digests"], swiftSettings: strict),
        .target(
            name: "OSTree", dependencies: ["COSTree", "CDeflate", "CLinux", "CZlib", "Digests"], swiftSettings: strict),
        .target(
            name: "Strategies", dependencies: ["Tar", "OSTree", "CZstd", "CZlib", "Digests"], swiftSettings: strict),
        .target(
            name: "LayerStore",
            dependencies: [
                "Digests", "Tar", "OSTree", "Strategies", "CZlib", "CZstd", "CMalloc", "CLinux",
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
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [
                .embedInCode("Report/Page/report.css"), .embedInCode("Report/Page/report.js"),
                .embedInCode("Report/Page/report.mustache"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "layerlab",
            dependencies: [
                "Digests", "Tar", "OSTree", "Strategies", "LayerStore", "Processes", "Images", "Harness",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),

        // What the documentation shows: laws and tests hold it, and no product has it.
        .target(
            name: "ExampleStrategies", dependencies: ["Digests", "Tar", "OSTree", "Strategies"],
            path: "Examples/Strategies", swiftSettings: strict),
        .executableTarget(
            name: "round-trip", dependencies: ["Digests", "OSTree", "Strategies", "LayerStore", "ExampleStrategies"],
            path: "Examples/RoundTrip", swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Digests", "Blobs", "Tar", "OSTree", "Strategies", "LayerStore"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "BlobsTests", dependencies: ["Blobs", "TestSupport"], swiftSettings: tests),
        .testTarget(name: "TarTests", dependencies: ["Tar", "Digests", "TestSupport"], swiftSettings: tests),
        .testTarget(name: "OSTreeTests", dependencies: ["OSTree", "Digests", "TestSupport"], swiftSettings: tests),
        .testTarget(
            name: "StrategiesTests",
            dependencies: ["Strategies", "LayerStore", "OSTree", "Tar", "Digests", "ExampleStrategies", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "LayerStoreTests",
            dependencies: ["LayerStore", "Strategies", "OSTree", "Tar", "Digests", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "ImagesTests",
            dependencies: [
                "Images", "LayerStore", "Strategies", "OSTree", "Tar", "Digests", "Processes", "TestSupport",
            ], swiftSettings: tests),
        .testTarget(
            name: "HarnessTests",
            dependencies: [
                "Harness", "Processes", "Images", "LayerStore", "Strategies", "OSTree", "Tar", "Digests", "TestSupport",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "ToolTests",
            dependencies: [
                "layerlab", "Digests", "OSTree", "Strategies", "LayerStore", "Images", "Harness", "Processes",
                "TestSupport",
            ],
            exclude: ["Faults/shim.c"], swiftSettings: tests),
        .testTarget(
            name: "ExamplesTests",
            dependencies: [
                "ExampleStrategies", "round-trip", "LayerStore", "Strategies", "OSTree", "Tar", "TestSupport",
            ], swiftSettings: tests),
    ],
    swiftLanguageModes: [.v6]
)
