use std::ffi::c_int;

use log::{error, warn};
use symphonia_core::errors::{Error, Result};

fn error_code_to_str(code: c_int) -> &'static str {
    match code {
        opusic_sys::OPUS_BAD_ARG => "One or more invalid/out of range arguments.",
        opusic_sys::OPUS_BUFFER_TOO_SMALL => "The mode struct passed is invalid.",
        opusic_sys::OPUS_INTERNAL_ERROR => "An internal error was detected.",
        opusic_sys::OPUS_INVALID_PACKET => "The compressed data passed is corrupted.",
        opusic_sys::OPUS_UNIMPLEMENTED => "Invalid/unsupported request number.",
        opusic_sys::OPUS_INVALID_STATE => {
            "An encoder or decoder structure is invalid or already freed."
        }
        opusic_sys::OPUS_ALLOC_FAIL => "Memory allocation has failed. ",
        _ => "",
    }
}

/// libopus' state.
#[derive(Debug, Clone, Copy)]
enum Handle {
    Single(*mut opusic_sys::OpusDecoder),
    /// Several streams in each packet, for more than two channels.
    Multi(*mut opusic_sys::OpusMSDecoder),
}

#[derive(Debug)]
pub(crate) struct Decoder {
    ptr: Handle,
    channels: u32,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        match self.ptr {
            Handle::Single(ptr) => unsafe { opusic_sys::opus_decoder_destroy(ptr) },
            Handle::Multi(ptr) => unsafe { opusic_sys::opus_multistream_decoder_destroy(ptr) },
        }
    }
}

unsafe impl Send for Decoder {}
unsafe impl Sync for Decoder {}

impl Decoder {
    pub(crate) fn new(sample_rate: u32, channels: u32) -> Result<Self> {
        let mut error = 0;
        let ptr = unsafe {
            opusic_sys::opus_decoder_create(sample_rate as i32, channels as c_int, &mut error)
        };
        if error != opusic_sys::OPUS_OK {
            let error_str = error_code_to_str(error);
            error!("decoder failed to create with error code {error}: {error_str}");
            return Err(Error::DecodeError("opus: error creating decoder"));
        }
        Ok(Self {
            ptr: Handle::Single(ptr),
            channels,
        })
    }

    /// A decoder of packets of several streams. `mapping` names for each channel the channel of the streams that it is.
    pub(crate) fn multistream(
        sample_rate: u32,
        streams: u8,
        coupled: u8,
        mapping: &[u8],
    ) -> Result<Self> {
        // libopus checks these too; a mapping of 255 is a silent channel.
        let decoded = u16::from(streams) + u16::from(coupled);
        if streams == 0
            || coupled > streams
            || decoded > 255
            || mapping.is_empty()
            || mapping.iter().any(|&m| m != 255 && u16::from(m) >= decoded)
        {
            return Err(Error::DecodeError("opus: invalid channel mapping"));
        }
        let mut error = 0;
        let ptr = unsafe {
            opusic_sys::opus_multistream_decoder_create(
                sample_rate as i32,
                len(mapping)?,
                c_int::from(streams),
                c_int::from(coupled),
                mapping.as_ptr(),
                &mut error,
            )
        };
        if error != opusic_sys::OPUS_OK || ptr.is_null() {
            let error_str = error_code_to_str(error);
            error!("decoder failed to create with error code {error}: {error_str}");
            return Err(Error::DecodeError("opus: error creating decoder"));
        }
        Ok(Self {
            ptr: Handle::Multi(ptr),
            channels: mapping.len() as u32,
        })
    }

    pub(crate) fn decode(&mut self, input: &[u8], output: &mut [f32]) -> Result<usize> {
        let ptr = match input.len() {
            0 => std::ptr::null(),
            _ => input.as_ptr(),
        };
        let (size, frames) = (len(input)?, len(output)? / self.channels as c_int);
        let output = output.as_mut_ptr();
        let len = match self.ptr {
            Handle::Single(decoder) => unsafe {
                opusic_sys::opus_decode_float(decoder, ptr, size, output, frames, 0 as c_int)
            },
            Handle::Multi(decoder) => unsafe {
                opusic_sys::opus_multistream_decode_float(
                    decoder, ptr, size, output, frames, 0 as c_int,
                )
            },
        };
        if len < 0 {
            let error_str = error_code_to_str(len);
            warn!("decode failed with error code {len}: {error_str}");
            return Err(Error::DecodeError("opus: decode failed"));
        }
        Ok(len as usize)
    }

    pub(crate) fn reset(&mut self) {
        let request = opusic_sys::OPUS_RESET_STATE;
        let result = match self.ptr {
            Handle::Single(ptr) => unsafe { opusic_sys::opus_decoder_ctl(ptr, request) },
            Handle::Multi(ptr) => unsafe { opusic_sys::opus_multistream_decoder_ctl(ptr, request) },
        };

        if result != opusic_sys::OPUS_OK {
            let error_str = error_code_to_str(result);
            warn!("reset failed with error code {result}: {error_str}");
        }
    }
}

fn check_len(val: usize) -> Result<c_int> {
    c_int::try_from(val).map_err(|_| {
        error!("buffer length of out range: {val}");
        Error::DecodeError("buffer length of out range")
    })
}

#[inline]
fn len<T>(slice: &[T]) -> Result<c_int> {
    check_len(slice.len())
}
