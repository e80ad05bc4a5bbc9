/// Where a header's fields are.
enum HeaderField {
    static let name = 0..<100
    static let linkName = 157..<257
    static let typeFlag = 156
    static let magic = 257..<265
    static let userName = 265..<297
    static let groupName = 297..<329
    static let prefix = 345..<500
    static let checksum = 148..<156
    /// Mode, owner, group, size, time, and a device's numbers.
    static let numbers = [100..<108, 108..<116, 116..<124, 124..<136, 136..<148, 329..<337, 337..<345]
}
