private import Foundation

/// Example bytes that a page of `Documentation/formats` shows.
public enum GoldenBytes {
    /// The bytes, in hexadecimal digits, of the page's fenced block that begins with three backticks and `golden NAME`.
    public static func block(_ name: String, page: String, file: String = #filePath) throws -> [UInt8] {
        let path = try folder(above: file) + "/" + page
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(of: "```golden \(name)"),
            let end = lines[(start + 1)...].firstIndex(of: "```")
        else { throw ProgramError(description: "\(path) has no block 'golden \(name)'") }
        return try lines[start + 1..<end].flatMap { $0.split(separator: " ") }.map { digits in
            guard digits.count == 2, let byte = UInt8(digits, radix: 16) else {
                throw ProgramError(description: "\(path): '\(digits)' in 'golden \(name)' is no byte")
            }
            return byte
        }
    }

    /// Bytes as a page shows them.
    public static func text(_ bytes: [UInt8]) -> String {
        bytes.map { (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined(separator: " ")
    }

    private static func folder(above file: String) throws -> String {
        var url = URL(filePath: file)
        while url.path != "/" {
            url.deleteLastPathComponent()
            let folder = url.appending(path: "Documentation/formats").path
            if FileManager.default.fileExists(atPath: folder) { return folder }
        }
        throw ProgramError(description: "there is no Documentation/formats above \(file)")
    }
}
