import Foundation

/// One declaration of package sources, as the machine's own apt configuration has it.
struct AptSource: Equatable, Sendable {
    /// What else the declaration says, kept word for word so that a copy means the same.
    enum Form: Equatable, Sendable {
        /// A stanza's other fields (deb822), each with its continuation lines.
        case stanza([String])
        /// A line's options with their brackets; empty without any.
        case line(options: String)
    }

    /// `deb`, `deb-src`.
    var types: [String]
    var uris: [String]
    var suites: [String]
    var components: [String]
    var form: Form

    /// The declaration with these types instead of its own, to be written into a file of the same form.
    func text(types: [String]) -> String {
        switch form {
        case .stanza(let others):
            let fields = [
                "Types: " + types.joined(separator: " "), "URIs: " + uris.joined(separator: " "),
                "Suites: " + suites.joined(separator: " "), "Components: " + components.joined(separator: " "),
            ]
            return (fields.filter { !$0.hasSuffix(": ") } + others).joined(separator: "\n") + "\n\n"
        case .line(let options):
            let rest = (uris + suites + components).joined(separator: " ")
            return types.map { "\($0) \(options.isEmpty ? "" : options + " ")\(rest)\n" }.joined()
        }
    }
}

/// The package sources that apt is configured for, in both of its notations.
struct AptSources: Equatable, Sendable {
    var sources: [AptSource]

    /// Those of the running system.
    static func system(root: String = "/etc/apt") -> AptSources {
        let parts = root + "/sources.list.d"
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: parts)) ?? []).sorted()
        let files = [root + "/sources.list"] + names.map { "\(parts)/\($0)" }
        return AptSources(
            sources: files.flatMap { path -> [AptSource] in
                guard let data = FileManager.default.contents(atPath: path) else { return [] }
                let text = String(decoding: data, as: UTF8.self)
                if path.hasSuffix(".sources") { return stanzas(in: text) }
                return path.hasSuffix(".list") ? lines(in: text) : []
            })
    }

    /// The stanzas of a `.sources` file that are switched on.
    static func stanzas(in text: String) -> [AptSource] {
        var found: [AptSource] = []
        var fields: [(name: String, text: String)] = []
        func end() {
            defer { fields = [] }
            func words(_ name: String) -> [String] {
                let value = fields.first { $0.name == name }?.text.drop { $0 != ":" }.dropFirst() ?? ""
                return value.split(whereSeparator: \.isWhitespace).map(String.init)
            }
            guard !words("types").isEmpty, words("enabled").first?.lowercased() != "no" else { return }
            let own = ["types", "uris", "suites", "components"]
            found.append(
                AptSource(
                    types: words("types"), uris: words("uris"), suites: words("suites"),
                    components: words("components"),
                    form: .stanza(fields.filter { !own.contains($0.name) }.map(\.text))))
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) where !line.hasPrefix("#") {
            if line.allSatisfy(\.isWhitespace) {
                end()
            } else if line.first?.isWhitespace == true {
                if !fields.isEmpty { fields[fields.count - 1].text += "\n" + line }
            } else if let colon = line.firstIndex(of: ":") {
                fields.append((line[..<colon].lowercased(), String(line)))
            }
        }
        end()
        return found
    }

    /// The declarations of a one-line list.
    static func lines(in text: String) -> [AptSource] {
        text.split(separator: "\n").compactMap { line in
            var rest = line.prefix { $0 != "#" }.drop(while: \.isWhitespace)
            let type = rest.prefix { !$0.isWhitespace }
            guard type == "deb" || type == "deb-src" else { return nil }
            rest = rest.dropFirst(type.count).drop(while: \.isWhitespace)
            var options = ""
            if rest.first == "[", let end = rest.firstIndex(of: "]") {
                options = String(rest[...end])
                rest = rest[end...].dropFirst()
            }
            let words = rest.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count >= 2 else { return nil }
            return AptSource(
                types: [String(type)], uris: [words[0]], suites: [words[1]], components: Array(words.dropFirst(2)),
                form: .line(options: options))
        }
    }

    /// The mirror that carries a suite's binary packages, the first where several do.
    func mirror(of suite: String) -> String? {
        sources.first { $0.types.contains("deb") && $0.suites.contains(suite) && $0.components.contains("main") }?
            .uris.first
    }

    /// Two files' texts, a deb822 one and a list, with both binary and source packages of every source of binary ones.
    var withSourcePackages: (stanzas: String, lines: String) {
        let binary = sources.filter { $0.types.contains("deb") }
        func text(_ isWanted: (AptSource.Form) -> Bool) -> String {
            binary.filter { isWanted($0.form) }.map { $0.text(types: ["deb", "deb-src"]) }.joined()
        }
        return (
            text { if case .stanza = $0 { true } else { false } },
            text { if case .line = $0 { true } else { false } }
        )
    }
}
