// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Micro-benchmarks, in a package of their own: whoever builds the tool does not build these, nor what they need.
let package = Package(
    name: "layerlab-benchmarks",
    dependencies: [
        .package(name: "layerlab", path: ".."),
        // No traits: its default one counts allocations through jemalloc, another system library.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // What is measured, for both of those who do.
        .target(
            name: "Subjects", dependencies: [.product(name: "LayerStore", package: "layerlab")], path: "Subjects",
            swiftSettings: strict),
        .executableTarget(
            name: "HotTypes", dependencies: ["Subjects", .product(name: "Benchmark", package: "benchmark")],
            path: "HotTypes", swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        .executableTarget(
            name: "count-hot-types", dependencies: ["Subjects"], path: "Count", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
