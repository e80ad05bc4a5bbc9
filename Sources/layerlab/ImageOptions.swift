public import ArgumentParser
public import Images

/// How images are reached.
struct RegistryArguments: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Whether registries must have certificates that the system trusts.")
    var tlsVerify = true

    @Option(
        help: ArgumentHelp(
            "Logins for registries, as skopeo login writes them (default: skopeo's own).",
            valueName: "file"), completion: .file())
    var authfile: String?

    var options: RegistryOptions {
        var options = RegistryOptions()
        options.verifiesTLS = tlsVerify
        options.authenticationFile = authfile
        return options
    }
}

extension BlobPolicy: ExpressibleByArgument {}

extension Platform: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { description }
}
