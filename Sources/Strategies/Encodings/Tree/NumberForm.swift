internal import Tar

/// How a header writes a number into a field.
enum NumberForm: UInt8, CaseIterable {
    /// The field's bytes are the style's own, whatever the number.
    case constant
    /// Octal digits ahead of a NUL, filled with zeros: GNU tar, Go, Python.
    case octalNUL
    /// Octal digits ahead of a space, filled with zeros.
    case octalSpace
    /// Octal digits ahead of a space and a NUL, filled with zeros: BSD.
    case octalSpaceNUL
    /// Octal digits ahead of a NUL and a space, filled with zeros: checksums.
    case octalNULSpace
    /// Octal digits that fill the field.
    case octalFull
    /// Octal digits ahead of a space and a NUL, filled with spaces: version 7.
    case spacedSpaceNUL
    /// Octal digits ahead of a space, filled with spaces: version 7.
    case spacedSpace
    /// Octal digits ahead of a NUL and a space, filled with spaces: version 7's checksums.
    case spacedNULSpace
    /// GNU's base-256.
    case binary

    /// The bytes behind the digits, and the byte ahead of them.
    private var ends: (fill: UInt8, terminator: [UInt8])? {
        let (zero, space, nul) = (UInt8(ascii: "0"), UInt8(ascii: " "), UInt8(0))
        switch self {
        case .constant, .binary: return nil
        case .octalNUL: return (zero, [nul])
        case .octalSpace: return (zero, [space])
        case .octalSpaceNUL: return (zero, [space, nul])
        case .octalNULSpace: return (zero, [nul, space])
        case .octalFull: return (zero, [])
        case .spacedSpaceNUL: return (space, [space, nul])
        case .spacedSpace: return (space, [space])
        case .spacedNULSpace: return (space, [nul, space])
        }
    }

    /// Writes a number into a field of a block; false where the form has no room for it.
    func write(_ number: Int64, into block: inout [UInt8], _ field: Range<Int>, at start: Int = 0) -> Bool {
        let (lower, upper) = (start + field.lowerBound, start + field.upperBound)
        switch self {
        case .constant:
            return true
        case .octalNUL:
            // By far the most common, so without a detour.
            guard number >= 0 else { return false }
            var (rest, index) = (UInt64(number), upper - 2)
            block[upper - 1] = 0
            while index >= lower {
                block[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest & 7)
                rest >>= 3
                index -= 1
            }
            return rest == 0
        case .binary:
            var (rest, index) = (number, upper - 1)
            while index >= lower {
                block[index] = UInt8(truncatingIfNeeded: rest)
                rest >>= 8
                index -= 1
            }
            block[lower] = number < 0 ? 0xff : 0x80
            return field.count > 8 || (rest == 0 || rest == -1) && abs(number / 2) < 1 << 54
        default:
            guard number >= 0, let ends else { return false }
            var (rest, index) = (UInt64(number), upper - ends.terminator.count)
            for (offset, byte) in ends.terminator.enumerated() { block[index + offset] = byte }
            index -= 1
            block[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest & 7)
            rest >>= 3
            while index > lower {
                index -= 1
                block[index] = rest == 0 ? ends.fill : UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest & 7)
                rest >>= 3
            }
            return rest == 0
        }
    }

    /// The first form that writes a number as a field has it; `constant` where none does.
    static func of(_ number: Int64?, in block: ArraySlice<UInt8>, _ field: Range<Int>) -> NumberForm {
        guard let number else { return .constant }
        var scratch = [UInt8](repeating: 0, count: Header.blockSize)
        let bytes = block[block.startIndex + field.lowerBound..<block.startIndex + field.upperBound]
        return allCases.dropFirst().first { form in
            form.write(number, into: &scratch, field) && scratch[field].elementsEqual(bytes)
        } ?? .constant
    }
}
