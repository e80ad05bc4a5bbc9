internal import COSTree

/// Owns one reference to a GObject. GLib counts references atomically, so handles may cross threads.
@safe final class GObjectHandle: @unchecked Sendable {
    /// Valid while this owner lives: a call that is given it keeps the owner with `extendLifetime`.
    let pointer: OpaquePointer

    /// Takes over a reference that the caller holds.
    init(adopting pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe g_object_unref(UnsafeMutableRawPointer(pointer)) }
}
