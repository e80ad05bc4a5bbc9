internal import OSTree

/// The header styles of a layer so far, in the order of their first use, and which of them entries of a sort had last.
struct StyleTable {
    /// More are not told apart.
    static let maximumCount = 1024

    private(set) var styles: [HeaderStyle] = []
    /// What the last entry of each style said.
    private var lastFields: [HeaderFields] = []
    /// Names of extended attributes that some style has.
    private var attributeNames: Set<[UInt8]> = []
    /// The last style of each sort of entry, by the hash of the sort.
    private var last: [UInt32: Int] = [:]

    mutating func append(_ style: HeaderStyle) -> Int {
        styles.append(style)
        lastFields.append(HeaderFields())
        attributeNames.formUnion(style.attributeNames)
        return styles.count - 1
    }

    /// What an entry of a style that is no node's likely says: paths and times left out.
    func lastFields(of style: Int?) -> HeaderFields { style.map { lastFields[$0] } ?? HeaderFields() }

    mutating func setLastFields(_ fields: HeaderFields, of style: Int) { lastFields[style] = fields }

    func knowsAttribute(of attributes: [ExtendedAttribute]) -> Bool {
        attributes.contains { attributeNames.contains($0.name) }
    }

    /// The style that an entry of a sort likely has.
    func expected(_ sort: UInt32) -> Int? { last[sort] }

    mutating func note(_ style: Int, _ sort: UInt32) { last[sort] = style }
}

/// Owners' names by their numbers, as the last entry with the number had them.
struct OwnerNames {
    private var users: [Int64: [UInt8]] = [:]
    private var groups: [Int64: [UInt8]] = [:]

    func user(_ number: Int64) -> [UInt8] { users[number] ?? [] }
    func group(_ number: Int64) -> [UInt8] { groups[number] ?? [] }

    mutating func note(_ fields: HeaderFields) {
        let (user, group) = (fields.numbers[HeaderFields.userID], fields.numbers[HeaderFields.groupID])
        if users[user] != fields.userName { users[user] = fields.userName }
        if groups[group] != fields.groupName { groups[group] = fields.groupName }
    }
}
