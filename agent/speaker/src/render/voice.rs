//! One entry's decoded frames, placed on its line.
//!
//! A voice is a run of frames of one entry, from some frame on to the entry's end. A decoder pushes them into its ring;
//! the renderer asks for the sound at any position. Each entry has a voice of its own, also in gapless play: both of
//! two adjoining voices are rendered around the boundary from one content clock, and since the resampler is linear and
//! a voice is silent before its first and after its last frame, their sum is exactly the joined stream.

use std::sync::Arc;

use downbeat_protocol::{EntryId, Frames, timeline::Line};

use super::{
    crossfade::{Crossfade, Span},
    gain::{FADE_US, smooth},
    gate::{Gate, VoiceId},
    position::{FramePosition, position_on},
    resampler::Kernel,
    runs::Runs,
    whole_frames::{FrameShift, Stretch},
};
use crate::clock::ServerInstant;

/// Frames in the window that the resampler reads from.
const WINDOW: usize = 8_192;
/// Frames kept behind the reading position, for a jump back.
const HISTORY: usize = 2_048;

/// A voice that waits for its decoder begins once so many frames are at hand ...
const RESTART_FRAMES: i64 = 1_024;
/// ... and fades out when fewer than these are left.
const CUT_FRAMES: i64 = 64;

/// One entry's frames.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not one state: heard, late once, told to end, window moved"
)]
pub struct Voice {
    /// Its name.
    pub id: VoiceId,
    /// The entry of the frames.
    pub entry: EntryId,
    /// The line that places them in time.
    pub line: Line,
    /// When they are heard.
    pub gate: Gate,
    ring: rtrb::Consumer<f32>,
    /// The frame that the ring yields next.
    ring_next: i64,
    total: i64,
    kernel: Arc<Kernel>,
    left: Vec<f32>,
    right: Vec<f32>,
    /// The frame at the window's beginning, and how many are in it.
    base: i64,
    filled: usize,
    /// Frames before the window existed and are gone: silence must not be put in their place.
    dropped: bool,
    shift: FrameShift,
    crossfade: Crossfade,
    fade_from: Option<ServerInstant>,
    sounding: bool,
    starved: bool,
    closing: bool,
    /// The runs of it that were rendered.
    pub(super) runs: Runs,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice")
            .field("id", &self.id)
            .field("line", &self.line)
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

impl Voice {
    /// A voice over `ring` (interleaved stereo, room for an even number of samples), whose first frame is `first`, and
    /// of which nothing is heard from the entry's frame `total` on.
    #[expect(clippy::too_many_arguments, reason = "each is a thing of its own, and it is called in one place")]
    pub fn new(
        id: VoiceId,
        entry: EntryId,
        ring: rtrb::Consumer<f32>,
        first: Frames,
        total: Frames,
        line: Line,
        gate: Gate,
        kernel: Arc<Kernel>,
    ) -> Self {
        debug_assert!(ring.buffer().capacity().is_multiple_of(2), "a frame would lie on both ends of the ring");
        Self {
            id,
            entry,
            line,
            gate,
            ring,
            ring_next: first.0,
            total: total.0,
            kernel,
            left: vec![0.0; WINDOW],
            right: vec![0.0; WINDOW],
            base: first.0,
            filled: 0,
            dropped: false,
            shift: FrameShift::default(),
            crossfade: Crossfade::new(gate.rise, gate.fall),
            fade_from: None,
            sounding: false,
            starved: false,
            closing: false,
            runs: Runs::default(),
        }
    }

    /// For another device rate. Allocates nothing, but drops the old kernel: not for the callback.
    pub fn set_kernel(&mut self, kernel: Arc<Kernel>) {
        self.kernel = kernel;
    }

    /// Moves it in time: its instants are told on another clock.
    pub fn shift(&mut self, us: i64) {
        self.line.anchor = self.line.anchor.plus_micros(us);
        self.gate.on = self.gate.on.plus_whole(us);
        self.gate.off = self.gate.off.map(|t| t.plus_whole(us));
        self.fade_from = self.fade_from.map(|t| t.plus_whole(us));
        self.crossfade.shift(us);
        self.runs.shift(us);
    }

    /// It is to fall then, under the entry after it, or not at all. `now`: the instant that is rendered.
    pub fn fall(&mut self, fall: Option<Span>, now: Option<ServerInstant>) {
        self.crossfade.fall(fall, now.filter(|_| self.sounding));
    }

    /// Nothing of it is heard from the entry's frame `total` on, which is before what was said. `now`: the instant that
    /// is rendered; if it is too late to end exactly, the voice ends in a fade.
    pub fn end_at(&mut self, total: Frames, now: Option<ServerInstant>) {
        if total.0 >= self.total {
            return;
        }
        if let Some(now) = now.filter(|now| self.sounding && position_on(&self.line, *now).frame >= total.0) {
            self.close(None, Some(now));
            return;
        }
        self.total = total.0;
        let keep = (total.0 - self.base).clamp(0, self.filled as i64) as usize;
        self.left[keep..self.filled].fill(0.0);
        self.right[keep..self.filled].fill(0.0);
    }

    /// Decoded frames that wait.
    pub fn buffered(&self) -> usize {
        self.ring.slots() / 2
    }

    /// The voice's first instant, with the room that the filter's tail needs before a beginning that is not faded.
    pub fn begins(&self) -> ServerInstant {
        if self.gate.fade_in { self.gate.on } else { self.gate.on.plus(-self.tail_us()) }
    }

    fn tail_us(&self) -> f64 {
        self.kernel.frames_after() as f64 * 1e6 / f64::from(self.line.rate)
    }

    /// True if nothing of it is heard any more from `t` on.
    pub fn is_over(&self, t: ServerInstant) -> bool {
        self.gate.off.is_some_and(|off| t.minus(off) >= FADE_US)
            || position_on(&self.line, t).frame - self.kernel.frames_after() >= self.total
    }

    /// Silences it from `at` on, or from `now` if that is past or not said. The earliest such word counts.
    pub fn close(&mut self, at: Option<ServerInstant>, now: Option<ServerInstant>) {
        let off = match (at, now) {
            (Some(at), Some(now)) => Some(if at < now { now } else { at }),
            (at, now) => at.or(now),
        };
        self.closing |= at.is_none() || off == now;
        self.gate.off = match (self.gate.off, off) {
            (Some(a), Some(b)) => Some(if a < b { a } else { b }),
            (a, b) => a.or(b),
        };
    }

    /// True if it was to be silent at once, and is: instants may mean nothing any more, so they are not asked.
    pub fn is_closed(&self) -> bool {
        self.closing && !self.sounding
    }

    /// True if it was heard in the last block.
    pub fn is_sounding(&self) -> bool {
        self.sounding
    }

    /// The sound was interrupted or moved: what comes next fades in.
    pub fn interrupt(&mut self) {
        self.sounding = false;
        self.gate.fade_in = true;
        self.runs.cut();
    }

    /// Adds `out.len() / 2` frames to `out`, the first of them for the instant `from`, each next one `frame_us` later.
    /// `whole`: as they are, if the rates are the same. Returns whether the decoder was late in the middle of sound.
    pub fn mix_into(&mut self, out: &mut [f32], from: ServerInstant, frame_us: f64, whole: bool) -> bool {
        let count = out.len() / 2;
        let starts = self.begins().minus(from) / frame_us;
        let first = if starts <= 0.0 { 0 } else { starts.ceil() as usize };
        if first >= count {
            return false;
        }
        let last = match self.gate.off {
            Some(off) => ((off.minus(from) + FADE_US) / frame_us).clamp(0.0, count as f64).ceil() as usize,
            None => count,
        };
        if last <= first {
            return false;
        }
        let begin = from.plus(first as f64 * frame_us);
        let whole = whole && self.kernel.is_same_rate();
        let on_line = position_on(&self.line, begin);
        if !self.sounding {
            self.shift.begin(on_line, whole);
        }
        let stretch = self.shift.advance(on_line, last - first, whole);
        let place = stretch.place;
        let step = if stretch.copies { 1.0 } else { frame_us * f64::from(self.line.rate) * 1e-6 + stretch.glide };
        let mut ready = self.gather(place, step, last - first);
        let spare = self.spare(place, step, ready);
        // after a starvation more than a moment must be at hand, or it would stutter
        let enough = if self.starved { i64::from(self.line.rate) / 2 } else { RESTART_FRAMES };
        if !self.sounding && spare < enough {
            ready = 0;
        }
        if ready == 0 {
            let heard = self.sounding;
            self.starved |= heard;
            self.interrupt();
            return heard;
        }
        if !self.sounding {
            // late for its own beginning: then it begins in the middle of the music, whatever was planned
            let late = begin.minus(self.gate.on) > frame_us;
            self.fade_from = (self.gate.fade_in || late).then_some(begin);
            self.sounding = true;
            self.starved = false;
        }
        // the decoder is late: end in a fade while there is still something to fade
        let short = ready < last - first || spare < CUT_FRAMES;
        self.render(&mut out[2 * first..2 * (first + ready)], begin, frame_us, stretch, step, short);
        self.note(begin, on_line, begin.plus(ready as f64 * frame_us));
        if short {
            self.starved = true;
            self.interrupt();
        }
        short
    }

    /// Notes which frames were rendered between two instants: no more than its gate lets through.
    fn note(&mut self, begin: ServerInstant, from: FramePosition, end: ServerInstant) {
        // instants of frames are rounded up to whole microseconds: the place at one is never before its frame
        let from = if begin < self.gate.on { position_on(&self.line, self.gate.on).frame } else { from.frame };
        let end = self.gate.off.map_or(end, |off| if off < end { off } else { end });
        let to = position_on(&self.line, end).frame.min(self.total);
        self.runs.rendered(from.max(0), to, &self.line);
    }

    fn render(&self, out: &mut [f32], begin: ServerInstant, frame_us: f64, s: Stretch, step: f64, cut: bool) {
        let count = out.len() / 2;
        let index = (s.place.frame - self.kernel.frames_before() - self.base) as usize;
        let (left, right) = (&self.left[index..self.filled], &self.right[index..self.filled]);
        let fading = self.fade_from.filter(|f| begin.minus(*f) < FADE_US);
        let ending = self.gate.off.filter(|off| begin.minus(*off) + count as f64 * frame_us > 0.0);
        let shared = self.crossfade.is_at_work(begin, count as f64 * frame_us).then_some(&self.crossfade);
        if fading.is_none() && ending.is_none() && shared.is_none() && !cut {
            if s.copies {
                let middle = self.kernel.frames_before() as usize;
                for (frame, (l, r)) in out.as_chunks_mut::<2>().0.iter_mut().zip(left.iter().zip(right).skip(middle)) {
                    frame[0] += l;
                    frame[1] += r;
                }
            } else {
                self.kernel.mix((left, right), s.place.rest, step, out, |_| 1.0);
            }
            return;
        }
        let ramp =
            |since: ServerInstant, k: usize| smooth(((begin.minus(since) + k as f64 * frame_us) / FADE_US) as f32);
        self.kernel.mix((left, right), s.place.rest, step, out, |k| {
            let fade_in = fading.map_or(1.0, |since| ramp(since, k));
            let fade_out = ending.map_or(1.0, |off| 1.0 - ramp(off, k));
            let cut = if cut { smooth((count - k) as f32 / 64.0) } else { 1.0 };
            let shared = shared.map_or(1.0, |c| c.at(begin.plus(k as f64 * frame_us)));
            fade_in * fade_out * cut * shared
        });
    }

    /// Brings the window to where `count` frames from `place` on can be read; how many of them can.
    fn gather(&mut self, place: FramePosition, step: f64, count: usize) -> usize {
        let before = self.kernel.frames_before();
        let after = self.kernel.frames_after();
        let low = place.frame - before;
        let high = place.frame + (place.rest + step * count as f64).ceil() as i64 + after;
        if low < self.base {
            // before the window: silence if it is before the voice's own beginning, else not to be had any more
            let missing = (self.base - low) as usize;
            if self.dropped || self.filled + missing > WINDOW - HISTORY {
                return 0;
            }
            self.left.copy_within(0..self.filled, missing);
            self.right.copy_within(0..self.filled, missing);
            self.left[..missing].fill(0.0);
            self.right[..missing].fill(0.0);
            self.base = low;
            self.filled += missing;
        }
        if low > self.base + self.filled as i64 {
            // ahead of everything in the window: drop it, and what the ring holds before `low`
            self.filled = 0;
            self.dropped = true;
            let skip = (low.min(self.total) - self.ring_next).max(0) as usize;
            self.discard(skip.min(self.ring.slots() / 2));
            self.base = self.ring_next;
            if self.ring_next < low.min(self.total) {
                return 0;
            }
        }
        if (high - self.base) as usize > WINDOW {
            let keep_from = (low - HISTORY as i64).max(self.base);
            let drop = ((keep_from - self.base) as usize).min(self.filled);
            self.left.copy_within(drop..self.filled, 0);
            self.right.copy_within(drop..self.filled, 0);
            self.base += drop as i64;
            self.filled -= drop;
            self.dropped |= drop > 0;
        }
        let wanted = (high - self.base).max(0) as usize;
        self.pull(wanted.min(WINDOW));
        if self.filled >= wanted {
            return count;
        }
        // as many as the window holds
        let usable = self.base + self.filled as i64 - after - place.frame - 1;
        if usable <= 0 { 0 } else { (((usable as f64 - place.rest) / step).floor().max(0.0) as usize).min(count) }
    }

    /// Frames that are at hand beyond `count` from `place` on; plenty, if the entry's end is.
    fn spare(&self, place: FramePosition, step: f64, count: usize) -> i64 {
        let held = self.base + self.filled as i64 + (self.ring.slots() / 2) as i64;
        if held >= self.total {
            return i64::MAX;
        }
        held - self.kernel.frames_after() - (place.frame + (step * count as f64) as i64)
    }

    /// Fills the window up to `wanted` frames from the ring, and with silence past the entry's end.
    fn pull(&mut self, wanted: usize) {
        let missing = wanted.saturating_sub(self.filled);
        let left_in_entry = (self.total - self.ring_next).max(0) as usize;
        let take = missing.min(left_in_entry).min(self.ring.slots() / 2);
        if take > 0
            && let Ok(chunk) = self.ring.read_chunk(2 * take)
        {
            let (a, b) = chunk.as_slices();
            let (a, b) = (a.as_chunks::<2>().0, b.as_chunks::<2>().0);
            let room = self.filled..self.filled + take;
            let window = self.left[room.clone()].iter_mut().zip(&mut self.right[room]);
            for ([l, r], (left, right)) in a.iter().chain(b).zip(window) {
                (*left, *right) = (*l, *r);
            }
            chunk.commit_all();
            self.filled += take;
            self.ring_next += take as i64;
        }
        if self.ring_next >= self.total && self.filled < wanted {
            self.left[self.filled..wanted].fill(0.0);
            self.right[self.filled..wanted].fill(0.0);
            self.ring_next += (wanted - self.filled) as i64;
            self.filled = wanted;
        }
    }

    fn discard(&mut self, frames: usize) {
        if frames > 0
            && let Ok(chunk) = self.ring.read_chunk(2 * frames)
        {
            chunk.commit_all();
            self.ring_next += frames as i64;
        }
    }
}
