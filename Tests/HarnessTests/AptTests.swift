import Foundation
import Testing

@testable import Harness
import Processes

@Suite struct AptTests {
    private static let stanzas = """
        # A comment
        Types: deb
        # Another, inside
        URIs: http://one.example/debian
          http://two.example/debian
        Suites: bookworm bookworm-updates
        Components: main contrib
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         -----END PGP PUBLIC KEY BLOCK-----

        Enabled: no
        Types: deb
        URIs: http://off.example/debian
        Suites: bookworm
        Components: main


        Types: deb deb-src
        URIs: http://sec.example/debian
        Suites: bookworm-security
        Components: main

        """

    @Test func readsStanzas() throws {
        let sources = AptSources.stanzas(in: Self.stanzas)
        #expect(sources.count == 2)
        #expect(sources[0].uris == ["http://one.example/debian", "http://two.example/debian"])
        #expect(sources[0].suites == ["bookworm", "bookworm-updates"])
        #expect(sources[1].types == ["deb", "deb-src"])
        let text = sources[0].text(types: ["deb", "deb-src"])
        #expect(text.hasPrefix("Types: deb deb-src\nURIs: http://one.example/debian http://two.example/debian\n"))
        #expect(text.contains("\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n -----END"))
        #expect(AptSources.stanzas(in: text)[0].components == ["main", "contrib"])
    }

    @Test func readsLines() {
        let sources = AptSources.lines(
            in: """
                # deb http://off.example/debian bookworm main
                deb [arch=amd64 signed-by=/k.gpg] http://one.example/debian bookworm main contrib # why
                deb-src http://one.example/debian bookworm main
                rpm http://x y z
                """)
        #expect(sources.map(\.types) == [["deb"], ["deb-src"]])
        #expect(sources[0].components == ["main", "contrib"])
        #expect(
            sources[0].text(types: ["deb", "deb-src"]) == """
                deb [arch=amd64 signed-by=/k.gpg] http://one.example/debian bookworm main contrib
                deb-src [arch=amd64 signed-by=/k.gpg] http://one.example/debian bookworm main contrib

                """)
    }

    @Test func takesBothNotationsOfAMachine() throws {
        try withScratchDirectory { root in
            try write("deb http://list.example/debian bullseye main\n", to: root + "/sources.list")
            try write(Self.stanzas, to: root + "/sources.list.d/debian.sources")
            try write("deb http://no.example/ x main\n", to: root + "/sources.list.d/other.list.disabled")
            let sources = AptSources.system(root: root)
            #expect(sources.mirror(of: "bookworm") == "http://one.example/debian")
            #expect(sources.mirror(of: "bullseye") == "http://list.example/debian")
            #expect(sources.mirror(of: "trixie") == nil)
            let text = sources.withSourcePackages
            #expect(AptSources.stanzas(in: text.stanzas).allSatisfy { $0.types == ["deb", "deb-src"] })
            #expect(AptSources.lines(in: text.lines).map(\.types) == [["deb"], ["deb-src"]])
        }
    }

    @Test func withoutSourcesNothingIsAsked() throws {
        try withScratchDirectory { directory in
            let apt = AptIndex(directory: directory + "/apt", sources: AptSources(sources: []))
            let error = #expect(throws: LocatedError.self) { try apt.run("apt-cache", ["madison", "x"]) }
            #expect(error?.what == "this machine's apt has no source of binary packages")
            #expect(!FileManager.default.fileExists(atPath: directory + "/apt"))
        }
    }

    @Test(.enabled(if: Program.find("apt-get") != nil)) func aMirrorThatDoesNotAnswerIsTold() throws {
        try withScratchDirectory { directory in
            let sources = AptSources(sources: AptSources.lines(in: "deb http://127.0.0.1:9/debian x main\n"))
            let apt = AptIndex(directory: directory + "/apt", sources: sources)
            for _ in 1...2 {
                let error = #expect(throws: LocatedError.self) { try apt.run("apt-cache", ["madison", "x"]) }
                #expect(error?.what.hasPrefix("the package lists cannot be downloaded") == true)
            }
        }
    }

    @Test(.enabled(if: Program.find("apt-config") != nil)) func theSystemsHooksDoNotRun() throws {
        try withScratchDirectory { directory in
            try write(AptIndex.withoutHooks, to: directory + "/apt.conf")
            try write(
                "APT::Update::Pre-Invoke { \"a\"; };\nAPT::Update::Post-Invoke-Success:: \"b\";\nDPkg::Post-Invoke:: \"c\";\n",
                to: directory + "/system.conf")
            var child = ChildProcess("apt-config", ["-c", directory + "/apt.conf", "dump"])
            child.environment["APT_CONFIG"] = directory + "/system.conf"
            let lines = try child.runChecked().output.text.split(separator: "\n")
            let hooks = lines.filter { $0.contains("-Invoke::") && !$0.hasPrefix("DPkg::Pre-Install") }
            #expect(hooks.isEmpty, "\(hooks)")
        }
    }

    @Test func listsThatDoNotComeAreNamed() {
        let messages = """
            E: Failed to fetch http://a.example/dists/x/InRelease  Could not connect to a.example:80
            W: Failed to fetch http://b.example/dists/x/InRelease  404  Not Found
            E: Failed to fetch http://a.example/dists/x/InRelease  Could not connect to a.example:80
            E: Some index files failed to download.
            """
        #expect(
            AptIndex.missingLists(messages) == [
                "http://a.example/dists/x/InRelease", "http://b.example/dists/x/InRelease",
            ])
        #expect(AptIndex.missingLists("E: disk full\n") == nil)
        let error = OfferedVersions.replaced(
            "crul", wanted: "1", offered: [], missingLists: ["http://a.example/x"], entryName: "c")
        #expect(
            "\(error)".hasSuffix(
                "the package crul; but these lists could not be downloaded: http://a.example/x; try again"))
    }

    @Test func readsWhatIsOffered() {
        let madison = """
            golang-1.19-src |   1.19.8-2 | http://one.example/debian bookworm/main amd64 Packages
            golang-1.19-src |   1.19.8-2 | http://two.example/debian bookworm/main amd64 Packages
            golang-1.19 |   1.19.4-1 | http://one.example/debian bookworm/main Sources

            """
        #expect(OfferedVersions.binary(of: "golang-1.19-src", madison) == ["1.19.8-2"])
        #expect(OfferedVersions.binary(of: "golang-1.19", madison).isEmpty)
        let showsrc = """
            Package: curl
            Version: 7.88.1-10+deb12u15
            Files:
             1211 2997 curl_7.88.1-10+deb12u15.dsc
             1211 4343562 curl_7.88.1.orig.tar.gz
            Checksums-Sha256:
             cdb3 4343562 curl_7.88.1.orig.tar.gz

            Package: curl
            Version: 7.88.1-10+deb12u5
            Checksums-Sha256:
             cdb3 4343562 curl_7.88.1.orig.tar.gz

            """
        #expect(
            OfferedVersions.source(showsrc) == [
                .init(
                    version: "7.88.1-10+deb12u15",
                    files: ["curl_7.88.1-10+deb12u15.dsc", "curl_7.88.1.orig.tar.gz"]),
                .init(version: "7.88.1-10+deb12u5", files: ["curl_7.88.1.orig.tar.gz"]),
            ])
    }

    @Test func aReplacedVersionSaysBoth() {
        let gone = OfferedVersions.replaced(
            "curl", wanted: "7.88.0", offered: ["7.88.1-1", "7.88.1-2"], entryName: "c")
        #expect(
            gone.what == "replaced upstream: the mirror has curl 7.88.1-1, 7.88.1-2, this entry wants 7.88.0")
        #expect(gone.remedy?.contains("manifest") == true)
        let unknown = OfferedVersions.replaced("crul", wanted: "1", offered: [], entryName: "c")
        #expect(unknown.what.contains("does not know the package crul"))
    }

    @Test func pipsConfigurationBecomesVariables() {
        let list = """
            :env:.cert='/c.crt'
            global.index-url='https://index.example/simple'
            global.find-links='/opt/wheels'
            global.trusted-host='\\na.example\\nb.example'
            install.timeout='60'

            """
        #expect(
            BuildNetwork.pipVariables(list) == [
                "PIP_INDEX_URL": "https://index.example/simple", "PIP_TRUSTED_HOST": "a.example b.example",
                "PIP_TIMEOUT": "60",
            ])
        let ranked = ":env:.timeout='1'\nglobal.timeout='3'\ninstall.timeout='2'\nfreeze.timeout='4'\n"
        #expect(BuildNetwork.pipVariables(ranked) == ["PIP_TIMEOUT": "1"])
        #expect(BuildNetwork.pipVariables(String(ranked.dropFirst(19))) == ["PIP_TIMEOUT": "2"])
    }
}
