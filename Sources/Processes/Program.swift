import Foundation

/// The external programs that the harness can use, and where they come from.
public enum Program {
    /// The Debian package that holds a program; the program's own name where nothing else is known.
    public static func debianPackage(of program: String) -> String {
        switch program {
        case "xz": "xz-utils"
        case "pip", "pip3": "python3-pip"
        case "ar", "strip": "binutils"
        case "cat", "env", "sha256sum": "coreutils"
        case "apt-get", "apt-cache": "apt"
        case "dpkg-deb": "dpkg"
        case "setcap": "libcap2-bin"
        case "sh": "dash"
        case _ where program.hasPrefix("debuerreotype-"): "debuerreotype"
        default: program
        }
    }

    /// The level of `scripts/setup` that installs a program.
    private static func level(of program: String) -> String {
        let isBuilder = ["buildah", "umoci", "bzip2"].contains(program) || program.hasPrefix("debuerreotype-")
        let isCounter = ["strace", "valgrind", "strip"].contains(program)
        return isBuilder ? "corpus" : isCounter ? "test" : "bench"
    }

    /// The absolute path of an executable file of this name in a directory of `path` (colon-separated; the
    /// environment's `PATH` where nil) or in the system's sbin directories, or nil.
    ///
    /// A name with a slash is a path already, and is only checked.
    public static func find(_ name: String, path: String? = nil) -> String? {
        if name.contains("/") { return isProgram(name) ? name : nil }
        let path = path ?? ProcessInfo.processInfo.environment["PATH"]
        // Programs such as mmdebstrap's friends live in sbin, which a user's PATH often lacks.
        let directories = (path ?? "/usr/bin:/bin").split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return directories.map { "\($0)/\(name)" }.first(where: isProgram)
    }

    /// The path of the program that runs.
    public static func current() throws(LocatedError) -> String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            throw LocatedError("this program cannot find itself: \(error.localizedDescription)", in: "/proc/self/exe")
        }
    }

    private static func isProgram(_ path: String) -> Bool {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType
        return type == .typeRegular && FileManager.default.isExecutableFile(atPath: target)
    }

    /// As `find`, but throws an error that names the Debian package to install.
    public static func locate(_ name: String) throws(LocatedError) -> String {
        guard let path = find(name) else {
            throw LocatedError(
                "this program is not installed", in: name,
                remedy:
                    "install the Debian package \(debianPackage(of: name)), or run `scripts/setup \(level(of: name))`")
        }
        return path
    }
}
