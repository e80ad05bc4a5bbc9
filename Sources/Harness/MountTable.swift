import Foundation

/// The file systems that are mounted, by the text of `/proc/self/mounts`.
struct MountTable {
    /// Where they are mounted, in the order in which they were.
    let points: [String]

    /// Reads `/proc/self/mounts` as it is now; nil where that cannot be read.
    static func current() -> MountTable? {
        FileManager.default.contents(atPath: "/proc/self/mounts").map {
            MountTable(String(decoding: $0, as: UTF8.self))
        }
    }

    init(_ text: String) {
        // SOURCE POINT TYPE OPTIONS …
        points = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 1 ? MountTable.decoded(fields[1]) : nil
        }
    }

    /// What is mounted on an absolute path without links, or below it.
    func points(in path: String) -> [String] {
        points.filter { $0 == path || $0.hasPrefix(path == "/" ? path : path + "/") }
    }

    /// A field of the kernel's tables as it was before they escaped blanks and backslashes in octal: `a\040b` is `a b`.
    static func decoded(_ field: some StringProtocol) -> String {
        let bytes = Array(field.utf8)
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes[index...].dropFirst().prefix(3)
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            if bytes[index] == UInt8(ascii: "\\"), digits.count == 3, let value {
                text.append(value)
                index += 4
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
