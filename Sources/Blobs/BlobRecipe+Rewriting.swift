extension BlobRecipe {
    /// What compresses a stream that has no blob to be like: zlib at its usual level, without a name or a time.
    public static let rewriting = BlobRecipe(runs: [
        Run(
            header: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff], compressor: .zlib(level: 6, memory: 8, strategy: .standard)
        )
    ])
}
