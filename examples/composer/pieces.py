"""The fourteen pieces of the example's library, two for each mood."""

from composer.piece import Part, Piece
from composer.texture import bass, chords_on, cluster, drum, figure, pad, tune

KICK, SNARE, HAT, CRASH, TAMBOURINE, CLAP = 36, 38, 42, 49, 54, 39
LOW_TOM, HIGH_TOM, WOODBLOCK, TRIANGLE, SHAKER = 41, 48, 76, 81, 70


def kit(pattern: str, step: float, pitch: int, loud: int, first: int = 0) -> Part:
    """One piece of the drum kit."""
    return Part(None, pitch, pitch, loud, drum(pattern, step, pitch), first=first)


PIECES = (
    Piece(
        "Market Morning", "happy", 7, "major", "1 5 6 4 1 5 4 5", 26, 4, 126, "5678798", (
            Part(25, 50, 72, 92, chords_on("X.x.xxX.", 0.5, 0.45), 40),
            Part(32, 31, 50, 100, bass("1.5.1.5-", 0.5)),
            Part(78, 72, 91, 88, tune(["1 .5 .5 1 1", ".5 .5 1 r1 1", "1.5 .5 1 1", ".5 .5 .5 .5 2"],
                                      [[0, 1, 2, 4, 2], [4, 2, 1, 0], [2, 4, 5, 4], [4, 3, 2, 1, 0]]), 78, 4),
            Part(21, 60, 77, 62, pad(3), 90, 8),
            kit("X.x.X.x.", 0.5, KICK, 84), kit("..X...X.", 0.5, CLAP, 62, 4), kit("xxXxxxXx", 0.5, TAMBOURINE, 50, 2),
        )),
    Piece(
        "Kites Over the Weir", "happy", 2, "major", "1add 4 1 5sus 6 4 5 5", 25, 4, 118, "4567898", (
            Part(0, 52, 76, 84, figure("0213", 0.5, 1.4, 3), 58),
            Part(33, 33, 50, 92, bass("1..11.5.", 0.5)),
            Part(48, 55, 79, 60, pad(3), 74, 8),
            Part(56, 67, 86, 82, tune(["1.5 .5 2", "1 1 1 1", "1.5 .5 1 1", "3 r1"],
                                      [[0, 2, 4], [5, 4, 2, 1], [2, 3, 4, 7], [4]]), 84, 8),
            Part(11, 72, 91, 66, figure("2.1.0.1.", 0.5, 1.5), 40, 4),
            kit("X...X..x", 0.5, KICK, 86, 4), kit("..X...X.", 0.5, SNARE, 70, 4), kit("xXxXxXxX", 0.5, HAT, 46),
        )),
    Piece(
        "The Goose Inspects the Parade", "funny", 5, "major", "1 1 5 5 1 4 57 1", 24, 4, 112, "6678787", (
            Part(70, 36, 60, 100, tune(["1 1 1 .5 .5", ".5 .5 1 1 r1"], [[0, 4, 0, 1, 2], [2, 1, 0, -3]], legato=0.45), 54),
            Part(58, 29, 46, 96, bass("1.5.", 1.0, 0.4)),
            Part(45, 55, 74, 86, chords_on(".x.x", 1.0, 0.3), 80),
            Part(71, 65, 86, 84, tune([".5 .5 r1 .5 .5 1", ".25 .25 .25 .25 1 r2"],
                                      [[4, 5, 4, 2, 0], [0, 1, 2, 3, 4]], legato=0.5), 84, 8),
            Part(13, 72, 93, 70, figure("2..2.1..", 0.5, 0.5), 44, 12),
            kit("X...x...", 0.5, WOODBLOCK, 90), kit("..x...xx", 0.5, TRIANGLE, 40, 8),
        )),
    Piece(
        "Seven Left Boots", "funny", 0, "mixolydian", "1 7 1 5 4 1 2 57", 30, 4, 144, "6777889", (
            Part(45, 48, 69, 96, figure("0.2.1.2.", 0.5, 0.5), 44),
            Part(43, 28, 48, 92, bass("1...5...", 0.5, 0.4)),
            Part(72, 74, 96, 78, tune([".5 .5 .5 .5 1 r1", "r1 .5 .5 .5 .5 1"],
                                      [[0, 2, 1, 3, 2], [4, 3, 4, 2, 0]], legato=0.4), 84, 4),
            Part(12, 60, 84, 84, figure("210.", 0.5, 0.6), 92, 8),
            Part(57, 41, 60, 78, tune(["r2 1 1", "r3 1"], [[0, -1], [-3]], legato=0.7), 54, 12),
            kit("x.xxx.xx", 0.5, WOODBLOCK + 1, 78), kit("X.......", 0.5, KICK, 66, 4),
        )),
    Piece(
        "What the Tide Kept", "sad", 9, "minor", "1 6 3 7 1 4 57! 5!", 14, 4, 64, "3456543", (
            Part(0, 45, 72, 70, figure("02132312", 0.5, 2.2), 58),
            Part(42, 40, 62, 86, tune(["3 1", "2 2", "4", "2 1 1"], [[0, 1], [2, 1], [0], [4, 2, 1]]), 72, 2),
            Part(49, 52, 76, 56, pad(3), 64, 6),
            Part(43, 28, 45, 58, bass("1...", 1.0), 64, 6),
        ), broadens=True),
    Piece(
        "An Empty Chair", "sad", 2, "minor", "1 4 1 5! 6 4 1sus 1", 17, 3, 56, "2344543", (
            Part(49, 48, 74, 64, pad(4), 60),
            Part(68, 62, 81, 76, tune(["2 1", "1.5 .5 1", "3", "1 1 1"], [[0, 1], [2, 1, 0], [-1], [4, 2, 1]]), 78, 2),
            Part(46, 45, 69, 60, figure("012", 1.0, 2.0), 44, 4),
            Part(42, 33, 52, 66, bass("1..", 1.0), 64, 4),
        ), broadens=True),
    Piece(
        "Lamp in the Window", "tender", 5, "major", "1add 6- 4add 5sus 1 3- 4 5", 15, 4, 66, "3445654", (
            Part(24, 45, 69, 74, figure("0121", 0.5, 2.0), 50),
            Part(73, 65, 84, 66, tune(["2 1 1", "3 1", "1.5 .5 2", "4"], [[0, 1, 2], [4, 2], [2, 1, 0], [1]]), 80, 3),
            Part(49, 53, 76, 50, pad(3), 64, 5),
            Part(8, 77, 96, 46, figure("2...1...", 0.5, 3.0), 90, 7),
        ), broadens=True),
    Piece(
        "Sleep Now Small Boat", "tender", 0, "major", "1 4add 1 5 6 4 2 5sus", 20, 3, 72, "3344543", (
            Part(10, 72, 91, 66, figure("021", 1.0, 2.0), 74),
            Part(46, 48, 72, 62, figure("012321", 0.5, 2.4), 46),
            Part(53, 57, 76, 48, pad(3), 64, 6),
            Part(40, 62, 81, 60, tune(["2 1", "3", "1 1 1", "3"], [[0, 2], [4], [2, 1, 0], [1]]), 60, 8),
        ), broadens=True),
    Piece(
        "Run for the Ferry", "exciting", 4, "minor", "1 1 6 7 1 1 4 5!", 34, 4, 168, "7788999", (
            Part(29, 40, 59, 104, chords_on("XxxXxxXx", 0.5, 0.35, 2), 40),
            Part(48, 52, 76, 104, chords_on("XxxXxxXx", 0.5, 0.25), 84),
            Part(33, 28, 47, 112, bass("11111111", 0.5, 0.6)),
            Part(60, 55, 74, 104, tune(["2 1 1", "3 1", "1.5 .5 1 1", "4"], [[0, 2, 4], [4, 2], [5, 4, 2, 1], [0]]), 84, 8),
            Part(61, 58, 79, 104, chords_on("X.....X.", 0.5, 0.5), 44, 12),
            kit("X.xX.xX.", 0.5, KICK, 116), kit("..X...X.", 0.5, SNARE, 112), kit("xxxxxxxxxxxxxxxx", 0.25, HAT, 78),
            kit("X" + "." * 15, 0.5, CRASH, 108),
        ), drive=12),
    Piece(
        "Sparks from the Wheel", "exciting", 9, "dorian", "1 7 4 1 1 7 3 5", 34, 4, 172, "7888999", (
            Part(30, 40, 57, 104, chords_on("XxXxXxXx", 0.5, 0.4, 2), 40),
            Part(29, 52, 69, 96, figure("0102", 0.25, 0.9), 90),
            Part(33, 28, 47, 112, bass("11811585", 0.5, 0.7)),
            Part(61, 60, 81, 104, tune(["1.5 1.5 1", "2 2", "1.5 1.5 1", "4"], [[0, 2, 4], [7, 5], [4, 5, 4], [2]]), 64, 12),
            kit("X.xX.xX.", 0.5, KICK, 116), kit("..X...X.", 0.5, SNARE, 116), kit("xxxxxxxx", 0.5, 46, 84),
            kit("X" + "." * 15, 0.5, CRASH, 108),
        ), drive=14),
    Piece(
        "Iron Gate", "angry", 2, "phrygian", "1 1 2 1 1 2 5 2", 30, 4, 152, "8899999", (
            Part(30, 33, 50, 116, chords_on("XxxXxxXx" + "XxXxXxXx", 0.5, 0.3, 2), 20),
            Part(30, 33, 50, 112, chords_on("XxxXxxXx" + "XxXxXxXx", 0.5, 0.3, 2), 108),
            Part(30, 33, 45, 116, bass("1111111111111112", 0.25, 0.9), 64),
            Part(34, 26, 43, 118, bass("11111112", 0.5, 0.8)),
            Part(30, 62, 84, 84, cluster(0.5, (0, 1, 6)), 64, 8),
            kit("XXXXXXXXXXXXXXXX", 0.25, KICK, 118), kit("..X...X.", 0.5, SNARE, 124), kit("X.X.X.X.", 0.5, 57, 100),
            kit("X.......", 0.5, CRASH, 112),
        ), drive=20),
    Piece(
        "They Broke Their Word", "angry", 0, "phrygian", "1 2 1 2 1 1 5 2", 30, 4, 160, "8899999", (
            Part(30, 31, 48, 118, chords_on("XXXXXXXXXXXXxxxx", 0.25, 0.22, 2), 20),
            Part(30, 31, 48, 116, chords_on("XXXXXXXXXXXXxxxx", 0.25, 0.22, 2), 108),
            Part(30, 31, 45, 116, bass("1111111111112222", 0.25, 0.9), 64),
            Part(34, 24, 42, 118, bass("11111122", 0.5, 0.8)),
            Part(30, 64, 88, 88, cluster(0.4, (0, 1, 6)), 64, 6),
            kit("XXXXXXXXXXXXXXXX", 0.25, KICK, 120), kit("..X...X.", 0.5, SNARE, 124), kit("XXXXXXXX", 0.5, 57, 104),
            kit("X.......", 0.5, CRASH, 112),
        ), drive=24),
    Piece(
        "Under the Stairs", "scary", 1, "octatonic", "1 3 1 5 7 1 4 2", 14, 4, 60, "3445678", (
            Part(44, 60, 88, 78, cluster(0.25), 84),
            Part(43, 26, 44, 92, pad(2, 0.4), 50),
            Part(101, 48, 72, 66, cluster(0.5, (0, 6, 11)), 40, 3),
            Part(14, 48, 66, 56, figure("0.......2.......", 0.5, 6.0), 74, 2),
            Part(47, 36, 43, 84, drum("X.......r.......", 0.5, 37), 64, 4),
            Part(40, 84, 100, 52, cluster(0.4, (0, 1)), 96, 5),
        )),
    Piece(
        "The Third Knock", "scary", 6, "octatonic", "1 1 4 1 2 2 7 5", 16, 4, 76, "2345679", (
            Part(45, 36, 60, 78, figure("0..1.0..2...1...", 0.5, 0.5), 60),
            Part(92, 50, 74, 70, cluster(0.2, (0, 1, 6)), 74),
            Part(44, 66, 91, 84, cluster(0.35, (0, 1, 2)), 44, 5),
            Part(43, 26, 43, 84, pad(2, 0.3), 64, 2),
            Part(117, 40, 48, 104, drum("X.X.X...........", 0.5, 41), 64, 3),
            Part(52, 60, 77, 58, cluster(0.4, (0, 6)), 84, 8),
        )),
)
