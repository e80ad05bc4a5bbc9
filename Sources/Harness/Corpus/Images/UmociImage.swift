import Foundation
import Processes

/// An image that umoci packs from a directory tree, one layer for each step. Its layers are gzip, and are taken
/// uncompressed.
public struct UmociImage: Equatable, Sendable {
    public enum Step: Equatable, Sendable {
        /// Runs a shell script on this machine with the image's tree as its working directory, and packs what changed.
        case change(String)
        /// Inserts a tree as a layer of its own.
        case insert(Insertion)
    }

    public struct Insertion: Codable, Equatable, Sendable {
        /// The directory in the image that the tree goes to.
        public var to: String
        /// Whether the tree hides what was in that directory before.
        public var opaque: Bool
        /// A shell script that fills its working directory, which is the tree; `$ROOT` is the image's own tree.
        public var make: String

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case to, opaque, make
        }

        public init(from decoder: any Decoder) throws {
            try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
            let values = try decoder.container(keyedBy: CodingKeys.self)
            to = try values.decode(String.self, forKey: .to)
            opaque = try values.decode(Bool.self, forKey: .opaque)
            make = try values.decode(String.self, forKey: .make)
        }
    }

    /// The corpus entry whose files are the first layer.
    public var base: String
    public var steps: [Step]

    func run(base: FetchedLayer, _ context: RecipeContext) throws(LocatedError) -> [BuiltLayer] {
        let layout = context.workDirectory + "/oci"
        let image = layout + ":image"
        let bundle = context.workDirectory + "/bundle"
        let root = bundle + "/rootfs"
        context.progress("\(context.entryName): packing \(steps.count + 1) layers with umoci")
        try run("umoci", ["init", "--layout", layout], context)
        try run("umoci", ["new", "--image", image], context)
        try run("umoci", ["unpack", "--image", image, bundle], context)
        try run(
            "tar",
            [
                "--extract", "--numeric-owner", "--xattrs",
                // Else only those of users are restored, and no file capabilities.
                "--xattrs-include=*", "--file=\(base.path)", "--directory=\(root)",
            ], context)
        let repack = ["repack", "--refresh-bundle", "--image", image, bundle]
        try run("umoci", repack, context)
        for (index, step) in steps.enumerated() {
            switch step {
            case .change(let script):
                try run("sh", ["-euc", script], in: root, context)
                try run("umoci", repack, context)
            case .insert(let insertion):
                let tree = context.workDirectory + "/insert-\(index)"
                do {
                    try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
                } catch {
                    throw LocatedError("cannot be made: \(error.localizedDescription)", in: tree)
                }
                try run("sh", ["-euc", insertion.make], in: tree, root: root, context)
                let opaque = insertion.opaque ? ["--opaque"] : []
                try run("umoci", ["insert", "--image", image] + opaque + [tree, insertion.to], context)
            }
        }
        return try ImageDirectory(directory: layout, form: .ociLayout(tag: "image")).layers()
    }

    private func run(
        _ program: String, _ arguments: [String], in directory: String? = nil, root: String? = nil,
        _ context: RecipeContext
    ) throws(LocatedError) {
        var child = ChildProcess(program, arguments, timeoutSeconds: 1_800)
        child.environment = ["LC_ALL": "C", "TMPDIR": context.workDirectory, "TAR_OPTIONS": ""]
        if let root { child.environment["ROOT"] = root }
        child.workingDirectory = directory ?? context.workDirectory
        let result = try child.run()
        guard let failure = result.failure else { return }
        // tar's own last words only say that it failed.
        let lines = result.error.text.split(separator: "\n")
        let cause = lines.last { !$0.contains("Error is not recoverable") && !$0.contains("Exiting with failure") }
        throw LocatedError(
            "\(program) \(arguments[0]) failed: \(cause.map(String.init) ?? failure.what)", in: context.entryName)
    }
}

extension UmociImage.Step: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case change, insert
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let key = try StrictKeys.only(values)
        switch key {
        case .change: self = .change(try values.decode(String.self, forKey: .change))
        case .insert: self = .insert(try values.decode(UmociImage.Insertion.self, forKey: .insert))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .change(let script): try values.encode(script, forKey: .change)
        case .insert(let insertion): try values.encode(insertion, forKey: .insert)
        }
    }
}

extension UmociImage: Codable {
    private enum CodingKeys: String, CodingKey {
        case base, steps
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: ["kind", "base", "steps"])
        let values = try decoder.container(keyedBy: CodingKeys.self)
        base = try values.decode(String.self, forKey: .base)
        steps = try values.decode([Step].self, forKey: .steps)
    }
}
