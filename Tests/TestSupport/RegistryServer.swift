private import Foundation
private import Synchronization

/// Debian's `docker-registry` on a free port of the loopback interface, with a folder of its own. It ends with the process
/// that started it, however that ends.
public final class RegistryServer {
    private let program: RunningProgram
    private let folder: TemporaryFolder
    /// `127.0.0.1:PORT`.
    public let host: String

    private static let shared = Mutex<RegistryServer?>(nil)

    /// The host and port of the one registry that all tests use.
    public static func sharedHost() throws -> String {
        try shared.withLock { server in
            if let server { return server.host }
            let started = try RegistryServer()
            server = started
            return started.host
        }
    }

    /// The requests for blobs of a repository so far: `GET DIGEST`, a line each.
    public static func blobRequests(of name: String) throws -> [String] {
        let log = try shared.withLock { server in try server?.folder.read("log") ?? [] }
        return String(decoding: log, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let start = line.range(of: "\"GET /v2/\(name)/blobs/") else { return nil }
            return "GET " + line[start.upperBound...].prefix { $0 != " " }
        }
    }

    private init() throws {
        folder = try TemporaryFolder()
        let configuration = """
            version: 0.1
            log: {level: info}
            storage: {filesystem: {rootdirectory: \(folder.path("data"))}}
            http: {addr: "127.0.0.1:0", secret: none}
            """
        let file = try folder.write(Array(configuration.utf8), to: "config.yml")
        // The shell's input ends when this process does.
        let script = """
            docker-registry serve "$1" >"$2" 2>&1 & server=$!
            read -r _ || :
            kill $server; wait $server || :; rm -rf "$3"
            """
        program = try RunningProgram(
            "bash", ["-c", script, "bash", file, folder.path("log"), folder.path], keepsInputOpen: true)
        for _ in 0..<400 {
            let log = String(decoding: (try? folder.read("log")) ?? [], as: UTF8.self)
            if let start = log.range(of: "listening on ") {
                host = String(log[start.upperBound...].prefix { $0 != "\"" })
                return
            }
            Thread.sleep(forTimeInterval: 0.025)
        }
        throw ProgramError(description: "docker-registry did not begin to listen: \((try? folder.read("log")) ?? [])")
    }
}
