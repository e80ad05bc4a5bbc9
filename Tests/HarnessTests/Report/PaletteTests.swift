import Testing

@testable import Harness

@Suite struct PaletteTests {
    @Test func contrastIsThatOfTheGuidelines() {
        #expect(Palette.contrast("#000000", "#ffffff") == 21)
        #expect(Palette.contrast("#777777", "#ffffff") < 4.5 && Palette.contrast("#767676", "#ffffff") > 4.5)
    }

    @Test(arguments: [Palette.light, .dark]) func wordsCanBeRead(_ palette: Palette) {
        for paper in [palette.paper, palette.raised] {
            for ink in [palette.ink, palette.soft, palette.link] {
                #expect(Palette.contrast(ink, paper) >= 4.5, "\(ink) on \(paper)")
            }
        }
        for tint in palette.tints + [palette.goodTint, palette.badTint, palette.fairTint] {
            #expect(Palette.contrast(palette.ink, tint) >= 4.5, "\(palette.ink) on \(tint)")
        }
    }

    /// Marks need 3 : 1, and get what words need.
    @Test(arguments: [Palette.light, .dark]) func marksCanBeSeen(_ palette: Palette) {
        #expect(palette.series.count == PlotStyle.count && Set(palette.series).count == PlotStyle.count)
        for colour in palette.series {
            for paper in [palette.paper, palette.raised] {
                #expect(Palette.contrast(colour, paper) >= 4.5, "\(colour) on \(paper)")
            }
        }
    }
}
