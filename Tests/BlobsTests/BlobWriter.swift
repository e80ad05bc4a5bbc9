import Foundation
import TestSupport

/// A program that writes gzip, and what its long blobs are recognised as.
struct BlobWriter: Sendable, CustomStringConvertible {
    let name: String
    let program: String
    /// Compresses the file `$in` to `$out`.
    let script: String
    /// The recipe's description for a blob of several blocks.
    let recognised: String

    var description: String { name }

    init(_ name: String, script: String? = nil, _ recognised: String) {
        self.name = name
        program = String(name.split(separator: " ")[0])
        self.script = script ?? "\(name) < $in > $out"
        self.recognised = recognised
    }

    var isThere: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    static let all = gnu + pigz + python + containers

    private static let gnu =
        (1...9).map { level in
            // From a file and from a pipe in turn.
            level % 2 == 0
                ? BlobWriter("gzip -\(level)", script: "gzip -c -\(level) $in > $out", "GNU gzip -\(level)")
                : BlobWriter("gzip -n -\(level)", script: "cat $in | gzip -n -\(level) > $out", "GNU gzip -\(level)")
        } + [
            BlobWriter("gzip --rsyncable", "GNU gzip -6 --rsyncable"),
            BlobWriter("gzip --rsyncable -2", "GNU gzip -2 --rsyncable"),
            BlobWriter("busybox gzip", "GNU gzip -6"),
        ]

    private static let pigz = [
        BlobWriter("pigz", "pigz -6, 128 KiB blocks"),
        BlobWriter("pigz -1", script: "pigz -k -c -1 $in > $out", "pigz -1, 128 KiB blocks"),
        BlobWriter("pigz -9 -n", "pigz -9, 128 KiB blocks"),
        BlobWriter("pigz -b 32", "pigz -6, 32 KiB blocks"),
        BlobWriter("pigz -4 -i -b 64", "pigz -4 --independent, 64 KiB blocks"),
        BlobWriter("pigz -2 -R", "pigz -2 --rsyncable, 128 KiB blocks"),
        BlobWriter("pigz -1 -p 1 -b 64", "pigz -1 --processes 1, 64 KiB blocks"),
    ]

    private static let python =
        [
            BlobWriter("bsdtar -z", script: "bsdtar -czf $out --format ustar $in", "zlib level 6, memLevel 8"),
            BlobWriter(
                "python3 tarfile",
                script: """
                    python3 -c 'import sys, tarfile
                    with tarfile.open(sys.argv[2], "w:gz") as archive: archive.add(sys.argv[1])' $in $out
                    """, "zlib level 9, memLevel 8"),
            BlobWriter(
                "python3 gzip",
                script: """
                    python3 -c 'import gzip, shutil, sys
                    with open(sys.argv[1], "rb") as source, gzip.open(sys.argv[2], "wb", 2) as target:
                        shutil.copyfileobj(source, target, 999)' $in $out
                    """, "zlib level 2, memLevel 8"),
        ]
        + [(6, 9, 0), (5, 8, 1), (6, 8, 2), (6, 8, 3), (4, 8, 4), (3, 5, 0)].map { level, memory, strategy in
            let suffix = ["", ", filtered", ", Huffman only", ", runs only", ", fixed codes"][strategy]
            return BlobWriter(
                "python3 zlib \(level) \(memory) \(strategy)",
                script: """
                    python3 -c 'import sys, zlib
                    stream = zlib.compressobj(\(level), 8, 31, \(memory), \(strategy))
                    data = open(sys.argv[1], "rb").read()
                    open(sys.argv[2], "wb").write(stream.compress(data) + stream.flush())' $in $out
                    """, "zlib level \(level), memLevel \(memory)\(suffix)")
        }

    /// What the writer makes of each file, in their order. One process does all.
    func blobs(of contents: [[UInt8]]) throws -> [[UInt8]] {
        let folder = try TemporaryFolder()
        for (number, bytes) in contents.enumerated() { try folder.write(bytes, to: "in-\(number)") }
        let loop = """
            cd "$1"
            for number in $(seq 0 \(contents.count - 1)); do
            in=in-$number; out=out-$number
            \(script)
            done
            """
        let result = try run("bash", ["-euc", loop, "bash", folder.path], environment: ["LC_ALL": "C.UTF-8"])
        guard result.exitCode == 0 else { throw ProgramError(description: "\(name): \(result.errors)") }
        return try contents.indices.map { try folder.read("out-\($0)") }
    }

    /// The bytes of a blob, by the real inflater.
    static func inflated(_ blob: [UInt8]) throws -> [UInt8] {
        try run("gzip", ["-dc"], input: blob).outputBytes
    }
}
