/// How figures are written in tables and messages: always the same, whatever the locale.
public enum Figure {
    /// A count or a number of bytes with thousands separators: `170,401,280`.
    public static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        let grouped = digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : String(digit)
        }
        return (value < 0 ? "-" : "") + grouped.joined()
    }

    /// A count of things: `1 layer`, `3 layers`, `2 strategies`.
    public static func count(_ value: some BinaryInteger, _ thing: String, many: String? = nil) -> String {
        "\(count(value)) \(value == 1 ? thing : many ?? thing + "s")"
    }

    /// A number with this many decimals, halves rounded away from zero; `–` where it is not finite, or has more than
    /// eighteen digits.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded(.toNearestOrAwayFromZero)
        guard scaled.isFinite, scaled < 9e18, scale < 9e18 else { return "–" }
        let units = UInt64(scaled)
        let sign = value < 0 && units > 0 ? "-" : ""
        guard decimals > 0 else { return sign + count(units) }
        let fraction = String(units % UInt64(scale))
        let padding = String(repeating: "0", count: decimals - fraction.count)
        return sign + count(units / UInt64(scale)) + "." + padding + fraction
    }

    /// Bytes per tar entry with two decimals; `–` without entries.
    public static func bytesPerEntry(bytes: some BinaryInteger, entries: some BinaryInteger) -> String {
        let ratio = entries == 0 ? .nan : Double(bytes) / Double(entries)
        return fixed(ratio, decimals: ratio > 0 && ratio < 1 ? 3 : 2)
    }

    /// Throughput in MB/s, where 1 MB = 10⁶ bytes: one decimal below 100, none from there on.
    public static func megabytesPerSecond(bytes: some BinaryInteger, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(bytes) / 1e6 / seconds : .nan
        return fixed(rate, decimals: rate < 100 ? 1 : 0)
    }

    /// A duration in seconds: three decimals below ten seconds, one from there on.
    public static func seconds(_ value: Double) -> String {
        fixed(value, decimals: value < 10 ? 3 : 1)
    }

    /// A rough duration for people: `40 s`, `12 min`, `2 h 05 min`.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "–" }
        if seconds < 90 { return "\(Int(max(seconds, 0).rounded(.up))) s" }
        let minutes = Int((seconds / 60).rounded())
        if minutes < 120 { return "\(minutes) min" }
        return "\(minutes / 60) h \(minutes % 60 < 10 ? "0" : "")\(minutes % 60) min"
    }

    /// A share of one as a percentage with one decimal: 0.052 is `5.2 %`.
    public static func percent(_ share: Double) -> String {
        fixed(share * 100, decimals: 1) + " %"
    }

    /// A ratio with its 95 % interval: `1.89 (1.80–1.97)`.
    static func interval(_ ratio: PairedRatio) -> String {
        let bounds = [ratio.interval.lowerBound, ratio.interval.upperBound].map { fixed($0, decimals: 2) }
        return "\(fixed(ratio.median, decimals: 2)) (\(bounds[0])–\(bounds[1]))"
    }
}
