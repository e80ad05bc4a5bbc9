internal import Foundation

/// The colours of a report, in two themes: those of series follow Okabe and Ito, whose eight the colour-blind tell apart,
/// darker or lighter where the paper asks for it. A test computes every contrast.
struct Palette: Sendable {
    /// `#rrggbb`.
    var paper: String
    var raised: String
    var ink: String
    var soft: String
    var line: String
    var link: String
    /// Of words and marks, on `paper`.
    var series: [String]
    /// Under words in `ink`.
    var tints: [String]
    var goodTint: String
    var badTint: String
    var fairTint: String

    static let light = Palette(
        paper: "#ffffff", raised: "#f5f6f8", ink: "#1a1d21", soft: "#59616b", line: "#d9dde2", link: "#00598c",
        series: ["#0069a6", "#b84a00", "#00775a", "#9c3f73", "#7d5c00", "#59616b", "#4b4ba8"],
        tints: ["#bfdcef", "#f6d3b8", "#bfe5d8", "#ecd0e0", "#f1e3b0", "#dde1e6"],
        goodTint: "#d3eee5", badTint: "#f8d9c4", fairTint: "#f5ecc6")

    static let dark = Palette(
        paper: "#14171b", raised: "#1d2126", ink: "#eceff2", soft: "#a7afb9", line: "#353b43", link: "#7cc4f2",
        series: ["#62b8ee", "#f09250", "#45c6a0", "#e6a0ca", "#e5bd55", "#a7afb9", "#a9a9f5"],
        tints: ["#1f4a66", "#66391a", "#17513f", "#5b2f4b", "#57450f", "#424a53"],
        goodTint: "#174636", badTint: "#63351a", fairTint: "#4d400f")

    /// Custom properties for a style sheet.
    var properties: String {
        var lines = [
            "--paper: \(paper)", "--raised: \(raised)", "--ink: \(ink)", "--soft: \(soft)", "--line: \(line)",
            "--link: \(link)", "--good: \(goodTint)", "--bad: \(badTint)", "--fair: \(fairTint)",
        ]
        lines += series.enumerated().map { "--s\($0.offset): \($0.element)" }
        lines += tints.enumerated().map { "--p\($0.offset): \($0.element)" }
        return lines.map { "\($0); " }.joined()
    }

    /// The contrast of two colours as WCAG 2 defines it: 1 … 21.
    static func contrast(_ one: String, _ other: String) -> Double {
        let pair = [luminance(one), luminance(other)].sorted()
        return (pair[1] + 0.05) / (pair[0] + 0.05)
    }

    private static func luminance(_ colour: String) -> Double {
        let number = UInt32(colour.dropFirst(), radix: 16) ?? 0
        let parts = [UInt32(16), 8, 0].map { (shift: UInt32) -> Double in
            let part = Double((number >> shift) & 0xff) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
}
