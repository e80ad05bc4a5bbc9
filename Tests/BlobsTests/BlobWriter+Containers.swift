/// The writers of container layers.
extension BlobWriter {
    static let containers = [
        BlobWriter("skopeo", script: skopeo, "pgzip, 1024 KiB blocks, klauspost/compress 1.15.10 to 1.18.0"),
        // Short layers have one block, whose size does not show.
        BlobWriter("umoci", script: umoci, "pgzip, 1024 KiB blocks, klauspost/compress 1.15.10 to 1.18.0"),
    ]

    /// Moves the layer's blob out of a folder.
    private static let take = """
        for blob in $blobs/*; do
            [ "$(head -c 2 $blob | od -An -tx1)" != " 1f 8b" ] || mv $blob $out
        done
        """

    private static let umoci = """
        rm -rf image
        umoci init --layout image
        umoci new --image image:x
        umoci raw add-layer --image image:x $in
        blobs=image/blobs/sha256
        \(take)
        """

    /// An image with the file as its layer, whose copy is compressed.
    private static let skopeo = """
        rm -rf image copy
        mkdir -p image/blobs/sha256
        put() { sum=$(sha256sum < $1); sum=${sum%% *}; size=$(stat -c %s $1); mv $1 image/blobs/sha256/$sum; }
        type=application/vnd.oci.image
        cp $in part
        put part
        layer='{"mediaType": "'$type'.layer.v1.tar", "digest": "sha256:'$sum'", "size": '$size'}'
        printf '{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}' $sum > part
        put part
        config='{"mediaType": "'$type'.config.v1+json", "digest": "sha256:'$sum'", "size": '$size'}'
        printf '{"schemaVersion": 2, "config": %s, "layers": [%s]}' "$config" "$layer" > part
        put part
        manifest='{"mediaType": "'$type'.manifest.v1+json", "digest": "sha256:'$sum'", "size": '$size'}'
        printf '{"schemaVersion": 2, "manifests": [%s]}' "$manifest" > image/index.json
        printf '{"imageLayoutVersion": "1.0.0"}' > image/oci-layout
        skopeo --insecure-policy copy --quiet --dest-compress oci:image dir:copy
        blobs=copy
        \(take)
        """
}
