import Strategies
import TestSupport
import Testing

@testable import Tar

/// What packed headers make of headers as they come: how little they take, and that odd ones are kept.
@Suite struct PackingTests {
    private func streams(_ recipe: Recipe) throws -> [String: Int] {
        let bytes = try Delta().encode(recipe, against: .empty)
        #expect(try Delta().decode(bytes[...], against: .empty) == recipe)
        let streams = try Delta().streams(of: bytes[...], against: .empty)
        #expect(streams.reduce(0) { $0 + $1.byteCount } == bytes.count)
        return Dictionary(uniqueKeysWithValues: streams.map { ($0.name, $0.byteCount) })
    }

    @Test(arguments: EncodingCase.all)
    func streamsAreAllBytes(_ test: EncodingCase) throws {
        for sample in test.samples(RecipeSample.all) {
            guard let (bytes, layer) = try test.encode(sample) else { continue }
            let streams = try test.encoding.streams(of: bytes[...], against: layer)
            let byteCount = streams.reduce(0) { $0 + $1.byteCount }
            #expect(byteCount == bytes.count && streams.allSatisfy { $0.byteCount >= 0 }, "\(sample)")
            #expect(Set(streams.map(\.name)).count == streams.count, "\(sample)")
        }
    }

    @Test(arguments: Dialect.allCases)
    func likeHeadersTakeFewBytes(_ dialect: Dialect) throws {
        let tar = TarBuilder.stream(dialect: dialect) { tar in
            for index in 100..<200 { tar.file("usr/share/\(index)") { $0.modificationTime = 1_700_000_000 } }
        }
        let streams = try streams(try Recipe(splitting: tar))
        #expect(streams["shapes"] == 18 && streams["changes"] == 100 && streams["tokens"] == 101)
        #expect(streams["patches"] == (dialect == .star ? streams["patches"] : 0))
        #expect(streams["new-times"]! <= 6 && streams["modes"]! <= 3 && streams["owners"] == 0 && streams["sizes"] == 0)
    }

    @Test func oneObjectIsToldOnce() throws {
        let tar = TarBuilder.stream { tar in for index in 0..<10 { tar.file("\(index)", [1]) } }
        let streams = try streams(try Recipe(splitting: tar))
        #expect(streams["checksums"] == 32 && streams["objects"] == 10)
    }

    @Test func bytesThatAreNotAsExpectedAreSpelledOut() throws {
        let edits: [(inout TestSupport.HeaderFields) -> Void] = [
            { $0.overlay[500] = [1, 2, 3] },
            { $0.overlay[80] = [9] },
            { $0.overlay[100] = Array("0644\0 \0\0".utf8) },
            { $0.overlay[108] = Array("   1750 ".utf8) },
            { $0.overlay[116] = Array("9999999\0".utf8) },
            { $0.overlay[136] = [0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
            { $0.overlay[136] = [0xff] + [UInt8](repeating: 0xff, count: 11) },
            { $0.overlay[136] = [0xff] + [UInt8](repeating: 0, count: 11) },
            { $0.overlay[329] = [UInt8](repeating: 32, count: 8) },
            { ($0.checksum, $0.userName) = (.signed, [0xe9]) },
            { $0.userName = [UInt8](repeating: 97, count: 32) },
            { $0.linkName = [UInt8](repeating: 97, count: 100) },
        ]
        let tar = TarBuilder.stream { tar in
            for (index, edit) in edits.enumerated() {
                tar.file("a\(index)", [1], edit: edit)
                tar.directory("d\(index)", edit: edit)
            }
        }
        for test in EncodingCase.all {
            let recipe = try Recipe(splitting: tar, inlineLimit: test.encoding.inlineLimit)
            for layer in [.empty, try LayerContext(splitting: tar)] {
                let sample = RecipeSample("odd headers", layer: layer) { $0 = recipe }
                guard let (bytes, layer) = try test.encode(sample) else { continue }
                #expect(try test.encoding.decode(bytes[...], against: layer) == recipe)
            }
        }
    }

    @Test func longPathsAreToldOnce() throws {
        let name = String(repeating: "n", count: 90)
        for dialect in [Dialect.gnu, .ustar] {
            let tar = TarBuilder.stream(dialect: dialect) { tar in
                for index in 10..<30 { tar.file("\(name)/\(name)/\(name)/\(index)") }
            }
            let streams = try streams(try Recipe(splitting: tar))
            #expect(streams["names"]! < 800, "\(dialect)")
        }
    }
}
