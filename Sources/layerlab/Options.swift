public import ArgumentParser
public import LayerStore
public import OSTree
public import Harness
import Strategies

/// Options that every command takes.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print results as JSON, one object a line.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
    var quiet = false

    var console: Console { Console(isQuiet: quiet) }
}

/// The repository that a command works on.
struct RepositoryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The ostree repository.", valueName: "dir"), completion: .directory)
    var repo: String

    func open() throws -> Repository { try RepositoryOptions.open(repo) }

    static func open(_ path: String) throws -> Repository {
        do {
            return try Repository(opening: path)
        } catch {
            throw LayerStoreError(
                .input, "\(error); if there is none yet, layerlab import --init MODE or ostree init makes one")
        }
    }
}

/// The catalogue as `--help` shows it.
enum StrategyHelp {
    static var text: String {
        let encodings = Catalogue.encodings.map { "  \($0.name)  \($0.summary)" }
        let wrappers = Catalogue.wrappers.map { "  +\($0.name)\($0.takesLevel ? ":LEVEL" : "")  \($0.summary)" }
        let storages = Catalogue.storages.map { "  @\($0.name)  \($0.summary)" }
        return (["STRATEGIES  ENCODING[+WRAPPER:LEVEL]@STORAGE"] + encodings + wrappers + storages)
            .joined(separator: "\n")
    }
}

/// Reads strategies, so that a misspelt one gets the catalogue's own explanation.
func strategies(_ texts: [String], all: Bool, _ dictionary: ZstdDictionary? = nil) throws -> [Strategy] {
    if all { return Catalogue.allStrategies }
    return try dictionary.naming(texts.isEmpty ? [Strategy.standard.description] : texts)
        .map { try Strategy(parsing: $0) }
}

extension PathPolicy: ExpressibleByArgument {}
extension RepositoryMode: ExpressibleByArgument {}
extension Importer.Proof: ExpressibleByArgument {}
extension BenchSettings.Stage: ExpressibleByArgument {}
extension ReportFormat: ExpressibleByArgument {}
extension CacheState: ExpressibleByArgument {}
extension AdvicePriorities.Host: ExpressibleByArgument {}
extension AdvicePriorities.Axis: ExpressibleByArgument {}
