import LayerStore
import OSTree
import Strategies
import TestSupport
import Testing

/// What a layer's commit keeps of what the layer says about those below.
@Suite struct ChangesetTests {
    private static func path(_ text: String) -> [[UInt8]] { text.split(separator: "/").map { Array($0.utf8) } }

    /// The example of the page.
    static let documented: LayerChangeset = {
        var changeset = LayerChangeset()
        changeset.impliedDirectories = RangeSet([1..<3, 5..<6])
        changeset.describesPlainRoot = true
        changeset.links = [.init(path: path("usr/b"), target: path("usr/a"))]
        changeset.removedNames = [Array("opt".utf8)]
        return changeset
    }()

    private static let samples: [LayerChangeset] = {
        var random = SeededGenerator(seed: 11)
        var samples = [LayerChangeset(), documented]
        for _ in 0..<20 {
            var changeset = LayerChangeset()
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let start = Int.random(in: 0...300, using: &random)
                changeset.impliedDirectories.insert(
                    contentsOf: start..<start + Int.random(in: 1...200, using: &random))
            }
            changeset.describesPlainRoot = Bool.random(using: &random)
            changeset.removesAll = Bool.random(using: &random)
            for number in 0..<Int.random(in: 0...3, using: &random) {
                changeset.links.append(.init(path: path("usr/ä\(number)"), target: path("a/b/c/\(number)")))
            }
            changeset.removedNames = (0..<Int.random(in: 0...2, using: &random)).map { Array("n\($0)".utf8) }
            samples.append(changeset)
        }
        return samples
    }()

    @Test func everySampleComesBack() throws {
        for sample in Self.samples { #expect(try LayerChangeset(decoding: sample.encoded) == sample) }
    }

    @Test func itIsAsItsPageSays() throws {
        let golden = try GoldenBytes.block("changeset", page: "images.md")
        #expect(Self.documented.encoded == golden, "\(GoldenBytes.text(Self.documented.encoded))")
        #expect(try LayerChangeset(decoding: golden) == Self.documented)
    }

    @Test func whatIsCutOffIsRefused() throws {
        for sample in Self.samples {
            let bytes = sample.encoded
            for count in bytes.indices {
                #expect(throws: StrategyError.self) { try LayerChangeset(decoding: Array(bytes[..<count])) }
            }
            #expect(throws: StrategyError.self) { try LayerChangeset(decoding: bytes + [0]) }
        }
    }

    /// Neither traps nor takes memory for what is not there.
    @Test func flippedBitsAreRefusedOrAnotherChangeset() throws {
        for sample in Self.samples {
            for bit in 0..<sample.encoded.count * 8 {
                var bytes = sample.encoded
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let other = try? LayerChangeset(decoding: bytes) else { continue }
                #expect(try LayerChangeset(decoding: other.encoded) == other)
            }
        }
    }

    @Test(
        arguments: [
            [2, 0, 0, 0, 0], [1, 4, 0, 0, 0], [1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0, 0],
            [1, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0],
            [1, 0, 0, 1, 0, 1, 97, 0], [1, 0, 0, 1, 3, 97, 47, 47, 1, 97, 0], [1, 0, 0, 0, 1, 3, 97, 47, 98],
            [1, 0, 0, 0, 1, 2, 46, 46], [1, 0, 0, 0, 1, 1, 46], [1, 0, 0, 0, 1, 1, 0], [1, 0, 0, 0, 1, 1, 0xff],
            [1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0],
            [1, 0, 2, 0, 0x80, 0x80, 0x80, 4, 0, 0x80, 0x80, 0x80, 4, 0, 0],
        ] as [[UInt8]])
    func nonsenseIsRefused(_ bytes: [UInt8]) {
        #expect(throws: StrategyError.self) { try LayerChangeset(decoding: bytes) }
    }

    /// What an import notes of a layer, number by number.
    @Test func importsNoteWhatTheTreeCannotSay() throws {
        let repository = try TemporaryRepository(.archive)
        let stream = TarBuilder.stream { tar in
            tar.directory("./")
            tar.directory("usr/")
            tar.file("usr/b/c/file", [1])
            tar.directory("usr/a/")
            tar.file("usr/d/file", [1])
            tar.hardLink("usr/first", to: "usr/lower")
            tar.hardLink("usr/second", to: "usr/first")
            tar.hardLink("usr/own", to: "usr/d/file")
        }
        let layer = try repository.importing(stream)
        let changeset = try LayerChangeset(of: repository.repository.commit(layer.layer.commit))
        // The root is 0, usr 1, usr/a 2, usr/b 3, usr/b/c 4, usr/d 5.
        #expect(changeset.impliedDirectories == RangeSet([3..<6]))
        #expect(changeset.describesPlainRoot && !changeset.removesAll && changeset.removedNames.isEmpty)
        #expect(
            changeset.links == [
                .init(path: Self.path("usr/first"), target: Self.path("usr/lower")),
                .init(path: Self.path("usr/second"), target: Self.path("usr/lower")),
            ])
    }

    @Test func layersThatSayNothingHaveNone() throws {
        let repository = try TemporaryRepository(.archive)
        let layer = try repository.importing(
            TarBuilder.stream { tar in
                tar.directory("usr/")
                tar.file("usr/a", [1])
            })
        let commit = try repository.repository.commit(layer.layer.commit)
        #expect(commit.metadataBytes(LayerChangeset.metadataKey) == nil)
        #expect(try LayerChangeset(of: commit).isEmpty)
    }

    @Test func toplevelWhiteoutsThatThePolicyDropsAreNoted() throws {
        let repository = try TemporaryRepository(.archive)
        let stream = TarBuilder.stream { tar in
            tar.file("./.wh.opt")
            tar.file("run/.wh.a")
            tar.file(".wh..wh..opq")
            tar.file(".wh..wh.plnk")
        }
        let layer = try repository.importing(stream, policy: .ostreeExt)
        let changeset = try LayerChangeset(of: repository.repository.commit(layer.layer.commit))
        #expect(changeset.removedNames == [Array("opt".utf8)] && changeset.removesAll)
    }
}
