internal import COSTree
internal import Digests

/// Owns one reference to a GVariant, the immutable value in which libostree keeps all its metadata.
@safe final class Variant: @unchecked Sendable {
    /// Valid while this owner lives: a call that is given it keeps the owner with `extendLifetime`.
    let pointer: OpaquePointer

    /// Takes over a reference, sinking it where it is still floating.
    init(adopting pointer: OpaquePointer) {
        unsafe self.pointer = unsafe g_variant_take_ref(pointer)
    }

    deinit { unsafe g_variant_unref(pointer) }

    // MARK: Making

    convenience init(bytes: ArraySlice<UInt8>) {
        let data = unsafe bytes.withUnsafeBytes { unsafe g_bytes_new($0.baseAddress, gsize($0.count)) }
        defer { unsafe g_bytes_unref(data) }
        unsafe self.init(adopting: g_variant_ref_sink(g_variant_new_from_bytes(Variant.type("ay"), data, 1)))
    }

    /// A value of any type, from its serialised form.
    convenience init(serialised bytes: [UInt8], type: StaticString) {
        let data = unsafe bytes.withUnsafeBytes { unsafe g_bytes_new($0.baseAddress, gsize($0.count)) }
        defer { unsafe g_bytes_unref(data) }
        unsafe self.init(adopting: g_variant_ref_sink(g_variant_new_from_bytes(Variant.type(type), data, 0)))
    }

    /// A value of any type, from the file that a descriptor is open for, and that nobody writes to; nil where it cannot be
    /// mapped. Its bytes are not trusted.
    convenience init?(mapping descriptor: Int32, type: StaticString) {
        guard let file = unsafe g_mapped_file_new_from_fd(descriptor, 0, nil) else { return nil }
        defer { unsafe g_mapped_file_unref(file) }
        let data = unsafe g_mapped_file_get_bytes(file)
        defer { unsafe g_bytes_unref(data) }
        unsafe self.init(adopting: g_variant_ref_sink(g_variant_new_from_bytes(Variant.type(type), data, 0)))
    }

    /// A string; the text must not contain NUL.
    convenience init(text: String) { unsafe self.init(adopting: g_variant_ref_sink(g_variant_new_string(text))) }

    convenience init(bigEndian number: UInt32) {
        unsafe self.init(adopting: g_variant_ref_sink(g_variant_new_uint32(number.bigEndian)))
    }

    convenience init(tuple members: [Variant]) {
        defer { extendLifetime(members) }
        let pointers = unsafe members.map { unsafe Optional($0.pointer) }
        let tuple = unsafe pointers.withUnsafeBufferPointer {
            unsafe g_variant_new_tuple($0.baseAddress, gsize($0.count))
        }
        unsafe self.init(adopting: g_variant_ref_sink(tuple))
    }

    /// An array of the element type given, such as `(say)`.
    convenience init(array members: [Variant], of elementType: StaticString) {
        defer { extendLifetime(members) }
        let pointers = unsafe members.map { unsafe Optional($0.pointer) }
        let array = unsafe pointers.withUnsafeBufferPointer {
            unsafe g_variant_new_array(Variant.type(elementType), $0.baseAddress, gsize($0.count))
        }
        unsafe self.init(adopting: g_variant_ref_sink(array))
    }

    /// A dictionary `a{sv}`.
    convenience init(dictionary entries: [(key: String, value: Variant)]) {
        let members = entries.map { entry in
            let key = Variant(text: entry.key)
            defer { extendLifetime((key, entry.value)) }
            return unsafe Variant(
                adopting: g_variant_ref_sink(
                    g_variant_new_dict_entry(key.pointer, g_variant_new_variant(entry.value.pointer))))
        }
        self.init(array: members, of: "{sv}")
    }

    /// The same bytes again, of which GLib checks each part before it reads it. libostree declares what is stored to be
    /// sound, and GLib then follows damaged offsets and texts without an end.
    convenience init(distrusting variant: Variant) {
        defer { extendLifetime(variant) }
        let data = unsafe g_variant_get_data_as_bytes(variant.pointer)
        defer { unsafe g_bytes_unref(data) }
        unsafe self.init(
            adopting: g_variant_ref_sink(g_variant_new_from_bytes(g_variant_get_type(variant.pointer), data, 0)))
    }

    // MARK: Reading

    /// Whether the serialised form is what its type says, in every part; no object's is empty, though GLib takes that for
    /// two empty lists. Takes time in proportion to its bytes.
    var isSound: Bool { unsafe serialisedByteCount > 0 && g_variant_is_normal_form(pointer) != 0 }

    var childCount: Int { unsafe Int(g_variant_n_children(pointer)) }

    /// Child `index` of a container; the caller keeps within `childCount`.
    func child(_ index: Int) -> Variant {
        unsafe Variant(adopting: g_variant_get_child_value(pointer, gsize(index)))
    }

    /// The children of a container.
    var children: some Sequence<Variant> { (0..<childCount).lazy.map(child) }

    /// The bytes of an `ay`.
    var bytes: [UInt8] {
        var count: gsize = 0
        guard let data = unsafe g_variant_get_fixed_array(pointer, &count, 1) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: data, count: Int(count)))
    }

    /// The bytes of a string, without its NUL.
    var text: [UInt8] {
        var count: gsize = 0
        guard let characters = unsafe g_variant_get_string(pointer, &count) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: characters, count: Int(count)))
    }

    /// A big-endian `u`, in the machine's own order.
    var bigEndianNumber: UInt32 { unsafe UInt32(bigEndian: g_variant_get_uint32(pointer)) }

    /// A big-endian `t`, in the machine's own order.
    var bigEndianLongNumber: UInt64 { unsafe UInt64(g_variant_get_uint64(pointer).bigEndian) }

    /// The value of a key in an `a{sv}`, where it has the type given.
    func lookup(_ key: String, type: StaticString) -> Variant? {
        unsafe g_variant_lookup_value(pointer, key, Variant.type(type)).map { unsafe Variant(adopting: $0) }
    }

    /// The bytes of the serialised form.
    var serialisedByteCount: Int { unsafe Int(g_variant_get_size(pointer)) }

    /// The serialised form.
    var serialised: [UInt8] {
        guard let data = unsafe g_variant_get_data(pointer) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: data, count: serialisedByteCount))
    }

    /// Where in the serialised form the bytes of a part of it are; nil for what is no part of it.
    func place(of part: Variant) -> Range<Int>? {
        defer { extendLifetime((self, part)) }
        guard let all = unsafe g_variant_get_data(pointer), let bytes = unsafe g_variant_get_data(part.pointer) else {
            return nil
        }
        let start = unsafe bytes - all
        let count = part.serialisedByteCount
        return start >= 0 && count <= serialisedByteCount - start ? start..<start + count : nil
    }

    static func type(_ text: StaticString) -> OpaquePointer { unsafe OpaquePointer(text.utf8Start) }
}

// MARK: libostree's own shapes

extension Variant {
    /// Extended attributes as libostree writes them, `a(ayay)`: sorted by name, names with their NUL.
    convenience init(extendedAttributes: [ExtendedAttribute]) {
        let sorted = extendedAttributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        self.init(
            array: sorted.map { attribute in
                Variant(tuple: [Variant(bytes: (attribute.name + [0])[...]), Variant(bytes: attribute.value[...])])
            }, of: "(ayay)")
    }

    /// The extended attributes in an `a(ayay)`.
    var extendedAttributes: [ExtendedAttribute] {
        children.map { pair in
            ExtendedAttribute(name: Array(pair.child(0).bytes.prefix { $0 != 0 }), value: pair.child(1).bytes)
        }
    }

    /// The digest in an `ay` of 32 bytes.
    func digest(of what: String) throws(OSTreeError) -> Digest {
        guard let digest = Digest(bytes) else {
            throw OSTreeError(operation: "read", subject: what, reason: "it holds a malformed checksum")
        }
        return digest
    }
}
