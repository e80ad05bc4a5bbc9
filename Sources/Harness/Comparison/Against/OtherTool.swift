internal import Digests
internal import Foundation
internal import LayerStore
public import Processes

/// Another layerlab, to be measured beside this one: a program, or a state of the source that is built for it.
public struct OtherTool: Codable, Equatable, Sendable {
    /// As it was asked for.
    public var name: String
    /// What the program says of itself.
    public var version: String
    /// The commit that it was built from; nil for a program that was there.
    public var revision: String?
    /// Where the program is; not part of results, which another machine may read.
    public var path: String

    private enum CodingKeys: String, CodingKey { case name, version, revision }

    /// A program at this path.
    public init(program path: String, named name: String? = nil, revision: String? = nil) throws(LocatedError) {
        let result = try ChildProcess(path, ["--version"], timeoutSeconds: 30).runChecked()
        // layerlab says its version and nothing else.
        guard let version = result.output.lastLine, version.first?.isNumber == true, !version.contains(" ") else {
            throw LocatedError("is no layerlab", in: path, remedy: "name a layerlab that was built, or a git revision")
        }
        self.name = name ?? URL(filePath: path).lastPathComponent
        self.version = version
        self.revision = revision
        self.path = path
    }

    /// Whether the program loads Swift's libraries when it starts; one of `make build` and of a revision has them built in.
    public var needsSwiftLibraries: Bool {
        let program = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        return program?.range(of: Data("libswiftCore.so".utf8)) != nil
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        version = try values.decode(String.self, forKey: .version)
        revision = try values.decodeIfPresent(String.self, forKey: .revision)
        path = ""
    }

    /// The program that `text` names: a file, or a revision of the repository around the working directory, whose release
    /// build is made first where there is none of that commit yet.
    ///
    /// - Parameter note: told of a build, which takes minutes.
    public static func find(_ text: String, note: (String) -> Void) throws -> OtherTool {
        // A revision may have slashes, and a folder a branch's name.
        let path = URL(filePath: text).standardizedFileURL.path
        if Program.find(path) != nil { return try OtherTool(program: path, named: text) }
        let source = try SourceRevision(text)
        return try OtherTool(
            program: try source.build(note: note), named: text, revision: source.commit)
    }
}

/// A commit of layerlab's own source.
struct SourceRevision {
    /// The top folder of the working copy.
    let top: String
    /// The full name of the commit.
    let commit: String

    /// A build of the release configuration takes some minutes on two cores, and much longer beside others.
    private static let buildLimitSeconds = 3_600.0

    /// Finds a revision in the repository around the working directory.
    init(_ revision: String) throws(LocatedError) {
        func git(_ arguments: String...) throws(LocatedError) -> String? {
            let result = try ChildProcess("git", arguments, timeoutSeconds: 60).run()
            return result.failure == nil ? result.output.lastLine : nil
        }
        guard let top = try git("rev-parse", "--show-toplevel"),
            let package = try? String(contentsOfFile: top + "/Package.swift", encoding: .utf8),
            package.contains("name: \"layerlab\"")
        else {
            throw LocatedError(
                "is no program, and a revision only within layerlab's own source", in: revision,
                remedy: "name the path of a layerlab, or go to a clone of it first")
        }
        guard let commit = try git("rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}")
        else {
            throw LocatedError("is neither a program nor a git revision", in: revision, remedy: "git log shows them")
        }
        (self.top, self.commit) = (top, commit)
    }

    /// The path of the program; it stays for the next time.
    func build(note: (String) -> Void) throws -> String {
        let folder = URL(filePath: top).appending(path: ".build/against")
        // Two compilers' programs are not to be compared.
        let compiler = MachineDescription.current(directory: top).swiftVersion ?? "unknown"
        let key = SHA256Stream.digest(of: Array(compiler.utf8)).hex.prefix(8)
        let program = folder.appending(component: "layerlab-\(commit)-\(key)")
        if Program.find(program.path) != nil { return program.path }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        removeOldSources(in: folder)
        let source = folder.appending(component: "\(commit)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: source, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: source) }
        note("building \(commit.prefix(12)), which takes some minutes; it is kept in .build/against")
        let archive = source.path + ".tar"
        defer { try? FileManager.default.removeItem(atPath: archive) }
        try ChildProcess("git", ["-C", top, "archive", "--output", archive, commit], timeoutSeconds: 300).runChecked()
        try ChildProcess("tar", ["-xf", archive, "-C", source.path], timeoutSeconds: 300).runChecked()
        var build = ChildProcess(
            "swift",
            [
                "build", "--configuration", "release", "--static-swift-stdlib", "--product", "layerlab",
                "--package-path", source.path,
            ], timeoutSeconds: SourceRevision.buildLimitSeconds)
        let log = source.path + ".log"
        build.output = .file(path: log)
        let result = try build.run()
        try Interruption.check()
        guard result.failure == nil else {
            throw LocatedError("its build failed; \(log) says why", in: String(commit.prefix(12)))
        }
        let built = source.appending(path: ".build/release/layerlab")
        do {
            try FileManager.default.moveItem(at: built.resolvingSymlinksInPath(), to: program)
        } catch {
            // Somebody else may have built the same meanwhile.
            guard Program.find(program.path) != nil else { throw error }
        }
        try? FileManager.default.removeItem(atPath: log)
        return program.path
    }

    /// Takes away what builds have left that were killed: a day is longer than any takes.
    private func removeOldSources(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where !name.hasPrefix("layerlab-") {
            let path = folder.appending(component: name).path
            let changed = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            if let changed, changed.timeIntervalSinceNow < -86_400 { try? FileManager.default.removeItem(atPath: path) }
        }
    }
}
