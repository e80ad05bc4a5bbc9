import Foundation
import TestSupport
import Testing

@testable import Harness
import Processes

@Suite struct RequestLogTests {
    @Test func readsPathsAndStatuses() {
        let log = """
            127.0.0.1 - - [24/Feb/2024 01:02:03] code 404, message File not found
            127.0.0.1 - - [24/Feb/2024 01:02:03] "GET /summary HTTP/1.1" 404 -
            127.0.0.1 - - [24/Feb/2024 01:02:03] "GET /refs/heads/a%20b?c HTTP/1.1" 200 -
            127.0.0.1 - - [24/Feb/2024 01:02:03] "GET /q"uote HTTP/1.1" 200 -
            127.0.0.1 - - [24/Feb/2024 01:02:03] "HEAD /refs HTTP/1.1" 200 -
            Traceback (most recent call last):
            """
        #expect(
            RequestLog.requests(in: log) == [
                ServedRequest(path: "summary", status: 404), ServedRequest(path: "refs/heads/a b", status: 200),
                ServedRequest(path: "q\"uote", status: 200),
            ])
    }

    @Test(arguments: ["", "\"", "\"\"", "\"GET\" 200", "\"GET / HTTP/1.1\"", "\"GET / HTTP/1.1\" x", "GET / 200"])
    func otherLinesArePassedOver(_ line: String) {
        #expect(RequestLog.requests(in: line).isEmpty)
    }

    @Test func findsThePort() {
        #expect(LoopbackServer.port(in: "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ...") == 40123)
        #expect(LoopbackServer.port(in: "Serving HTTP on port") == nil)
        #expect(LoopbackServer.port(in: "port none") == nil)
    }
}

@Suite(.enabled(if: Program.find("python3") != nil, "python3 is not installed")) struct LoopbackServerTests {
    /// What a plain client gets.
    private func fetch(_ address: String) throws -> String {
        try run(
            "python3",
            ["-c", "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())", address]
        ).output
    }

    @Test func servesAFolderAndTellsWhatWasAskedFor() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("served"), withIntermediateDirectories: false)
        try folder.write(Array("hello".utf8), to: "served/file")
        let server = try LoopbackServer(serving: folder.path("served"), log: folder.path("log"))
        #expect(server.address.hasPrefix("http://127.0.0.1:"))
        #expect(try server.takeRequests().isEmpty)
        #expect(try fetch(server.address + "/file") == "hello\n")
        _ = try fetch(server.address + "/absent")
        let requests = try server.takeRequests()
        #expect(
            requests == [ServedRequest(path: "file", status: 200), ServedRequest(path: "absent", status: 404)])
        #expect(try server.byteCount(of: requests[0]) == 5)
        #expect(try server.takeRequests().isEmpty)
        server.stop()
        #expect(try fetch(server.address + "/file") == "")
    }

    @Test func endsWithItsOwner() throws {
        let folder = try TemporaryFolder()
        var server: LoopbackServer? = try LoopbackServer(serving: folder.path, log: folder.path("log"))
        let address = try #require(server?.address)
        server = nil
        #expect(try fetch(address + "/log") == "")
    }

    @Test func oneThatIsNotInstalledNamesItsPackage() throws {
        let folder = try TemporaryFolder()
        #expect {
            try LoopbackServer(serving: folder.path, log: folder.path("log"), program: "python3-absent")
        } throws: { "\($0)".contains("python3-absent: this program is not installed") }
    }

    @Test func oneThatEndsAtOnceIsAnErrorWithItsLastWords() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(Array("#!/bin/sh\necho 'no module named http' >&2\nexit 1\n".utf8), to: "python")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        #expect {
            try LoopbackServer(serving: folder.path, log: folder.path("log"), program: script)
        } throws: {
            let text = "\($0)"
            return text.contains("does not start: no module named http") && text.contains("-m http.server")
        }
    }
}
