import Digests
import Foundation
import TestSupport
import Testing

@testable import Harness
import Processes

@Suite struct UserCorpusTests {
    private let bytes = TarSample.rich.bytes

    private func layer(_ path: String) throws {
        try write("", to: path)
        try Data(bytes).write(to: URL(filePath: path))
    }

    private func corpus(_ directory: String) throws -> Corpus {
        try Corpus.load(
            CorpusLocation(
                environment: [
                    "LAYERLAB_USER_CORPUS": directory + "/user/corpus.yaml",
                    "LAYERLAB_CORPUS_CACHE": directory + "/cache",
                ], currentDirectory: "/nonexistent", executable: nil))
    }

    @Test func filesAreAddedUsedInPlaceAndRemoved() throws {
        try withScratchDirectory { directory in
            let path = directory + "/My Layer.tar"
            try layer(path)
            let user = UserManifest(path: directory + "/user/corpus.yaml")
            let found = try LayerFiles([path], sets: ["own"], policy: .identity)
            #expect(found.entries.map(\.name) == ["my-layer"])
            try corpus(directory).checkAddition(found.entries)
            try user.add(found.entries)

            let loaded = try corpus(directory)
            let entry = try #require(loaded.entries(named: ["own"]).first)
            #expect(entry == found.entries[0])
            let fetched = try loaded.fetch(entry)
            #expect(fetched.path == path && fetched.bytes == UInt64(bytes.count) && fetched.isFresh)
            #expect(try !loaded.fetch(entry).isFresh)
            #expect(loaded.plan([entry], force: true).keptBytes == 0)

            // The same again, under the same name and under another.
            #expect(try !loaded.checkAddition(found.entries))
            var elsewhere = found.entries
            elsewhere[0].sets = ["mine"]
            let same = #expect(throws: LocatedError.self) { try loaded.checkAddition(elsewhere) }
            #expect(same?.what == "this very file is in the corpus already, with other sets or another policy")
            let other = try LayerFiles([path], name: "other")
            try user.add(other.entries)
            #expect(try corpus(directory).entries.map(\.name) == ["host", "my-layer", "other"])

            let unknown = #expect(throws: LocatedError.self) { try user.remove(["othre"]) }
            #expect(unknown?.remedy == "did you mean `other`?")
            try user.remove(["my-layer"])
            #expect(try corpus(directory).entries.map(\.name) == ["host", "other"])
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func filesThatChangeOrGoAreTold() throws {
        try withScratchDirectory { directory in
            let path = directory + "/a.tar"
            try layer(path)
            let found = try LayerFiles([path])
            let corpus = Corpus(entries: found.entries, cache: Cache(directory: directory + "/cache"))
            _ = try corpus.fetch(found.entries[0])
            try Data(bytes + [0]).write(to: URL(filePath: path))
            let changed = #expect(throws: LocatedError.self) { try corpus.fetch(found.entries[0]) }
            #expect(changed?.what.hasPrefix("the file \(path) has changed since it was added") == true)
            try FileManager.default.removeItem(atPath: path)
            let gone = #expect(throws: LocatedError.self) { try corpus.fetch(found.entries[0]) }
            #expect(gone?.what == "the file \(path) is not there any more")
        }
    }

    @Test func aDirectoryGivesItsLayers() throws {
        try withScratchDirectory { directory in
            for name in ["b.tar", "a", ".hidden.tar", "below/c.tar"] { try layer("\(directory)/in/\(name)") }
            try write("{}", to: directory + "/in/index.json")
            var gzip = ChildProcess("gzip", ["-nc", directory + "/in/a"])
            gzip.output = .file(path: directory + "/in/c.tgz")
            try gzip.runChecked()
            let found = try LayerFiles([directory + "/in"])
            #expect(found.entries.map(\.name) == ["a", "b", "c"])
            #expect(found.passedOver == [directory + "/in/index.json"])
            let gzipped = try ObservedLayer(path: directory + "/in/c.tgz")
            #expect(gzipped.diffID != gzipped.digest && gzipped.streamBytes == UInt64(bytes.count))
            #expect(gzipped.entries == found.entries[0].expectedEntries)
        }
    }

    @Test func namesThatCollideAreErrors() throws {
        try withScratchDirectory { directory in
            try layer(directory + "/a/x.tar")
            try layer(directory + "/b/x.tar")
            let both = #expect(throws: LocatedError.self) { try LayerFiles([directory + "/a", directory + "/b"]) }
            #expect(both?.what == "would have the name `x`, and so would \(directory)/a/x.tar")
            let named = #expect(throws: LocatedError.self) {
                try LayerFiles([directory + "/a/x.tar", directory + "/b/x.tar"], name: "n")
            }
            #expect(named?.what == "one name for 2 files")
            #expect(throws: LocatedError.self) { try LayerFiles([directory + "/a/x.tar"], name: "../up") }
            #expect(throws: LocatedError.self) { try LayerFiles([directory + "/absent"]) }
            #expect(throws: LocatedError.self) { try LayerFiles([directory]) }
            #expect(throws: LocatedError.self) { try LayerFiles(["/dev/null"]) }

            let corpus = try corpus(directory)
            func message(_ name: String, sets: [String] = []) -> String? {
                do throws(LocatedError) {
                    try corpus.checkAddition(LayerFiles([directory + "/a/x.tar"], name: name, sets: sets).entries)
                    return nil
                } catch { return error.what }
            }
            #expect(message("host") == "the corpus has an entry of this name already")
            #expect(message("quick") == "the corpus has a set of this name")
            #expect(message("x", sets: ["host"]) == "`host` is an entry's name already")
            #expect(message("x", sets: ["all"]) == "`all` cannot be a set's name")
            #expect(message("x", sets: ["quick"]) == nil)
            // Where an image has given the set its name, nobody has asked to join one.
            func remedy(_ set: String) throws -> String? {
                let entries = try LayerFiles([directory + "/a/x.tar"], sets: [set]).entries
                let error = #expect(throws: LocatedError.self) {
                    try corpus.checkAddition(entries, defaultSets: [set])
                }
                return error?.remedy
            }
            #expect(
                try remedy("quick")
                    == "choose another with --name, or say --set quick to add the layers to that one")
            #expect(try remedy("all") == "choose another with --name or --set")
        }
    }

    /// Runs beside each other lose nothing of each other's.
    @Test func additionsAtOnceAreAllKept() throws {
        try withScratchDirectory { directory in
            try layer(directory + "/x.tar")
            let entry = try LayerFiles([directory + "/x.tar"]).entries[0]
            let path = directory + "/user/corpus.yaml"
            DispatchQueue.concurrentPerform(iterations: 12) { number in
                var entry = entry
                entry.name = "x-\(number)"
                #expect(throws: Never.self) { try UserManifest(path: path).add([entry]) }
            }
            #expect(try UserManifest(path: path).names().count == 12)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/user") == ["corpus.yaml"])
        }
    }

    @Test func aFileOfAnImageIsHeldToItsDiffID() throws {
        try withScratchDirectory { directory in
            let path = directory + "/a.tar"
            try layer(path)
            var entry = try LayerFiles([path]).entries[0]
            let digest = try #require(entry.pin)
            func fetch(_ diffID: Digest) throws {
                entry.recipe = .file(LocalFile(path: path, diffID: diffID))
                let copy = try JSONDecoder().decode(CorpusEntry.self, from: JSONEncoder().encode(entry))
                #expect(copy == entry)
                _ = try Corpus(entries: [entry], cache: Cache(directory: directory + "/cache")).fetch(entry)
            }
            try fetch(digest)
            let error = #expect(throws: LocatedError.self) { try fetch(SHA256Stream.digest(of: [1])) }
            #expect(error?.what.contains("and its image says") == true)
        }
    }

    @Test func brokenManifestsAreNotTouched() throws {
        try withScratchDirectory { directory in
            let path = directory + "/corpus.yaml"
            try write("schemaVersion: 1\nlayers: 3\n", to: path)
            #expect(throws: LocatedError.self) { try UserManifest(path: path).remove(["x"]) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "schemaVersion: 1\nlayers: 3\n")
        }
    }

    @Test func namesAreMadeOfFileNames() {
        #expect(LayerFiles.name(of: "/a/My App_1.tar.gz") == "my-app_1")
        #expect(LayerFiles.name(of: "/a/.b.tar.zst") == "b")
        #expect(LayerFiles.name(of: "/a/ü.tar") == "layer")
    }
}
