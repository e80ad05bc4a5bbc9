import Testing

@testable import Harness

@Suite struct ManifestTests {
    private static let entry = """
        schemaVersion: 1
        layers:
          - name: small
            sets: [quick]
            title: A title
            source: A source
            licence: A licence
            policy: identity
            expectedBytes: 12
            needsNetwork: true
            recipe:
              kind: pypi
              project: small
              version: "1.10"

        """

    private func message(_ yaml: String) -> String? {
        do {
            _ = try Manifest(yaml: yaml, path: "m.yaml")
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func message(replacing old: String, with new: String) -> String? {
        message(Self.entry.replacing(old, with: new))
    }

    @Test func readsAnEntry() throws {
        let manifest = try Manifest(yaml: Self.entry, path: "m.yaml")
        let layer = try #require(manifest.layers.first)
        #expect(manifest.layers.count == 1)
        #expect(layer.name == "small")
        #expect(layer.sets == ["quick"])
        #expect(layer.policy == .identity)
        #expect(layer.expectedBytes == 12)
        #expect(layer.expectedEntries == nil)
        #expect(layer.pin == nil)
        #expect(layer.recipe == .pypi(PythonSource(project: "small", version: "1.10")))
    }

    @Test func errorsNameTheLineTheKeyAndTheReason() {
        #expect(
            message(replacing: "    title: A title\n", with: "")
                == "m.yaml:3: layers[0]: the key `title` is missing")
        #expect(message(replacing: "expectedBytes: 12", with: "expectedBytes: many")?.hasPrefix("m.yaml:9: ") == true)
        #expect(message(replacing: "expectedBytes: 12", with: "expectedBytes: many")?.contains("expectedBytes") == true)
        #expect(message(replacing: "policy: identity", with: "policy: strict")?.hasPrefix("m.yaml:8: ") == true)
        #expect(message(replacing: "kind: pypi", with: "kind: ftp")?.contains("unknown recipe kind `ftp`") == true)
    }

    @Test func mistypedKeysAreErrorsWithASuggestion() {
        let text = message(replacing: "licence: A", with: "license: A")
        #expect(text == "m.yaml:7: layers[0].license: unknown key `license` (did you mean `licence`?)")
        let parameter = message(replacing: "      version: \"1.10\"", with: "      version: x\n      suite: y")
        #expect(parameter?.contains("layers[0].recipe.suite: unknown key `suite`") == true)
    }

    @Test func pinsAreDigests() {
        let text = message(replacing: "    needsNetwork", with: "    sha256: abc\n    needsNetwork")
        #expect(text == "m.yaml:10: layers[0].sha256: `abc` is not 64 hexadecimal digits")
    }

    @Test func namesAreCheckedAndTakenOnce() {
        #expect(message(replacing: "name: small", with: "name: ../up")?.contains("is not a name") == true)
        #expect(message(replacing: "name: small", with: "name: host")?.contains("is built in") == true)
        #expect(message(replacing: "name: small", with: "name: quick")?.contains("is a set's name") == true)
        let second = Self.entry.split(separator: "\n").dropFirst(2).joined(separator: "\n")
        #expect(message(Self.entry + second)?.hasPrefix("m.yaml:15: name: `small` is there twice") == true)
    }

    @Test func brokenDocuments() {
        #expect(message("")?.contains("is empty") == true)
        #expect(message("layers: [")?.hasPrefix("m.yaml:") == true)
        #expect(message("layers: [")?.contains("not YAML") == true)
        #expect(message(replacing: "schemaVersion: 1", with: "schemaVersion: 2")?.hasPrefix("m.yaml:1: ") == true)
        #expect(throws: HarnessError.self) { try Manifest(contentsOf: "/nonexistent/manifest.yaml") }
    }
}
