//! Sizes as people write them: `2GiB`, `500MB`, `1048576`.

use std::{fmt, str::FromStr};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: a size is wanted, a number with B, kB, MB, GB, KiB, MiB or GiB, e.g. 2GiB")]
pub struct SizeError(String);

const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
];

impl Size {
    /// The bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n >= 1 << 30 && n % (1 << 30) == 0 => write!(f, "{}GiB", n >> 30),
            n if n >= 1 << 20 && n % (1 << 20) == 0 => write!(f, "{}MiB", n >> 20),
            n => write!(f, "{n}B"),
        }
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let wrong = || SizeError(text.into());
        let whole = text.trim();
        let split = whole.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(whole.len());
        let (number, unit) = whole.split_at(split);
        let unit = unit.trim().to_ascii_lowercase();
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        if let Ok(number) = number.parse::<u64>() {
            return number.checked_mul(*factor).map(Self).ok_or_else(wrong);
        }
        // 1.5GiB: f64 has more digits than anybody writes.
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let bytes = number * *factor as f64;
        if bytes.is_finite() && bytes < 1e18 { Ok(Self(bytes as u64)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        for (text, bytes) in [
            ("2GiB", 2 << 30),
            (" 500 MB ", 500_000_000),
            ("1.5gib", 3 << 29),
            ("0", 0),
            ("17", 17),
            ("64k", 64 << 10),
            ("3B", 3),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "GiB", "much", "-1", "1..2MB", "2 gigs", "99999999999999999999", "99999999999GiB", "1e9"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        for size in [Size(2 << 30), Size(3 << 20), Size(12_345)] {
            assert_eq!(size.to_string().parse(), Ok(size));
        }
    }
}
