//! The pieces, as one would write them down: bars of chords, and melodies as (beat, note, beats).

use crate::{
    instruments::{bass, celesta, pad, piano, pluck, samples},
    room::{Desk, Stereo},
};

/// A finished piece.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Its title.
    pub(crate) title: &'static str,
    /// The kind of file that it is best kept as.
    pub(crate) kind: Kind,
    /// The sound.
    pub(crate) sound: Stereo,
}

/// The kind of file that a piece is kept as, where the machine has the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// FLAC.
    Flac,
    /// MP3, by `lame`.
    Mp3,
    /// Ogg Vorbis, by `oggenc`.
    Ogg,
}

/// A melody: (beat within the bar, MIDI note, beats held).
type Bar = &'static [(f64, i32, f64)];

/// All pieces, in the order of the album. The second and third are one, cut between two samples.
pub(crate) fn all() -> Vec<Piece> {
    let tide = tide();
    let cut = samples(TIDE_BARS as f64 * TIDE_BAR);
    let end = tide.len();
    vec![
        Piece { title: "Morning in Four Rooms", kind: Kind::Flac, sound: morning() },
        Piece { title: "Tide, Coming In", kind: Kind::Flac, sound: tide.slice(0, cut) },
        Piece { title: "Tide, Going Out", kind: Kind::Flac, sound: tide.slice(cut, end) },
        Piece { title: "Paper Lanterns", kind: Kind::Mp3, sound: lanterns() },
        Piece { title: "Last Bus, Quiet Street", kind: Kind::Ogg, sound: last_bus() },
    ]
}

/// Low notes a little to the left, high ones to the right, as strings lie.
fn place(midi: i32) -> f64 {
    f64::from(midi - 62) / 40.0
}

/// Hands are not machines: a few milliseconds, the same every time.
fn human(seed: u64) -> f64 {
    (seed.wrapping_mul(2_654_435_761) >> 8 & 0xFF) as f64 / 255.0 * 0.009
}

/// Fingerpicked, two guitars: one keeps the pattern, one sings.
fn morning() -> Stereo {
    const BEAT: f64 = 60.0 / 86.0;
    // Bass, fifth, and three strings above.
    const CHORDS: [[i32; 5]; 11] = [
        [48, 55, 60, 62, 67], // C add9
        [47, 55, 59, 62, 67], // G/B
        [48, 55, 60, 62, 67],
        [47, 55, 59, 62, 67],
        [45, 52, 57, 60, 67], // Am7
        [41, 53, 57, 60, 64], // Fmaj7
        [40, 55, 60, 62, 67], // C/E
        [41, 53, 57, 60, 64],
        [43, 55, 60, 62, 67], // Gsus4
        [48, 55, 60, 62, 67],
        [48, 55, 60, 64, 74],
    ];
    const MELODY: [Bar; 11] = [
        &[],
        &[(3.0, 67, 0.5), (3.5, 74, 0.5)],
        &[(0.0, 76, 1.5), (1.5, 74, 0.5), (2.0, 72, 2.0)],
        &[(0.0, 74, 1.0), (1.0, 71, 1.0), (2.0, 67, 2.0)],
        &[(0.0, 72, 1.5), (1.5, 71, 0.5), (2.0, 69, 1.0), (3.0, 76, 1.0)],
        &[(0.0, 76, 1.0), (1.0, 72, 1.0), (2.0, 69, 2.0)],
        &[(0.0, 79, 1.5), (1.5, 76, 0.5), (2.0, 74, 1.0), (3.0, 72, 1.0)],
        &[(0.0, 69, 1.0), (1.0, 72, 1.0), (2.0, 76, 2.0)],
        &[(0.0, 74, 2.0), (2.0, 72, 1.0), (3.0, 71, 1.0)],
        &[(0.0, 72, 4.0)],
        &[],
    ];
    const PATTERN: [usize; 8] = [0, 3, 2, 4, 1, 3, 2, 4];
    let mut desk = Desk::new(11.0 * 4.0 * BEAT + 1.5);
    let mut seed = 1;
    for (bar, chord) in CHORDS.iter().enumerate() {
        let start = bar as f64 * 4.0 * BEAT;
        let last = bar + 1 == CHORDS.len();
        for (step, string) in PATTERN.iter().enumerate().take(if last { 5 } else { 8 }) {
            seed += 1;
            // The last chord is rolled, and rings.
            let string = if last { step } else { *string };
            let at = if last { step as f64 * 0.075 } else { step as f64 * 0.5 * BEAT };
            let velocity = if step % 4 == 0 { 0.62 } else { 0.44 };
            let length = if last { 4.5 } else { 1.6 * BEAT };
            let note = pluck(chord[string], length, velocity, seed);
            desk.add(&note, start + at + human(seed), place(chord[string]) - 0.25, 0.5);
        }
        desk.add(&bass(chord[0] - 12, 3.4 * BEAT, 0.35), start, 0.0, 0.1);
        for tone in &chord[1..4] {
            desk.add(&pad(*tone, 4.0 * BEAT, 0.22, *tone as u64), start, 0.0, 0.8);
        }
        for (beat, note, length) in MELODY[bar] {
            seed += 1;
            let sound = pluck(*note, length * BEAT + 0.9, 0.78, seed);
            desk.add(&sound, start + beat * BEAT + human(seed), 0.3, 0.7);
        }
    }
    desk.finish(3.0)
}

/// Bars in either half of the tide.
const TIDE_BARS: usize = 8;
/// Seconds a bar of it.
const TIDE_BAR: f64 = 4.0 * 60.0 / 77.0;

/// A harp over slow chords. It does not stop in the middle, where it is cut into two tracks: what is heard there is the
/// player's doing.
fn tide() -> Stereo {
    // Bass, then the six tones of the wave.
    const CHORDS: [[i32; 7]; 8] = [
        [38, 50, 57, 62, 64, 66, 69], // D add9
        [37, 49, 57, 61, 64, 69, 73], // A/C#
        [35, 47, 54, 62, 66, 69, 74], // Bm7
        [43, 47, 54, 59, 62, 66, 71], // Gmaj7
        [38, 50, 57, 62, 66, 69, 76],
        [42, 54, 57, 61, 64, 69, 73], // F#m7
        [43, 50, 59, 62, 66, 69, 74],
        [45, 52, 57, 62, 64, 69, 71], // Asus4
    ];
    const WAVE: [usize; 16] = [1, 2, 3, 4, 5, 6, 5, 4, 3, 4, 5, 6, 5, 4, 3, 2];
    const MELODY: [Bar; 8] = [
        &[(0.0, 81, 3.0)],
        &[(0.0, 76, 2.0), (2.0, 73, 2.0)],
        &[(0.0, 74, 3.0), (3.0, 76, 1.0)],
        &[(0.0, 78, 4.0)],
        &[(0.0, 81, 2.0), (2.0, 78, 2.0)],
        &[(0.0, 76, 3.0), (3.0, 73, 1.0)],
        &[(0.0, 74, 2.0), (2.0, 71, 2.0)],
        &[(0.0, 74, 2.0), (2.0, 73, 2.0)],
    ];
    let beat = TIDE_BAR / 4.0;
    let mut desk = Desk::new(2.0 * TIDE_BARS as f64 * TIDE_BAR + 5.0);
    for bar in 0..2 * TIDE_BARS {
        let chord = &CHORDS[bar % TIDE_BARS];
        let start = bar as f64 * TIDE_BAR;
        // The wave swells over each half bar, and over the piece.
        let flood = 1.0 - (bar as f64 - TIDE_BARS as f64).abs() / (1.6 * TIDE_BARS as f64);
        for (step, tone) in WAVE.iter().enumerate() {
            let seed = (bar * 16 + step) as u64;
            let swell = 0.75 + 0.25 * (step as f64 / 16.0 * std::f64::consts::TAU).sin();
            let note = pluck(chord[*tone], 1.9, 0.62 * swell * flood, seed);
            desk.add(&note, start + step as f64 * beat / 4.0 + human(seed), place(chord[*tone]), 0.65);
        }
        desk.add(&bass(chord[0], 3.6 * beat, 0.55 * flood), start, 0.0, 0.15);
        for tone in [chord[1], chord[3], chord[5]] {
            desk.add(&pad(tone, TIDE_BAR, 0.42 * flood, tone as u64), start, place(tone), 0.9);
        }
        if (4..2 * TIDE_BARS - 1).contains(&bar) {
            for (at, note, length) in MELODY[bar % TIDE_BARS] {
                desk.add(&celesta(*note, length * beat, 0.42), start + at * beat, 0.25, 0.9);
            }
        }
    }
    // The last wave runs out on the first chord.
    let end = 2.0 * TIDE_BARS as f64 * TIDE_BAR;
    for (step, tone) in CHORDS[0].iter().enumerate() {
        desk.add(&pluck(*tone, 4.0, 0.5, *tone as u64), end + step as f64 * 0.11, place(*tone), 0.8);
    }
    desk.finish(4.0)
}

/// A small waltz: a celesta sings, strings pluck two and three.
fn lanterns() -> Stereo {
    const BEAT: f64 = 60.0 / 96.0;
    const CHORDS: [[i32; 4]; 16] = [
        [38, 57, 60, 65], // Dm7
        [34, 58, 62, 65], // Bb
        [41, 57, 60, 67], // F add9
        [40, 55, 60, 64], // C/E
        [38, 57, 60, 65],
        [34, 58, 62, 65],
        [43, 58, 62, 65], // Gm7
        [36, 55, 60, 64], // C
        [41, 57, 60, 65], // F
        [45, 57, 60, 64], // Am
        [34, 58, 62, 65],
        [36, 55, 60, 62], // C add9
        [38, 57, 60, 65],
        [34, 58, 62, 65],
        [41, 57, 60, 67],
        [41, 57, 60, 65],
    ];
    const MELODY: [Bar; 16] = [
        &[(0.0, 81, 2.0), (2.0, 79, 1.0)],
        &[(0.0, 77, 2.0), (2.0, 74, 1.0)],
        &[(0.0, 72, 1.0), (1.0, 77, 1.0), (2.0, 79, 1.0)],
        &[(0.0, 76, 3.0)],
        &[(0.0, 81, 2.0), (2.0, 84, 1.0)],
        &[(0.0, 86, 2.0), (2.0, 84, 1.0)],
        &[(0.0, 82, 1.0), (1.0, 81, 1.0), (2.0, 79, 1.0)],
        &[(0.0, 79, 3.0)],
        &[(0.0, 81, 2.0), (2.0, 77, 1.0)],
        &[(0.0, 84, 2.0), (2.0, 81, 1.0)],
        &[(0.0, 86, 1.0), (1.0, 84, 1.0), (2.0, 81, 1.0)],
        &[(0.0, 79, 3.0)],
        &[(0.0, 77, 1.0), (1.0, 81, 2.0)],
        &[(0.0, 74, 1.0), (1.0, 77, 2.0)],
        &[(0.0, 72, 1.0), (1.0, 79, 1.0), (2.0, 81, 1.0)],
        &[(0.0, 77, 3.0)],
    ];
    let mut desk = Desk::new(16.0 * 3.0 * BEAT + 3.0);
    for (bar, chord) in CHORDS.iter().enumerate() {
        let start = bar as f64 * 3.0 * BEAT;
        desk.add(&bass(chord[0], 2.6 * BEAT, 0.6), start, 0.0, 0.2);
        for beat in [1.0, 2.0] {
            for (string, tone) in chord[1..].iter().enumerate() {
                let seed = (bar * 8 + string) as u64 + beat as u64 * 4;
                let note = pluck(*tone, 1.1 * BEAT, if beat < 1.5 { 0.40 } else { 0.32 }, seed);
                desk.add(&note, start + beat * BEAT + string as f64 * 0.014, place(*tone) - 0.2, 0.5);
            }
        }
        for tone in &chord[1..] {
            desk.add(&pad(*tone, 3.0 * BEAT, 0.26, *tone as u64), start, place(*tone), 0.9);
        }
        for (beat, note, length) in MELODY[bar] {
            let lean = if *beat == 0.0 { 0.72 } else { 0.58 };
            desk.add(&celesta(*note, length * BEAT + 0.4, lean), start + beat * BEAT, 0.2, 0.8);
        }
    }
    desk.finish(3.5)
}

/// An electric piano late at night, a bass, and a string that answers.
fn last_bus() -> Stereo {
    const BEAT: f64 = 60.0 / 72.0;
    const CHORDS: [[i32; 5]; 9] = [
        [45, 55, 59, 60, 64], // Am9
        [41, 57, 60, 64, 67], // Fmaj9
        [48, 55, 59, 62, 64], // Cmaj9
        [43, 55, 59, 62, 64], // G6
        [45, 55, 59, 60, 64],
        [41, 57, 60, 64, 67],
        [38, 57, 60, 64, 65], // Dm9
        [40, 56, 59, 62, 64], // E7
        [45, 57, 59, 60, 64], // Am add9
    ];
    const MELODY: [Bar; 9] = [
        &[],
        &[(1.5, 76, 0.5), (2.0, 79, 1.5), (3.5, 76, 0.5)],
        &[(0.0, 74, 2.0), (2.5, 71, 0.5), (3.0, 72, 1.0)],
        &[(0.0, 71, 1.5), (1.5, 69, 0.5), (2.0, 67, 2.0)],
        &[(1.5, 76, 0.5), (2.0, 72, 1.0), (3.0, 71, 1.0)],
        &[(0.0, 69, 2.0), (2.5, 72, 0.5), (3.0, 76, 1.0)],
        &[(0.0, 77, 1.5), (1.5, 76, 0.5), (2.0, 74, 1.0), (3.0, 69, 1.0)],
        &[(0.0, 71, 2.0), (2.0, 68, 2.0)],
        &[(0.0, 69, 4.0)],
    ];
    // Where the piano plays: on one, softly on the off-beat of two, and on the last half of three.
    const COMPING: [(f64, f64, f64); 3] = [(0.0, 1.4, 0.62), (1.5, 0.8, 0.40), (2.5, 1.3, 0.48)];
    let mut desk = Desk::new(9.0 * 4.0 * BEAT + 2.5);
    for (bar, chord) in CHORDS.iter().enumerate() {
        let start = bar as f64 * 4.0 * BEAT;
        let last = bar + 1 == CHORDS.len();
        for (beat, length, velocity) in COMPING.iter().take(if last { 1 } else { 3 }) {
            let length = if last { 4.5 } else { *length };
            for (string, tone) in chord[1..].iter().enumerate() {
                let at = start + beat * BEAT + string as f64 * 0.012;
                desk.add(&piano(*tone, length * BEAT, *velocity), at, place(*tone) * 1.5, 0.45);
            }
        }
        desk.add(&bass(chord[0] - 12, if last { 4.0 } else { 1.8 } * BEAT, 0.8), start, 0.0, 0.08);
        if !last {
            desk.add(&bass(chord[0] - 5, 0.9 * BEAT, 0.5), start + 2.5 * BEAT, 0.0, 0.08);
            desk.add(&bass(chord[0] - 12, 0.6 * BEAT, 0.55), start + 3.5 * BEAT, 0.0, 0.08);
        }
        for tone in [chord[2], chord[4]] {
            desk.add(&pad(tone, 4.0 * BEAT, 0.16, tone as u64), start, 0.0, 1.0);
        }
        for (beat, note, length) in MELODY[bar] {
            let seed = (bar * 16) as u64 + (beat * 4.0) as u64;
            let sound = pluck(*note, length * BEAT + 0.8, 0.72, seed);
            desk.add(&sound, start + beat * BEAT + human(seed), 0.35, 0.8);
        }
    }
    desk.finish(3.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::RATE;

    /// One test, since rendering is most of it.
    #[test]
    fn pieces_are_audible_unclipped_and_the_tide_is_cut_in_full_sound() {
        let pieces = all();
        for piece in &pieces {
            let seconds = piece.sound.len() as f64 / f64::from(RATE);
            assert!((20.0..40.0).contains(&seconds), "{}: {seconds} s", piece.title);
            assert!(piece.sound.peak() < 0.9, "{}: peak {}", piece.title, piece.sound.peak());
            assert!(piece.sound.loudness() > 0.05, "{}: loudness {}", piece.title, piece.sound.loudness());
        }
        let (first, second) = (&pieces[1].sound, &pieces[2].sound);
        let around = first.slice(first.len() - samples(0.1), first.len()).loudness();
        assert!(around > 0.03, "the cut lies in sound, not in silence: {around}");
        let step = (second.left[0] - first.left[first.len() - 1]).abs();
        let usual = first.left.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(step <= usual, "{step} against {usual}");
    }

    #[test]
    fn the_same_bytes_every_time() {
        assert_eq!(lanterns().left, lanterns().left);
    }
}
