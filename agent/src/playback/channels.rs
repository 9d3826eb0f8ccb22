//! Which of the two channels is heard: a single box as the left one of a pair, or as both in one.

use downbeat_protocol::server_message::ChannelRole;

use super::gain::smooth;

/// What the two outputs take of left and right: `[[left of left, right of left], [left of right, right of right]]`.
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
}

impl Default for Channels {
    fn default() -> Self {
        let as_it_is = matrix(ChannelRole::Stereo);
        Self { role: ChannelRole::Stereo, from: as_it_is, to: as_it_is, done: 1.0 }
    }
}

impl Channels {
    /// It is to sound these from now on.
    pub fn become_role(&mut self, role: ChannelRole) {
        if role != self.role {
            *self = Self { role, from: self.now(), to: matrix(role), done: 0.0 };
        }
    }

    fn now(&self) -> Matrix {
        let new = smooth(self.done);
        let blend = |a: f32, b: f32| if self.done >= 1.0 { b } else { a + (b - a) * new };
        let row = |k: usize| [blend(self.from[k][0], self.to[k][0]), blend(self.from[k][1], self.to[k][1])];
        [row(0), row(1)]
    }

    /// Makes of `out`, interleaved stereo at `rate`, what this speaker sounds.
    pub fn apply(&mut self, out: &mut [f32], rate: u32) {
        if self.done >= 1.0 {
            match self.role {
                ChannelRole::Stereo => {}
                ChannelRole::Left => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| f[1] = f[0]),
                ChannelRole::Right => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| f[0] = f[1]),
                ChannelRole::Swapped => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| f.swap(0, 1)),
                ChannelRole::Mono => out.as_chunks_mut::<2>().0.iter_mut().for_each(|f| *f = [(f[0] + f[1]) * 0.5; 2]),
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

    /// What becomes of left 0.25 and right -0.75, to the bit.
    fn heard(role: ChannelRole) -> [u32; 2] {
        let mut c = Channels::default();
        c.become_role(role);
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
                1 => c.become_role(ChannelRole::Swapped),
                2 => c.become_role(ChannelRole::Mono),
                _ => {}
            }
            c.apply(block, 48_000);
        }
        let frames: Vec<_> = out.chunks_exact(2).collect();
        let step = frames.windows(2).map(|w| (w[1][0] - w[0][0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 0.004, "{step}");
        assert!(frames.last().is_some_and(|f| f[0].abs() < 1e-6 && f[1].abs() < 1e-6), "left and right cancel");
    }
}
