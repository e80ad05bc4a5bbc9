internal import CDeflate
internal import COSTree
internal import CZlib

/// The library below this module.
public enum OSTreeLibrary {
    /// The version that this module was built with.
    public static var version: String { "\(OSTREE_YEAR_VERSION).\(OSTREE_RELEASE_VERSION)" }

    /// The version that is loaded: the last that the library itself says it is not older than.
    public static var loadedVersion: String {
        let (year, release) = (UInt32(OSTREE_YEAR_VERSION), UInt32(OSTREE_RELEASE_VERSION))
        func isThere(_ year: UInt32, _ release: UInt32) -> Bool {
            ostree_check_version(year, release) != 0
        }
        // Older than what this was built with, and with fewer functions: it would hardly have started.
        guard isThere(year, release) else { return "older than \(version)" }
        let lastYear = (year...year + 30).last { isThere($0, 0) } ?? year
        let lastRelease = (0...99 as ClosedRange<UInt32>).last { isThere(lastYear, $0) } ?? release
        return "\(lastYear).\(lastRelease)"
    }

    /// zlib's version at build time and now.
    public static var zlibVersions: (built: String, loaded: String) {
        (ZLIB_VERSION, unsafe String(cString: zlibVersion()))
    }

    /// libdeflate's version at build time; the library does not tell its own.
    public static var libdeflateVersion: String { LIBDEFLATE_VERSION_STRING }
}
