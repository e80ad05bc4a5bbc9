internal import Foundation

/// A request that a server has answered.
struct ServedRequest: Equatable, Sendable {
    /// The path as it was asked for, decoded, without a leading slash.
    var path: String
    var status: Int
}

/// The requests in the log of Python's `http.server`, whose lines look like
///
///     127.0.0.1 - - [02/Jan/2024 03:04:05] "GET /refs/heads/a HTTP/1.1" 200 -
///
/// Other lines (a file that is not there has one more, with the reason) are passed over.
enum RequestLog {
    static func requests(in text: String) -> [ServedRequest] {
        text.split(separator: "\n").compactMap { request($0) }
    }

    private static func request(_ line: Substring) -> ServedRequest? {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        // A path may hold a quotation mark, so that the request is all between the first and the last one.
        let words = parts[1..<parts.count - 1].joined(separator: "\"").split(separator: " ")
        let status = parts[parts.count - 1].split(separator: " ").first.flatMap { Int($0) }
        guard words.count == 3, words[0] == "GET", words[2].hasPrefix("HTTP/"), let status else { return nil }
        let target = words[1].prefix { $0 != "?" }
        let path = target.removingPercentEncoding ?? String(target)
        return ServedRequest(path: String(path.drop { $0 == "/" }), status: status)
    }
}
