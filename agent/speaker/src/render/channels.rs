//! The choice of the channels that are heard: a single box as the left one of a pair, or as both in one.

use downbeat_protocol::server_message::ChannelRole;

use super::gain::smooth;
use crate::clock::ServerInstant;

/// The shares of left and right in the two outputs: `[[left of left, right of left], [left of right, right of right]]`.
type Matrix = [[f32; 2]; 2];

/// A change takes so long, seconds: a step would click.
const RAMP_S: f32 = 0.02;

fn matrix(role: ChannelRole) -> Matrix {
    match role {
        ChannelRole::Stereo => [[1.0, 0.0], [0.0, 1.0]],
        ChannelRole::Left => [[1.0, 0.0], [1.0, 0.0]],
        ChannelRole::Right => [[0.0, 1.0], [0.0, 1.0]],
        ChannelRole::Mono => [[0.5, 0.5], [0.5, 0.5]],
        ChannelRole::Swapped => [[0.0, 1.0], [1.0, 0.0]],
    }
}

/// The two channels as this speaker sounds them.
#[derive(Debug, Clone, Copy)]
pub struct Channels {
    role: ChannelRole,
    from: Matrix,
    to: Matrix,
    /// How much of the change is done, 0..=1.
    done: f32,
    /// The role that is to come, and the instant ahead from which on it sounds.
    coming: Option<(ChannelRole, ServerInstant)>,
}

impl Default for Channels {
    fn default() -> Self {
        let as_it_is = matrix(ChannelRole::Stereo);
        Self { role: ChannelRole::Stereo, from: as_it_is, to: as_it_is, done: 1.0, coming: None }
    }
}

impl Channels {
    /// It is to sound these from the instant `at` on; without one from now on, unless just these are to come already:
    /// then nothing is new. Whatever else was to come is void.
    pub fn become_role(&mut self, role: ChannelRole, at: Option<ServerInstant>) {
        if at.is_none() && self.coming.is_some_and(|(coming, _)| coming == role) {
            return;
        }
        self.begin(role, at);
    }

    fn begin(&mut self, role: ChannelRole, at: Option<ServerInstant>) {
        self.coming = at.map(|at| (role, at));
        if at.is_none() && role != self.role {
            *self = Self { role, from: self.now(), to: matrix(role), done: 0.0, coming: None };
        }
    }

    /// Moves what is to come in time: its instant is told on another clock.
    pub fn shift(&mut self, us: i64) {
        if let Some((_, at)) = &mut self.coming {
            *at = at.plus_whole(us);
        }
    }

    /// Turns `out`, interleaved stereo at `rate`, into this speaker's sound. Its first frame is heard at `begin`, and
    /// each takes `frame_us`.
    pub fn apply_at(&mut self, out: &mut [f32], rate: u32, begin: ServerInstant, frame_us: f64) {
        let Some((role, at)) = self.coming else { return self.apply(out, rate) };
        let ahead = (at.minus(begin) / frame_us).ceil().max(0.0);
        if ahead >= (out.len() / 2) as f64 {
            return self.apply(out, rate);
        }
        let (before, after) = out.split_at_mut(2 * ahead as usize);
        self.apply(before, rate);
        self.begin(role, None);
        self.apply(after, rate);
    }

    fn now(&self) -> Matrix {
        let new = smooth(self.done);
        let blend = |a: f32, b: f32| if self.done >= 1.0 { b } else { a + (b - a) * new };
        let row = |k: usize| [blend(self.from[k][0], self.to[k][0]), blend(self.from[k][1], self.to[k][1])];
        [row(0), row(1)]
    }

    /// The same while no clock is known: what is to come waits.
    pub fn apply(&mut self, out: &mut [f32], rate: u32) {
        if self.done >= 1.0 {
            match self.role {
                ChannelRole::Stereo => {}
                ChannelRole::Left => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| f[1] = f[0]),
                ChannelRole::Right => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| f[0] = f[1]),
                ChannelRole::Swapped => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| f.swap(0, 1)),
                ChannelRole::Mono => {
                    out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| *f = [f32::midpoint(f[0], f[1]); 2]);
                }
            }
            return;
        }
        let step = 1.0 / (RAMP_S * rate as f32);
        for frame in out.as_chunks_mut::<2>().0 {
            let m = self.now();
            *frame = [m[0][0] * frame[0] + m[0][1] * frame[1], m[1][0] * frame[0] + m[1][1] * frame[1]];
            self.done = (self.done + step).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outputs for left 0.25 and right -0.75, to the bit.
    fn heard(role: ChannelRole) -> [u32; 2] {
        let mut c = Channels::default();
        c.become_role(role, None);
        let mut out = vec![0.0; 4_000];
        c.apply(&mut out, 48_000);
        let mut frame = [0.25, -0.75];
        c.apply(&mut frame, 48_000);
        frame.map(f32::to_bits)
    }

    #[test]
    fn roles() {
        assert_eq!(heard(ChannelRole::Stereo), [0.25, -0.75].map(f32::to_bits));
        assert_eq!(heard(ChannelRole::Left), [0.25, 0.25].map(f32::to_bits));
        assert_eq!(heard(ChannelRole::Right), [-0.75, -0.75].map(f32::to_bits));
        assert_eq!(heard(ChannelRole::Mono), [-0.25, -0.25].map(f32::to_bits));
        assert_eq!(heard(ChannelRole::Swapped), [-0.75, 0.25].map(f32::to_bits));
    }

    #[test]
    fn a_change_is_no_step_also_one_in_the_middle_of_another() {
        let mut c = Channels::default();
        let mut out: Vec<f32> = (0..4_000).flat_map(|_| [0.5, -0.5]).collect();
        for (k, block) in out.chunks_mut(600).enumerate() {
            match k {
                1 => c.become_role(ChannelRole::Swapped, None),
                2 => c.become_role(ChannelRole::Mono, None),
                _ => {}
            }
            c.apply(block, 48_000);
        }
        let frames: Vec<_> = out.as_chunks::<2>().0.iter().collect();
        let step = frames.windows(2).map(|w| (w[1][0] - w[0][0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 0.004, "{step}");
        assert!(frames.last().is_some_and(|f| f[0].abs() < 1e-6 && f[1].abs() < 1e-6), "left and right cancel");
    }

    /// Plays blocks of 480 frames with nothing but the left channel at 0.5, the first one heard at 0, and `tell` before
    /// each; the first frame at which the right one sounds.
    fn right_begins(mut tell: impl FnMut(usize, &mut Channels)) -> Option<usize> {
        let mut c = Channels::default();
        let mut right = Vec::new();
        for block in 0..10 {
            tell(block, &mut c);
            let mut out = [0.5, 0.0].repeat(480);
            c.apply_at(&mut out, 48_000, instant(block as i64 * 10_000), 1e6 / 48_000.0);
            right.extend(out.as_chunks::<2>().0.iter().map(|f| f[1]));
        }
        right.iter().position(|s| *s > 0.0)
    }

    fn instant(us: i64) -> ServerInstant {
        ServerInstant::from(downbeat_protocol::ServerTime(us))
    }

    #[test]
    fn a_change_begins_at_its_frame() {
        let told = |at| {
            move |block, c: &mut Channels| {
                if block == 1 {
                    c.become_role(ChannelRole::Swapped, at);
                }
            }
        };
        // the first frame of a ramp is still as before
        assert_eq!(right_begins(told(Some(instant(35_000)))), Some(35 * 48 + 1));
        assert_eq!(right_begins(told(Some(instant(40_000)))), Some(40 * 48 + 1), "at the seam of two blocks");
        assert_eq!(right_begins(told(Some(instant(3_000)))), Some(480 + 1), "told too late: at once");
        assert_eq!(right_begins(told(None)), Some(480 + 1));
        assert_eq!(right_begins(told(Some(instant(2_000_000)))), None);
    }

    #[test]
    fn what_was_to_come_is_void_once_another_is_told_and_moves_with_the_clock() {
        let revoked = right_begins(|block, c| match block {
            1 => c.become_role(ChannelRole::Swapped, Some(instant(35_000))),
            2 => c.become_role(ChannelRole::Stereo, None),
            _ => {}
        });
        assert_eq!(revoked, None);
        let told_again = right_begins(|block, c| match block {
            1 => c.become_role(ChannelRole::Swapped, Some(instant(35_000))),
            2 => c.become_role(ChannelRole::Swapped, None),
            _ => {}
        });
        assert_eq!(told_again, Some(35 * 48 + 1), "other settings changed meanwhile");
        let moved = right_begins(|block, c| {
            if block == 1 {
                c.become_role(ChannelRole::Swapped, Some(instant(-965_000)));
                c.shift(1_000_000);
            }
        });
        assert_eq!(moved, Some(35 * 48 + 1));
    }
}
