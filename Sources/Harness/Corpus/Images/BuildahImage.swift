import Digests
import Foundation
import Processes

/// An image that buildah builds, one layer for each step.
public struct BuildahImage: Equatable, Sendable {
    public enum Step: Equatable, Sendable {
        /// Runs a shell script in the image, as a Containerfile's RUN does.
        case run(String)
        /// Copies files of these contents to these absolute paths, as COPY does.
        case copy([String: String])
    }

    /// The corpus entry whose files are the first layer.
    public var base: String
    public var steps: [Step]

    func run(base: FetchedLayer, store: String, _ context: RecipeContext) throws(LocatedError) -> [BuiltLayer] {
        let buildah = try BuildahStorage(directory: store)
        // What an interrupted step left; none of it is a finished image.
        try buildah.run(["rm", "--all"], context)
        let names = imageNames(base: base.digest)
        var done = names.count
        while done > 0, try !buildah.has(names[done - 1], context) { done -= 1 }
        if done > 0 { context.progress("\(context.entryName): going on after step \(done) of \(names.count)") }
        for index in done..<names.count {
            context.progress("\(context.entryName): step \(index + 1) of \(names.count): \(title(index))")
            try make(index, base: base, names: names, buildah, context)
        }
        // Unlike the OCI layout's, this form's blobs can be uncompressed with buildah 1.28.
        let directory = context.workDirectory + "/image"
        context.progress("\(context.entryName): taking its layers")
        try buildah.run(
            ["push", "--quiet", "--disable-compression", names[names.count - 1], "dir:" + directory], context)
        return try ImageDirectory(directory: directory, form: .flat).layers()
    }

    private func make(
        _ index: Int, base: FetchedLayer, names: [String], _ buildah: BuildahStorage, _ context: RecipeContext
    ) throws(LocatedError) {
        let container = "work"
        let from = index == 0 ? ["scratch"] : ["--pull-never", names[index - 1]]
        try buildah.run(["from", "--name", container] + from, context)
        if index == 0 {
            try buildah.run(["add", "--quiet", container, base.path, "/"], context)
        } else {
            switch steps[index - 1] {
            case .run(let script):
                let root = try buildah.run(["mount", container], context).split(whereSeparator: \.isNewline).first
                let network = BuildNetwork.arguments(root: root.map(String.init) ?? "")
                try buildah.run(
                    ["run"] + network + [container, "--", "sh", "-euc", script], context)
            case .copy(let files):
                let tree = context.workDirectory + "/copy-\(index)"
                try StepFiles(files).write(below: tree)
                try buildah.run(["copy", "--quiet", container, tree, "/"], context)
            }
        }
        try buildah.run(["commit", "--quiet", "--rm", container, names[index]], context)
    }

    /// One image name for each layer, made of all that leads to it: what has the name is what the steps make.
    private func imageNames(base: Digest) -> [String] {
        var chain = "\(base)"
        return (0...steps.count).map { index in
            if index > 0 { chain += "\n" + steps[index - 1].fingerprint }
            var stream = SHA256Stream()
            stream.update(Array(chain.utf8)[...])
            return "localhost/layerlab-step:" + stream.digest.hex.prefix(24)
        }
    }

    /// What a step does, in one line.
    private func title(_ index: Int) -> String {
        guard index > 0 else { return "the files of \(base)" }
        switch steps[index - 1] {
        case .copy(let files): return "copy of \(files.count) files"
        case .run(let script):
            // The longest line says most of what the step is about.
            let lines: [Substring] = script.split(separator: "\n")
            let line = String(lines.max { $0.count < $1.count } ?? "")
            return "run \(line.count > 70 ? line.prefix(69) + "…" : line)"
        }
    }
}

extension BuildahImage.Step {
    fileprivate var fingerprint: String {
        switch self {
        case .run(let script): "run \(script)"
        case .copy(let files): "copy \(files.sorted { $0.key < $1.key })"
        }
    }
}

extension BuildahImage.Step: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case run, copy
    }

    public init(from decoder: any Decoder) throws {
        try StrictKeys.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let key = try StrictKeys.only(values)
        switch key {
        case .run: self = .run(try values.decode(String.self, forKey: .run))
        case .copy: self = .copy(try values.decode([String: String].self, forKey: .copy))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .run(let script): try values.encode(script, forKey: .run)
        case .copy(let files): try values.encode(files, forKey: .copy)
        }
    }
}

extension BuildahImage: Codable {
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
