import Foundation
import Testing

@testable import Strategies

/// What `zstd` neither takes nor makes room for.
@Suite struct ZstdLimitTests {
    @Test func whatUnwrapWouldRefuseIsNotWrapped() throws {
        try Zstd.checkLength(Int(Zstd.maximumUnwrappedBytes))
        let error = try #require(throws: StrategyError.self) {
            try Zstd.checkLength(Int(Zstd.maximumUnwrappedBytes) + 1)
        }
        #expect(error.kind == .cannot)
    }

    @Test func longerThanTheRoomInAdvanceIsExact() throws {
        for count in [Zstd.maximumRoomInAdvance - 1, Zstd.maximumRoomInAdvance, Zstd.maximumRoomInAdvance + 70_001] {
            var bytes = [UInt8](repeating: 0, count: count)
            for index in stride(from: 0, to: count, by: 4099) { bytes[index] = UInt8(truncatingIfNeeded: index >> 4) }
            let unwrapped = try Zstd.standard.unwrap(Zstd.standard.wrap(bytes)[...])
            #expect(unwrapped == bytes)
        }
    }
}
