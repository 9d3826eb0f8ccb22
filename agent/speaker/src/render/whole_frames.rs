//! Puts a voice on whole frames, for bit-exact play.
//!
//! Server time does not fall on frames: at a given instant a voice is at frame 1234.56. Where frames must come out as
//! they went in, the voice is moved by less than a frame to a whole one; otherwise it is where its line says. Between
//! the two it glides, so slowly that it is not heard, and without a seam.

use super::position::FramePosition;

/// How fast it glides, frames a frame: 50 ppm.
const GLIDE: f64 = 50e-6;
/// So near to a whole frame it is one, frames: the rounding of instants is far less.
const NEAR: f64 = 1e-6;

/// How far a voice is from its line, frames.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FrameShift(f64);

/// The places of the frames of one block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// The first of them.
    pub place: FramePosition,
    /// Added to each step from one to the next.
    pub glide: f64,
    /// The place is whole, and each step is to be exactly one: frames are copied.
    pub copies: bool,
}

impl FrameShift {
    /// The voice begins here: nothing is heard yet, so it may move at once.
    pub fn begin(&mut self, place: FramePosition, whole: bool) {
        self.0 = if whole { place.rest.round() - place.rest } else { 0.0 };
    }

    /// `count` frames of a voice whose line is at `place`; `whole`: they should be copied.
    pub fn advance(&mut self, place: FramePosition, count: usize, whole: bool) -> Stretch {
        if !whole && self.0 == 0.0 {
            return Stretch { place, glide: 0.0, copies: false };
        }
        let now = place.rest + self.0;
        let wanted = if whole { now.round() - place.rest } else { 0.0 };
        if whole && (wanted - self.0).abs() < NEAR {
            self.0 = wanted;
            return Stretch {
                place: FramePosition { frame: place.frame + now.round() as i64, rest: 0.0 },
                glide: 0.0,
                copies: true,
            };
        }
        let most = GLIDE * count as f64;
        let moved = (wanted - self.0).clamp(-most, most);
        // an exact arrival, or it would never be said to be there
        self.0 = if moved.abs() < most { wanted } else { self.0 + moved };
        let whole_part = now.floor();
        let place = FramePosition { frame: place.frame + whole_part as i64, rest: now - whole_part };
        Stretch { place, glide: moved / count.max(1) as f64, copies: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glides_to_a_whole_frame_and_back_without_a_seam() {
        for rest in [0.0f64, 0.2, 0.499, 0.5, 0.999] {
            let mut shift = FrameShift::default();
            let mut next: Option<f64> = None;
            let mut copied = 0;
            for block in 0..400i64 {
                let whole = (20..300).contains(&block);
                // an ulp of noise, as instants have
                let noise = if block % 2 == 0 { 1e-10 } else { -1e-10 };
                let line = FramePosition { frame: 256 * block, rest: (rest + noise).max(0.0) };
                let s = shift.advance(line, 256, whole);
                let at = s.place.frame as f64 + s.place.rest;
                if let Some(due) = next {
                    assert!((at - due).abs() < 2e-6, "block {block} of {rest}: at {at}, due {due}");
                }
                if s.copies {
                    assert!(whole && s.place.rest == 0.0);
                    copied += 1;
                }
                assert!(s.glide.abs() <= GLIDE);
                next = Some(at + 256.0 * (1.0 + s.glide));
            }
            assert!(copied > 230, "{copied} blocks copied");
            assert_eq!(shift, FrameShift::default(), "back on its line");
        }
    }

    #[test]
    fn who_begins_whole_copies_from_the_first_frame() {
        let mut shift = FrameShift::default();
        let place = FramePosition { frame: 5, rest: 0.7 };
        shift.begin(place, true);
        let s = shift.advance(place, 256, true);
        assert_eq!((s.place, s.copies), (FramePosition { frame: 6, rest: 0.0 }, true));
    }
}
