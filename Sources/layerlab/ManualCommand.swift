import ArgumentParser
import Foundation
import Harness
import LayerStore

/// What `make man` runs.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Write the manual's pages, one for each command.",
        discussion: """
            The date is that of $SOURCE_DATE_EPOCH, where it is set.

            EXAMPLE
              layerlab manual -o man && man -l man/layerlab-import.1
            """,
        shouldDisplay: false)

    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp("The pages' folder.", valueName: "dir"),
        completion: .directory)
    var folder: String

    func run() throws {
        let epoch = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Double($0) }
        let date = epoch.map { Date(timeIntervalSince1970: $0) } ?? Date()
        let manual = try Manual(
            helpJSON: Layerlab._dumpHelp(), version: Release.version,
            date: String(date.formatted(.iso8601).prefix(10)))
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for page in manual.pages {
                try Data(page.text.utf8).write(
                    to: URL(filePath: folder).appending(component: page.fileName))
            }
        } catch {
            throw LayerStoreError(
                .input, "\(folder): the pages cannot be written: \(error.localizedDescription)")
        }
    }
}
