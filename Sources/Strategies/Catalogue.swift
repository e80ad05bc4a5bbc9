/// Everything there is, in one list: laws, benchmarks, the tool and reports iterate over it. To add an encoding or a
/// storage, write its file and put its name here.
public enum Catalogue {
    public static let encodings: [any Encoding.Type] = [Raw.self, Splitstream.self]
    public static let wrappers: [any Wrapper.Type] = [Zstd.self]
    public static let storages: [any Storage.Type] = [
        CommitMetadata.self, SeparateRef.self, Sidecar.self, Discard.self,
    ]

    /// Every encoding with its default parameters, alone and in each wrapper at its representative levels.
    public static var allEncodings: [any Encoding] {
        encodings.flatMap { type -> [any Encoding] in
            guard let plain = try? type.init(parameters: [:]) else { return [] }
            let wrapped = wrappers.flatMap { wrapper in
                wrapper.representativeLevels.compactMap { level in
                    (try? wrapper.init(level: level)).map { WrappedEncoding(base: plain, wrapper: $0) }
                }
            }
            return [plain] + wrapped
        }
    }

    /// Every encoding in every storage, floors left out.
    public static var allStrategies: [Strategy] {
        allEncodings.flatMap { encoding in
            storages.filter { !$0.isFloor }.map { Strategy(encoding: encoding, storage: $0.init()) }
        }
    }
}
