/// Everything there is, in one list: laws, benchmarks, the tool and reports iterate over it. To add an encoding or a
/// storage, write its file and put its name here; `make fuzz-seeds` and `make gate-renew` then record it.
public enum Catalogue {
    public static let encodings: [any Encoding.Type] = [
        Raw.self, Delta.self, Columns.self, Tree.self, TarSplit.self, Splitstream.self,
    ]
    public static let wrappers: [any Wrapper.Type] = [Zstd.self, Base64.self]
    public static let storages: [any Storage.Type] = [
        CommitMetadata.self, DetachedMetadata.self, SeparateRef.self, Sidecar.self, Discard.self,
    ]

    /// What has been in use as it is, in a wrapper that is pointless around anything else.
    public static let historicalEncodings = ["tarsplit+base64"]

    /// Encodings that other parameters make another thing.
    public static let parameterisedEncodings = ["columns:checksums=tree"]

    /// Every encoding with its default parameters, alone and, unless it is compressed itself, in each wrapper at its
    /// representative levels; and the parameterised and historical ones.
    public static var allEncodings: [any Encoding] {
        let product = encodings.flatMap { type -> [any Encoding] in
            guard let plain = try? type.init(parameters: [:]) else { return [] }
            guard !type.isCompressed else { return [plain] }
            let wrapped = wrappers.flatMap { wrapper in
                wrapper.representativeLevels.compactMap { level in
                    (try? wrapper.init(level: level)).map { WrappedEncoding(base: plain, wrapper: $0) }
                }
            }
            return [plain] + wrapped
        }
        return product + (parameterisedEncodings + historicalEncodings).compactMap { try? Strategy.encoding($0) }
    }

    /// Every encoding in every storage, floors left out.
    public static var allStrategies: [Strategy] {
        allEncodings.flatMap { encoding in
            storages.filter { !$0.isFloor }.map { Strategy(encoding: encoding, storage: $0.init()) }
        }
    }
}
