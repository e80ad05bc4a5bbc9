internal import OSTree
public import Tar

/// The one tar that a tree says by itself, without a recipe: for comparing layers by what is in them, and as the form of a
/// layer that `tree` keeps in two bytes.
///
/// The form: `Documentation/formats/canonical.md`.
public enum CanonicalTar {
    /// The recipe of a layer's tree. Nothing of it depends on anything but paths, types, modes, owners, targets, contents
    /// and, if they are wanted, extended attributes (never `security.selinux`).
    public static func recipe(of layer: LayerContext, withAttributes: Bool) -> Recipe {
        var recipe = Recipe()
        write(layer, withAttributes: withAttributes, to: &recipe)
        return recipe
    }

    /// Hands the segments of that recipe on, in order.
    static func write(_ layer: LayerContext, withAttributes: Bool, to sink: inout some RecipeSink) {
        let tree = TarTree(layer.tree, policy: layer.policy)
        for node in sequence(of: tree) { append(node, of: tree, withAttributes, to: &sink) }
        sink.append(literal: end[...])
    }

    /// Whether a recipe is the canonical one without attributes, which a repository may change. Most others are told apart by their first header.
    static func isCanonical(_ recipe: Recipe, _ layer: LayerContext) -> Bool {
        if layer.tree.nodeCount == 1 { return isWritten(recipe, layer) }
        guard recipe.literalByteCount >= 2 * Header.blockSize else { return false }
        var reader = recipe.literalReader()
        let header = Array(reader.next(upTo: Header.blockSize))
        guard header[HeaderField.numbers[EntryFields.time]].elementsEqual(zeroTime),
            header[HeaderField.userName].allSatisfy({ $0 == 0 })
        else { return false }
        return isWritten(recipe, layer)
    }

    private static func isWritten(_ recipe: Recipe, _ layer: LayerContext) -> Bool {
        var comparison = RecipeComparison(with: recipe)
        write(layer, withAttributes: false, to: &comparison)
        return comparison.finish() == nil
    }

    private static let zeroTime = Array("00000000000\0".utf8)
    private static let end = [UInt8](repeating: 0, count: 2 * Header.blockSize)

    /// All nodes but the root: depth first, siblings in bytewise order.
    private static func sequence(of tree: TarTree) -> ArraySlice<Int> {
        var (sequence, pending) = ([Int](), [0])
        while let node = pending.popLast() {
            sequence.append(node)
            pending += tree.nodes[node].children.reversed().map(Int.init)
        }
        return sequence.dropFirst()
    }

    private static func append(
        _ node: Int, of tree: TarTree, _ withAttributes: Bool, to sink: inout some RecipeSink
    ) {
        let info = tree.nodes[node]
        var fields = EntryFields()
        tree.appendPath(of: node, to: &fields.path)
        if info.kind == .directory { fields.path.append(UInt8(ascii: "/")) }
        fields.link = Array(tree.target(of: node))
        fields.numbers[EntryFields.mode] = Int64(info.mode)
        fields.numbers[EntryFields.userID] = Int64(info.userID)
        fields.numbers[EntryFields.groupID] = Int64(info.groupID)
        fields.numbers[EntryFields.size] = Int64(truncatingIfNeeded: info.byteCount)
        let all = withAttributes ? tree.extendedAttributes(of: node) : []
        let attributes = all.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        fields.records = attributes.map(\.value)
        var headers: [UInt8] = []
        _ = style(of: fields, info.kind, attributes.map(\.name)).render(fields, [], to: &headers)
        sink.append(literal: headers[...])
        guard info.kind == .regular, info.byteCount > 0, let object = tree.object(of: node) else { return }
        sink.append(Recipe.Payload(byteCount: info.byteCount, object: object))
        sink.append(literal: TreePadding.zeros.prefix(Int((0 &- info.byteCount) % UInt64(Header.blockSize))))
    }

    /// The style of one entry: POSIX ustar, with pax records for what has no room there.
    private static func style(
        of fields: EntryFields, _ kind: TarTree.Kind, _ attributes: [[UInt8]]
    ) -> HeaderStyle {
        let typeFlag: Unicode.Scalar =
            switch kind {
            case .directory: "5"
            case .regular: "0"
            case .symbolicLink: "2"
            }
        var style = HeaderStyle.ustarStyle(UInt8(ascii: typeFlag))
        // Numbers that octal digits have no room for are in base-256, as GNU tar and star read them.
        for index in 0..<style.forms.count - 1 {
            let bits = 3 * (HeaderField.numbers[index].count - 1)
            if fields.numbers[index] >> Int64(bits) != 0 { style.forms[index] = .binary }
        }
        let records =
            [
                PaxRecordStyle(key: Array("path".utf8), source: .path(.unfitOrNotASCII)),
                PaxRecordStyle(key: Array("linkpath".utf8), source: .link(.unfitOrNotASCII)),
            ] + attributes.map { PaxRecordStyle(key: HeaderReading.attributeMarker + $0, source: .spelled) }
        style.extensions = [ExtensionStyle.canonical(records)]
        return style
    }
}
