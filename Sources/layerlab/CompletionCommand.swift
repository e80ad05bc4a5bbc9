import ArgumentParser
import Harness

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a script that has a shell complete commands, strategies, layers and refs.",
        discussion: """
            make install puts the scripts where the shells look for them.

            EXAMPLE
              layerlab completion bash > ~/.local/share/bash-completion/completions/layerlab
              layerlab completion zsh > ~/.zfunc/_layerlab
              layerlab completion fish > ~/.config/fish/completions/layerlab.fish
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        switch shell {
        case .bash:
            try Console.printData(
                Layerlab.completionScript(for: .bash) + "\n" + BashWords.script(for: "layerlab"))
        case .zsh: try Console.printData(Layerlab.completionScript(for: .zsh))
        case .fish: try Console.printData(Layerlab.completionScript(for: .fish))
        }
    }
}
