import Foundation
import Testing

@testable import Harness

@Suite struct CompletionTests {
    @Test func strategiesGoOnBehindTheAt() {
        #expect(StrategyCompletion.candidates(for: "ra").contains("raw+zstd:19"))
        #expect(StrategyCompletion.candidates(for: "tree@s").contains("tree@sidecar"))
        #expect(StrategyCompletion.plain("\"a\\ b'") == "a b")
    }

    @Test func pathsAreThoseOfTheFolder() throws {
        try withScratchDirectory { folder in
            for name in ["ab.tar", "a/x", ".hidden"] { try write("", to: "\(folder)/\(name)") }
            #expect(PathCompletion.paths(for: folder + "/a") == ["\(folder)/a/", "\(folder)/ab.tar"])
            #expect(PathCompletion.paths(for: folder + "/") == ["\(folder)/a/", "\(folder)/ab.tar"])
            #expect(PathCompletion.paths(for: folder + "/.h") == ["\(folder)/.hidden"])
            #expect(PathCompletion.paths(for: folder + "/none/x").isEmpty)
        }
    }
}
