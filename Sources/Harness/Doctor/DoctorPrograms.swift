internal import Foundation
internal import Processes

/// The programs that commands run, and what each is for. None is needed for layers and for images in `oci:` and `dir:`.
enum DoctorPrograms {
    private struct Use {
        var program: String
        var purpose: String
        var package: String?
        /// What makes the program tell its version; nil for those that are slow to, or do not.
        var version: [String]? = ["--version"]
    }

    private static let uses = [
        Use(program: "skopeo", purpose: "images in registries, archives and container engines"),
        Use(program: "ostree", purpose: "survive, and the peer of bench"),
        Use(program: "tar-split", purpose: "the peer of bench"),
        Use(program: "tar", purpose: "the corpus's host, and a peer of bench"),
        Use(program: "gpg", purpose: "the signatures of survive", package: "gnupg"),
        Use(program: "python3", purpose: "the server of the pulls that survive and bench measure"),
        Use(program: "pip", purpose: "the corpus's archives of PyPI", package: "python3-pip"),
        Use(program: "mmdebstrap", purpose: "the corpus's minbase", version: nil),
        Use(
            program: "debuerreotype-init", purpose: "the corpus's debian layers",
            package: "debuerreotype", version: nil),
        Use(program: "buildah", purpose: "the corpus's stack"),
        Use(program: "umoci", purpose: "the corpus's umoci layers, and the peer of bench's images"),
        Use(program: "strace", purpose: "measure baseline", version: ["-V"]),
        Use(program: "valgrind", purpose: "measure baseline"),
        Use(program: "strip", purpose: "measure baseline", package: "binutils", version: nil),
        Use(program: "docker-registry", purpose: "the tests' images", version: nil),
        Use(program: "fsverity", purpose: "the tests' fs-verity digests"),
        Use(program: "chromium", purpose: "the tests of the report's page", version: nil),
    ]

    static var checks: [DoctorCheck] {
        uses.map { use in
            guard let path = Program.find(use.program) else {
                let package = use.package ?? Program.debianPackage(of: use.program)
                return DoctorCheck(
                    .programs, use.program, .note, "not installed",
                    "for \(use.purpose) install the Debian package \(package)")
            }
            let version = use.version.flatMap { MachineDescription.version(of: use.program, $0) }
            // pip says as well where it lies.
            let short = version.map { String($0[..<($0.firstRange(of: " from /")?.lowerBound ?? $0.endIndex)]) }
            return DoctorCheck(.programs, use.program, .ok, short ?? path, "for \(use.purpose)")
        }
    }
}
