//! The day on which this program was built: no clock that is right is earlier.

/// Seconds since 1970; 0 if the build's machine did not know.
pub const BUILT: u64 = match u64::from_str_radix(env!("DOWNBEAT_BUILT"), 10) {
    Ok(seconds) => seconds,
    Err(_) => 0,
};
