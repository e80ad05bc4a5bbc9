private import Foundation

/// A program that writes archives, and how to have it write one of a small tree.
public struct RealWriter: Sendable, CustomStringConvertible {
    /// What of the tree this writer's format can hold.
    public enum Feature: String, Sendable, CaseIterable {
        /// A path beyond 100 bytes.
        case longPath
        /// Links whose targets have more than 100 bytes.
        case longTarget
        /// A path beyond 255 bytes.
        case deep
        /// Two hard links.
        case links
        case emptyFolder, fifo, device
        /// A name that is not UTF-8.
        case rawName
        /// A sparse file of seven islands.
        case sparse
        /// Extended attributes and an access control list, where the file system and the programs allow.
        case attributes
    }

    public enum Understanding: Sendable {
        /// A tar: its entries are what was put in.
        case whole
        /// A tar without the last payload's padding and the end.
        case unfinished
        /// No tar, or a part of one: only the bytes count.
        case bytes
    }

    public let name: String
    /// The programs that are needed.
    public let programs: [String]
    /// Writes the tree in the working folder to `$out`, or to files whose names begin so.
    let script: String
    let features: Set<Feature>
    public let understanding: Understanding

    public var description: String { name }

    init(
        _ name: String, _ programs: String..., without: Set<Feature> = [], is understanding: Understanding = .whole,
        script: String
    ) {
        (self.name, self.programs, self.script) = (name, programs, script)
        (features, self.understanding) = (Set(Feature.allCases).subtracting(without), understanding)
    }

    /// The programs that are not there.
    public var missing: [String] {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return programs.filter { program in
            !folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        }
    }

    /// What a writer wrote, and of what.
    public struct Output: Sendable {
        /// One stream, or the volumes in order.
        public var streams: [[UInt8]]
        /// The tree's paths, each with the letter that `find` has for its type.
        public var tree: [[UInt8]: UInt8]
        /// How many names are further links to a file that has one.
        public var furtherLinks: Int
    }

    /// Makes the tree and runs the writer on it.
    public func write() throws -> Output {
        let folder = try TemporaryFolder()
        let isRoot = getuid() == 0
        let features = features.filter { isRoot || $0 != .device }.map(\.rawValue).joined(separator: " ")
        let environment = ["FEATURES": features, "LC_ALL": "C.UTF-8", "HOME": folder.path, "work": folder.path]
        func shell(_ script: String) throws -> ProgramResult {
            let result = try run("bash", ["-euc", script, "bash", folder.path], environment: environment)
            guard result.exitCode == 0 else { throw ProgramError(description: "\(name): \(result.errors)") }
            return result
        }
        _ = try shell(RealWriter.tree)
        let found = try shell("cd $1/tree; find . -mindepth 1 -printf '%y%P\\0'").outputBytes.split(separator: 0)
        let tree = Dictionary(uniqueKeysWithValues: found.map { (Array($0.dropFirst()), $0.first!) })
        _ = try shell("cd $1/tree; out=$1/out; export out\n" + script)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("out") }.sorted()
        return Output(
            streams: try names.map(folder.read), tree: tree, furtherLinks: self.features.contains(.links) ? 2 : 0)
    }

    /// Makes the tree in `$1/tree`. What a file system cannot hold is left out of it.
    private static let tree = """
        mkdir $1/tree; cd $1/tree
        has() { case " $FEATURES " in *" $1 "*) ;; *) return 1 ;; esac; }
        mkdir -p usr/bin
        : > usr/empty
        head -c 1048577 /dev/zero | tr '\\0' 'A' > usr/big
        printf 'text\\n' > usr/bin/tool; chmod 4755 usr/bin/tool
        ln -s bin/tool usr/soft
        printf 'name\\n' > $'usr/\\xc3\\xa4\\xe2\\x82\\xac'
        n=$(printf 'n%.0s' $(seq 90))
        if has emptyFolder; then mkdir usr/hollow; fi
        if has longPath; then mkdir usr/$n; printf long > usr/$n/name-of-the-file; fi
        if has longTarget; then ln -s $n/$n usr/long-target; fi
        if has deep; then mkdir -p usr/$n/$n/$n; printf deep > usr/$n/$n/$n/deep; fi
        if has links; then ln usr/bin/tool usr/bin/twin; ln usr/bin/tool usr/triplet; fi
        if has rawName; then printf raw 2>/dev/null > $'usr/\\xe9\\xff' || :; fi
        if has fifo; then mkfifo usr/fifo; fi
        if has device; then mknod usr/null c 1 3 || :; fi
        if has sparse; then
          truncate -s 400K usr/sparse
          for i in 0 1 2 3 4 5 6; do
            printf "island $i" | dd of=usr/sparse bs=1 seek=$((i * 57344 + 4096)) conv=notrunc status=none
          done
        fi
        if has attributes; then
          setfattr -n user.note -v value usr/big || :
          setfattr -n user.binary -v 0x00ff0a3d usr/bin || :
          setfacl -m u:12:r usr/big || :
        fi
        """
}
