private import Foundation

/// A whole number with its thousands apart: `1,115,120`.
func grouped(_ number: some BinaryInteger) -> String {
    let digits = String(number)
    var result = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0, result != "-" { result.append(",") }
        result.append(digit)
    }
    return result
}

/// A number with a fixed count of decimals.
func fixed(_ number: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", number) }

/// Bytes per entry, two decimals; a dash where there are no entries.
func perEntry(_ bytes: some BinaryInteger, _ entries: Int) -> String {
    entries == 0 ? "–" : fixed(Double(bytes) / Double(entries), 2)
}
