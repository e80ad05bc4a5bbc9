import OSTree
import Strategies
import Tar
import TestSupport
import Testing

@testable import LayerStore

/// Streams that were made to fill the memory: what is kept of them grows by entries only.
@Suite struct ExhaustionTests {
    private static let comment = TarBuilder.record("comment", [UInt8](repeating: 0x63, count: 700_000))

    /// What would be literals, and how many entries there are.
    struct Attack: Sendable, CustomStringConvertible {
        let description: String
        var entries = 0
        let stream: [UInt8]

        init(_ name: String, entries: Int = 0, _ build: (inout TarBuilder) -> Void) {
            description = name
            self.entries = entries
            stream = TarBuilder.stream(build)
        }
    }

    static let attacks: [Attack] = [
        Attack("extensions of no entry") { tar in
            for _ in 0..<8 { tar.pax(records: comment) }
        },
        Attack("extensions of each entry", entries: 4) { tar in
            for number in 0..<4 {
                tar.pax(records: comment)
                tar.directory("usr/\(number)")
            }
        },
        Attack("empty extensions") { tar in
            for _ in 0..<5000 { tar.pax(records: []) }
        },
        Attack("extensions and zeros in turn") { tar in
            for _ in 0..<2500 {
                tar.pax(records: [UInt8](repeating: 0, count: 1000))
                tar.end(blocks: 1)
            }
        },
        Attack("empty extensions and long ones in turn") { tar in
            for _ in 0..<10 {
                tar.pax(records: comment)
                for _ in 0..<400 { tar.pax(records: []) }
            }
        },
        Attack("sparse map", entries: 1) { tar in
            let parts = (0..<126_000).map { (offset: Int64($0) * 8192, bytes: [UInt8]()) }
            tar.sparseFile("usr/s", parts: parts, realSize: 1)
        },
    ]

    @Test(arguments: attacks)
    func literalsGrowByEntriesOnly(_ attack: Attack) throws {
        let temporary = try TemporaryRepository()
        let whole = try split(attack.stream, in: temporary)
        #expect(whole.entryCount == attack.entries)
        #expect(whole.recipe.literals.count < (attack.entries + 1) * LayerWriter.maximumLiterals)
        #expect(attack.stream.count > 2 << 20 && whole.recipe.segments.count < 100)
        #expect(whole.findings.count <= 4 * attack.entries + 2)
        for size in [700, 65_536] {
            #expect(try split(attack.stream, chunkSize: size, in: temporary).recipe == whole.recipe, "\(size)")
        }
        let layer = try temporary.importing(attack.stream, proof: .full)
        #expect(try temporary.rebuild(layer.ref) == attack.stream)
        #expect(try temporary.damage() == nil)
    }

    @Test func manyEntriesWithoutPayloadStayLiterals() throws {
        let stream = TarBuilder.stream { tar in
            for number in 0..<2000 { tar.symbolicLink("usr/\(number)", to: "target") }
        }
        let writer = try split(stream, in: TemporaryRepository())
        #expect(writer.recipe.literals == stream)
    }

    @Test func globalAttributesAreSharedOrNotKept() throws {
        func stream(_ count: Int) -> [UInt8] {
            TarBuilder.stream { tar in
                let records = (0..<count).flatMap { TarBuilder.record("SCHILY.xattr.user.\($0)", [1]) }
                tar.pax(records: records, typeFlag: "g")
                for number in 0..<300 { tar.directory("usr/\(number)") }
            }
        }
        let temporary = try TemporaryRepository(.archive)
        let few = try split(stream(1000), in: temporary)
        let path = ["usr", "0"].map { Array($0.utf8) }
        #expect(few.tree[path]?.attributes.extendedAttributes.count == 1000 && few.findings.count == 0)
        let many = try split(stream(32_000), in: temporary)
        #expect(many.tree[path]?.attributes.extendedAttributes.isEmpty == true)
        #expect(many.findings.first.map(\.kind) == [.badExtension])
    }

    @Test func deepPathsAreRefused() throws {
        func deep(_ count: Int) -> String { String(repeating: "a/", count: count - 1) + "f" }
        let stream = TarBuilder.stream { tar in
            tar.file(deep(255), [1])
            tar.file(deep(256), [2])
            tar.directory(deep(2000))
            tar.file("etc/" + deep(254), [3])
        }
        let temporary = try TemporaryRepository()
        let layer = try temporary.importing(stream, proof: .full)
        #expect(layer.refusals.count == 3 && layer.orphanCount == 2)
        #expect(layer.refusals.allSatisfy { $0.hasSuffix("the path has more than 255 names") })
        #expect(try temporary.nodes(layer.ref).count == 256)
        #expect(try temporary.rebuild(layer.ref) == stream)
        #expect(try temporary.damage() == nil)
    }

    private func split(
        _ stream: [UInt8], chunkSize: Int = .max, in temporary: TemporaryRepository
    ) throws -> LayerWriter {
        let transaction = try Transaction(in: temporary.repository)
        defer { transaction.abort() }
        let objects = try ObjectPool(transaction.stage(by: .direct), of: temporary.repository)
        var (writer, splitter) = (LayerWriter(policy: .identity, objects: objects), Splitter())
        objects.begin(try objects.takeBuffer())
        var rest = stream[...]
        while !rest.isEmpty {
            try splitter.consume(rest.prefix(chunkSize), into: &writer)
            rest = rest.dropFirst(chunkSize)
        }
        try splitter.finish(into: &writer)
        try writer.finish()
        return writer
    }
}
