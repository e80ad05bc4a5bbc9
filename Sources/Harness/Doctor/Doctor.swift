internal import Foundation
internal import OSTree
internal import Processes
internal import Strategies

/// Looks at all that this program works with: libraries, programs, a work folder, the machine and perhaps a repository.
/// Nothing is changed, but for small files in the work folder that are gone afterwards.
public struct Doctor {
    private let workFolder: String
    private let repository: String?

    /// - Parameters:
    ///   - workFolder: where temporary repositories would be.
    ///   - repository: one to look at, too.
    public init(workFolder: String, repository: String? = nil) {
        (self.workFolder, self.repository) = (workFolder, repository)
    }

    /// Takes a second or two: the share of stolen time is watched meanwhile.
    public func run() -> DoctorReport {
        let before = ProcessorTimes.now
        let start = ContinuousClock().now
        let checks = Doctor.libraries + DoctorPrograms.checks + DoctorFiles(folder: workFolder).checks
        let rest = .seconds(1) - start.duration(to: ContinuousClock().now)
        if rest > .zero { Thread.sleep(forTimeInterval: rest / .seconds(1)) }
        let stolen = before.flatMap { ProcessorTimes.now?.stolenShare(since: $0) }
        let machine = DoctorMachine(stolenShare: stolen).checks
        return DoctorReport(
            checks + machine + (repository.map { DoctorRepository(path: $0).checks } ?? []))
    }

    static var libraries: [DoctorCheck] {
        let zlib = OSTreeLibrary.zlibVersions
        return [
            DoctorCheck(
                .machine, "build", MachineDescription.builtConfiguration == "release" ? .ok : .spoils,
                "layerlab \(Release.version), a \(MachineDescription.builtConfiguration) build",
                MachineDescription.builtConfiguration == "release"
                    ? nil : "measure with what make build makes"),
            library("libostree", built: OSTreeLibrary.version, loaded: OSTreeLibrary.loadedVersion),
            library("libzstd", built: Zstd.builtVersion, loaded: Zstd.libraryVersion),
            library("zlib", built: zlib.built, loaded: zlib.loaded),
            DoctorCheck(.libraries, "libdeflate", .ok, "built with \(OSTreeLibrary.libdeflateVersion)"),
        ]
    }

    static func library(_ name: String, built: String, loaded: String) -> DoctorCheck {
        guard built != loaded else { return DoctorCheck(.libraries, name, .ok, loaded) }
        return DoctorCheck(
            .libraries, name, .note, "\(loaded), built with \(built)",
            "sizes of two versions may differ: build again to compare")
    }
}
