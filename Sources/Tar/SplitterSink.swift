/// Takes what a `Splitter` finds, in stream order. The literal, payload and opaque bytes, one after the other, are the
/// stream itself.
public protocol SplitterSink {
    /// Bytes that belong to the recipe: headers, extension headers, padding, the end marker. Headers of extensions
    /// that no entry follows are among them, so there is no limit to what comes between two entries.
    mutating func literal(_ bytes: ArraySlice<UInt8>) throws

    /// An entry whose header has just passed. `entry.size` payload bytes follow, and then `payloadEnded`, unless the
    /// size is 0.
    mutating func entry(_ entry: Entry) throws

    /// The next bytes of the current entry's payload.
    mutating func payload(_ bytes: ArraySlice<UInt8>) throws

    /// The current entry's payload is over. `isWhole` is false where the stream ended inside it.
    mutating func payloadEnded(isWhole: Bool) throws

    /// Bytes that nobody understands: what follows an unreadable header or the end marker, an oversized extension header
    /// or the rest of an oversized sparse map. There is no limit to them, so they are not for keeping in memory.
    mutating func opaque(_ bytes: ArraySlice<UInt8>) throws

    mutating func finding(_ finding: Finding) throws
}
