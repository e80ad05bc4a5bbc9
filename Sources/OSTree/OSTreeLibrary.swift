internal import COSTree

/// The library below this module.
public enum OSTreeLibrary {
    /// The version that this module was built with.
    public static var version: String { "\(OSTREE_YEAR_VERSION).\(OSTREE_RELEASE_VERSION)" }
}
