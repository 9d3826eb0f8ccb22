// Downbeat's addition, see PATCHES.md. This Source Code Form is subject to the terms of the Mozilla Public License,
// v. 2.0. If a copy of the MPL was not distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! The side channel of a 32-bit stereo frame: it has 33 bits, and so no room in an `i32`.
//!
//! The same as the functions of `decoder.rs`, in 64 bits. Only such frames come here.

use symphonia_core::errors::{Result, decode_error, unsupported_error};
use symphonia_core::io::ReadBitsLtr;
use symphonia_core::util::bits::{sign_extend_leq32_to_i32, sign_extend_leq64_to_i64};

use crate::decoder::{SubFrameType, decode_residual, read_subframe_header};

/// The bits of the side channel's samples.
const SIDE_BITS: u32 = 33;

pub(crate) fn read_side<B: ReadBitsLtr>(bs: &mut B, residual: &mut [i32], side: &mut Vec<i64>) -> Result<()> {
    let (kind, dropped) = read_subframe_header(bs, SIDE_BITS)?;
    let bps = SIDE_BITS - dropped;
    let sample = |bs: &mut B| -> Result<i64> { Ok(sign_extend_leq64_to_i64(bs.read_bits_leq64(bps)?, bps)) };

    side.clear();
    match kind {
        SubFrameType::Constant => {
            let value = sample(bs)?;
            side.resize(residual.len(), value);
        }
        SubFrameType::Verbatim => {
            for _ in 0..residual.len() {
                side.push(sample(bs)?);
            }
        }
        SubFrameType::FixedLinear(order) => {
            if order as usize > residual.len() {
                return decode_error("flac: fixed predictor order is greater than the block size");
            }
            for _ in 0..order {
                side.push(sample(bs)?);
            }
            decode_residual(bs, order, residual)?;
            // Of the samples before, the latest first.
            let coeffs: &[i64] = match order {
                0 => &[],
                1 => &[1],
                2 => &[2, -1],
                3 => &[3, -3, 1],
                _ => &[4, -6, 4, -1],
            };
            predict(coeffs, 0, residual, side);
        }
        SubFrameType::Linear(order) => {
            if order as usize > residual.len() {
                return decode_error("flac: predictor order is greater than the block size");
            }
            for _ in 0..order {
                side.push(sample(bs)?);
            }
            let precision = bs.read_bits_leq32(4)? + 1;
            if precision > 15 {
                return decode_error("flac: qlp precision set to reserved value");
            }
            let shift = sign_extend_leq32_to_i32(bs.read_bits_leq32(5)?, 5);
            if shift < 0 {
                return unsupported_error("flac: lpc shifts less than 0 are not supported");
            }
            let mut coeffs = [0i64; 32];
            for c in coeffs.iter_mut().take(order as usize) {
                *c = i64::from(sign_extend_leq32_to_i32(bs.read_bits_leq32(precision)?, precision));
            }
            decode_residual(bs, order, residual)?;
            predict(&coeffs[..order as usize], shift as u32, residual, side);
        }
    }
    if dropped > 0 {
        side.iter_mut().for_each(|s| *s = s.wrapping_shl(dropped));
    }
    Ok(())
}

/// Appends to the samples that `side` begins with as many as there are further residuals.
fn predict(coeffs: &[i64], shift: u32, residual: &[i32], side: &mut Vec<i64>) {
    for i in side.len()..residual.len() {
        let before = side[i - coeffs.len()..].iter().rev();
        let sum = coeffs.iter().zip(before).fold(0i64, |sum, (c, s)| sum.wrapping_add(c.wrapping_mul(*s)));
        side.push((sum >> shift).wrapping_add(i64::from(residual[i])));
    }
}

/// `left` is there, `right` becomes it: L - S.
pub(crate) fn left_side(left: &[i32], right: &mut [i32], side: &[i64]) {
    for ((r, l), s) in right.iter_mut().zip(left).zip(side) {
        *r = i64::from(*l).wrapping_sub(*s) as i32;
    }
}

/// `right` is there, `left` becomes it: S + R.
pub(crate) fn right_side(left: &mut [i32], right: &[i32], side: &[i64]) {
    for ((l, r), s) in left.iter_mut().zip(right).zip(side) {
        *l = s.wrapping_add(i64::from(*r)) as i32;
    }
}

/// `mid` becomes left.
pub(crate) fn mid_side(mid: &mut [i32], right: &mut [i32], side: &[i64]) {
    for ((m, r), s) in mid.iter_mut().zip(right).zip(side) {
        let twice = (i64::from(*m) << 1) | (s & 1);
        *m = (twice.wrapping_add(*s) >> 1) as i32;
        *r = (twice.wrapping_sub(*s) >> 1) as i32;
    }
}
