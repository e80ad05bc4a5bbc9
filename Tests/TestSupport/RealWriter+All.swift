extension RealWriter {
    public static let all: [RealWriter] = gnu + bsd + python + others + cpio

    private static let oldLimits: Set<Feature> = [.longPath, .longTarget, .deep, .fifo, .device]
    private static let ustarLimits: Set<Feature> = [.longTarget, .deep]

    private static let gnu: [RealWriter] = [
        RealWriter("GNU tar, v7", "tar", without: oldLimits, script: "tar -cf $out --format=v7 ."),
        RealWriter("GNU tar, oldgnu", "tar", script: "tar -cf $out --format=oldgnu ."),
        RealWriter("GNU tar, gnu", "tar", script: "tar -cf $out --format=gnu ."),
        RealWriter("GNU tar, ustar", "tar", without: ustarLimits, script: "tar -cf $out --format=ustar ."),
        RealWriter("GNU tar, posix", "tar", script: "tar -cf $out --format=posix ."),
        RealWriter("GNU tar, sparse oldgnu", "tar", script: "tar -cSf $out --format=oldgnu ."),
        RealWriter("GNU tar, sparse gnu", "tar", script: "tar -cSf $out --format=gnu ."),
        RealWriter("GNU tar, sparse 0.0", "tar", script: "tar -cSf $out --format=posix --sparse-version=0.0 ."),
        RealWriter("GNU tar, sparse 0.1", "tar", script: "tar -cSf $out --format=posix --sparse-version=0.1 ."),
        RealWriter("GNU tar, sparse 1.0", "tar", script: "tar -cSf $out --format=posix --sparse-version=1.0 ."),
        RealWriter(
            "GNU tar, attributes", "tar", "setfattr", "setfacl", script: "tar -cf $out --xattrs --acls --selinux ."),
        RealWriter(
            "GNU tar, global records", "tar",
            script: "tar -cf $out --format=posix --pax-option=comment=all,comment:=each,delete=atime ."),
        RealWriter("GNU tar, incremental", "tar", script: "tar -cf $out --format=gnu --listed-incremental=$work/s ."),
        RealWriter(
            "GNU tar, incremental posix", "tar",
            script: "tar -cf $out --format=posix --listed-incremental=$work/s ."),
        RealWriter(
            "GNU tar, volumes", "tar", is: .bytes,
            script: "tar -cM -L 600 -f ${out}1 -f ${out}2 -f ${out}3 -f ${out}4 ."),
    ]

    private static let bsd: [RealWriter] = [
        RealWriter("bsdtar, ustar", "bsdtar", without: ustarLimits, script: "bsdtar -cf $out --format=ustar ."),
        RealWriter("bsdtar, pax", "bsdtar", script: "bsdtar -cf $out --format=pax ."),
        RealWriter("bsdtar, gnutar", "bsdtar", script: "bsdtar -cf $out --format=gnutar ."),
        RealWriter("bsdtar, v7", "bsdtar", without: oldLimits, script: "bsdtar -cf $out --format=v7 ."),
        RealWriter("bsdtar, odc", "bsdtar", is: .bytes, script: "bsdtar -cf $out --format=odc ."),
        RealWriter("bsdtar, newc", "bsdtar", is: .bytes, script: "bsdtar -cf $out --format=newc ."),
    ]

    private static let python: [RealWriter] = [
        RealWriter("Python, ustar", "python3", without: ustarLimits, script: python("USTAR")),
        RealWriter("Python, gnu", "python3", script: python("GNU")),
        RealWriter("Python, pax", "python3", script: python("PAX")),
    ]

    private static func python(_ format: String) -> String {
        let program = "import sys, tarfile; t = tarfile.open(sys.argv[1], 'w', format=tarfile.\(format)_FORMAT)"
        return "python3 -c \"\(program); t.add('.'); t.close()\" $out"
    }

    private static let others: [RealWriter] = [
        RealWriter("busybox tar", "busybox", script: "busybox tar -cf $out ."),
        RealWriter(
            "git archive", "git", without: [.emptyFolder, .fifo, .device, .links],
            script: """
                export GIT_DIR=$work/git GIT_WORK_TREE=.
                git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm x
                git archive --format=tar HEAD > $out
                """),
        RealWriter("pax, ustar", "pax", without: ustarLimits, script: "pax -w -x ustar -f $out ."),
        RealWriter("pax, cpio", "pax", is: .bytes, script: "pax -w -x cpio -f $out ."),
        RealWriter("cpio, ustar", "cpio", without: ustarLimits, script: cpio("ustar")),
        RealWriter("cpio, tar", "cpio", without: oldLimits, script: cpio("tar")),
        RealWriter(
            "umoci, Go's archive/tar", "umoci", "python3", is: .unfinished,
            script: """
                umoci init --layout $work/l; umoci new --image $work/l:a
                umoci insert --image $work/l:a usr /usr
                python3 - $work/l/blobs/sha256/ $out <<'END'
                import gzip, json, sys
                def blob(descriptor): return sys.argv[1] + descriptor["digest"][7:]
                with open(sys.argv[1] + "../../index.json") as index:
                    manifest = json.load(index)["manifests"][-1]
                with open(blob(manifest)) as file, open(sys.argv[2], "wb") as out:
                    out.write(gzip.open(blob(json.load(file)["layers"][-1])).read())
                END
                """),
    ]

    private static let cpio: [RealWriter] = ["newc", "crc", "odc"].map {
        RealWriter("cpio, \($0)", "cpio", is: .bytes, script: cpio($0))
    }

    private static func cpio(_ format: String) -> String {
        "find . -print0 | cpio -0 -o -H \(format) --quiet > $out"
    }
}
