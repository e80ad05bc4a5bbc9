import TestSupport
import Testing

@testable import Blobs

/// Blobs that are made to cost whoever looks for their recipe a lot.
@Suite struct HostileBlobTests {
    private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
    private static let emptyBody: [UInt8] = [3, 0] + [UInt8](repeating: 0, count: 8)

    /// They have bytes, and what they stand for has none: the work of making them again hangs on nothing that is there.
    @Test func emptyMembersAreLimited() throws {
        let member = Self.header + Self.emptyBody
        let others = Array(Self.header.dropLast()) + [7] + Self.emptyBody
        for count in [2046, 2050] {
            let members = Array(repeating: member, count: count) + Array(repeating: others, count: 2050)
            let blob = Array(members.joined())
            let reason = try BlobRecipe.reason(for: blob)
            #expect(reason == (count == 2050 ? "more than 4096 of its members are empty" : nil))
        }
    }

    /// A recipe keeps heads as they are, but not any number of them.
    @Test func longHeadsAreLimited() throws {
        var blob: [UInt8] = []
        for letter in UInt8(65)..<74 {
            blob += [0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 3]
            blob += [UInt8](repeating: letter, count: 120 << 10) + [0] + Self.emptyBody
        }
        #expect(try BlobRecipe.reason(for: blob)?.contains("differ too much") == true)
    }

    /// Nobody writes empty blocks by the hundred thousand; they are not all looked at.
    @Test func emptyBlocksAreLimited() throws {
        // Four of them.
        let blocks: [UInt8] = [0x02, 0x08, 0x20, 0x80, 0x00]
        let front = Array(repeatElement(blocks, count: 20_000).joined())
        let outline = DeflateOutline(front[...], byteLimit: 1 << 20)
        #expect(outline.blocks.count == 1 << 16)
        #expect(!outline.endsEarly)
        #expect(DeflateOutline(front[..<5000], byteLimit: 1 << 20).endsEarly)
        let end = Self.emptyBody
        #expect(try BlobRecipe.reason(for: Self.header + front + end)?.contains("no compressor") == true)
    }
}
