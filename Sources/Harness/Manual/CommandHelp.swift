internal import Foundation

/// What the argument parser tells of a command, in the JSON of `--experimental-dump-help`.
struct CommandHelp: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        var kind: String
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var abstract: String?
        var discussion: String?
    }

    var commandName: String
    var abstract: String?
    var discussion: String?
    var shouldDisplay: Bool?
    var arguments: [Argument]?
    var subcommands: [CommandHelp]?

    private struct Document: Decodable { var command: CommandHelp }

    init(json: String) throws {
        self = try JSONDecoder().decode(Document.self, from: Data(json.utf8)).command
    }

    /// The commands below that are shown, without the parser's own `help`.
    var shown: [CommandHelp] {
        (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }
}
