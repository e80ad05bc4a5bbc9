import TestSupport

/// Random layers over each other: what they do is sound, so that every program agrees on what comes of it.
struct RandomLayers {
    private enum Kind: Equatable {
        case folder, file
        /// A link to a folder, by its path.
        case link(String)
    }

    private(set) var streams: [[UInt8]] = []
    private var random: SeededGenerator
    /// What is there so far, by path.
    private var state: [String: Kind] = [:]
    /// What this layer has done: paths, and whether each is a folder now.
    private var used: [String: Bool] = [:]
    private var removed: Set<String> = []
    private var whiteouts = TarBuilder()
    private var tar = TarBuilder()

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        for _ in 0..<number(2...4) { addLayer() }
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func isLucky(_ oneIn: Int) -> Bool { number(1...oneIn) == 1 }

    private mutating func addLayer() {
        (used, removed, whiteouts, tar) = ([:], [], TarBuilder(), TarBuilder())
        if isLucky(3) { tar.directory("./", mode: mode(0o755)) }
        for _ in 0..<number(1...12) {
            switch number(0...11) {
            case 0...3: addFile()
            case 4...5: addFolder()
            case 6: addLink()
            case 7: addHardLink()
            case 8: addBelowLink()
            case 9...10: remove()
            default: makeOpaque()
            }
        }
        // The specification has whiteouts before what is new.
        var whole = whiteouts
        whole.raw(tar.bytes)
        whole.end()
        streams.append(whole.bytes)
    }

    // MARK: Paths

    private mutating func path() -> String {
        let top = ["usr", "etc", "var", "opt", "usr/share"].randomElement(using: &random)!
        return ([top] + (0..<number(1...3)).map { _ in ["a", "b", "c"].randomElement(using: &random)! })
            .joined(separator: "/")
    }

    private func parents(_ path: String) -> [String] {
        path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }
    }

    private func isBelow(_ path: String, _ folder: String) -> Bool { path.hasPrefix(folder + "/") }

    /// Whether this layer may put something there.
    private func isFree(_ path: String, asFolder: Bool) -> Bool {
        used[path] == nil && !removed.contains(path)
            && !parents(path).contains { used[$0] == false || removed.contains($0) }
            && (asFolder || !used.keys.contains { isBelow($0, path) })
    }

    /// No folder gets the set-group-ID bit: file systems pass it on to folders that are made in one, and so does umoci.
    private mutating func mode(_ plain: UInt32) -> UInt32 {
        isLucky(2) ? plain : [0o700, 0o1777, 0o711, 0o4711, 0o640].randomElement(using: &random)!
    }

    private mutating func owner() -> Int64 { isLucky(3) ? Int64(number(1...70_000)) : 0 }

    private mutating func describe(_ path: String) {
        let (mode, userID, groupID) = (mode(0o755), owner(), owner())
        tar.directory(path + "/", mode: mode) { ($0.userID, $0.groupID) = (userID, groupID) }
        put(.folder, at: path)
    }

    private mutating func put(_ kind: Kind, at path: String) {
        if kind != .folder || state[path] != .folder {
            for other in state.keys where isBelow(other, path) { state[other] = nil }
        }
        state[path] = kind
        used[path] = kind == .folder
    }

    /// Sees to the folders above a path: some are described, and some implied.
    private mutating func prepare(_ path: String) {
        for parent in parents(path) where used[parent] == nil {
            if let kind = state[parent], kind != .folder {
                describe(parent)
            } else if isLucky(2) {
                describe(parent)
            } else {
                put(.folder, at: parent)
            }
        }
    }

    // MARK: What a layer does

    private mutating func addFile() {
        let path = path()
        guard isFree(path, asFolder: false) else { return }
        prepare(path)
        if isLucky(4) { tar.extendedAttribute("user.note", random.bytes(5)) }
        let (payload, mode, userID) = (random.bytes(number(0...20)), mode(0o644), owner())
        tar.file(path, payload, mode: mode) { $0.userID = userID }
        put(.file, at: path)
    }

    private mutating func addFolder() {
        let path = path()
        guard isFree(path, asFolder: true) else { return }
        prepare(path)
        describe(path)
    }

    /// A link to a folder that is there.
    private mutating func addLink() {
        let path = path()
        let folders = state.filter { $0.value == .folder && used[$0.key] != false }.keys.sorted()
        guard isFree(path, asFolder: false), let target = folders.randomElement(using: &random),
            target != path, !isBelow(target, path)
        else { return }
        prepare(path)
        let up = String(repeating: "../", count: parents(path).count)
        tar.symbolicLink(path, to: (isLucky(2) ? "/" : up) + target)
        put(.link(target), at: path)
    }

    private mutating func addHardLink() {
        let path = path()
        let files = state.filter { $0.value == .file && !isBelow($0.key, path) && $0.key != path }.keys.sorted()
        guard isFree(path, asFolder: false), let target = files.randomElement(using: &random) else { return }
        prepare(path)
        // Preparing may have replaced what is to be linked to.
        guard state[target] == .file else { return }
        tar.hardLink(path, to: target)
        put(.file, at: path)
        used[target] = false
    }

    /// A file in the folder that a link of a lower layer leads to.
    private mutating func addBelowLink() {
        let links = state.compactMap { path, kind -> (String, String)? in
            guard case .link(let target) = kind, used[path] == nil, state[target] == .folder else { return nil }
            return (path, target)
        }.sorted { $0.0 < $1.0 }
        guard let (link, target) = links.randomElement(using: &random) else { return }
        let file = target + "/" + ["a", "b", "through"].randomElement(using: &random)!
        guard isFree(file, asFolder: false), isFree(link, asFolder: false),
            parents(link).allSatisfy({ state[$0] == .folder })
        else { return }
        for parent in parents(link) + parents(file) where used[parent] == nil { put(.folder, at: parent) }
        tar.file(link + "/" + file.split(separator: "/").last!, random.bytes(3))
        used[link] = false
        put(.file, at: file)
    }

    private mutating func remove() {
        let there = state.keys.sorted()
        let path = isLucky(8) ? path() : there.randomElement(using: &random) ?? path()
        guard isFree(path, asFolder: false), parents(path).allSatisfy({ state[$0] == .folder }) else { return }
        for parent in parents(path) where used[parent] == nil { put(.folder, at: parent) }
        let name = path.split(separator: "/").last!
        whiteouts.file(path.dropLast(name.count) + ".wh." + name)
        for other in state.keys where other == path || isBelow(other, path) { state[other] = nil }
        removed.insert(path)
    }

    private mutating func makeOpaque() {
        let folders = state.filter { $0.value == .folder }.keys.sorted()
        guard let path = folders.randomElement(using: &random), isFree(path, asFolder: false) else { return }
        for parent in parents(path) where used[parent] == nil { put(.folder, at: parent) }
        whiteouts.file(path + "/.wh..wh..opq")
        for other in state.keys where isBelow(other, path) { state[other] = nil }
        used[path] = true
    }
}
