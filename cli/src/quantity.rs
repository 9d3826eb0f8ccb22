//! Positions and volumes as people write them, and back.

use std::str::FromStr;

/// The place to go to in a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seek {
    /// To this position, seconds from its start.
    To(f64),
    /// So many seconds from where it is, signed.
    By(f64),
}

impl Seek {
    /// The position, seconds from the start of the track, never before it.
    pub fn resolve(self, present: f64) -> f64 {
        match self {
            Self::To(position) => position,
            Self::By(change) => present + change,
        }
        .max(0.0)
    }
}

impl FromStr for Seek {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(rest) = text.strip_prefix('+') {
            seconds(rest).map(Self::By)
        } else if let Some(rest) = text.strip_prefix('-') {
            seconds(rest).map(|seconds| Self::By(-seconds))
        } else {
            seconds(text).map(Self::To)
        }
    }
}

/// How loud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// This loud, 0..=100.
    To(f64),
    /// So much louder, signed.
    By(f64),
}

impl Level {
    /// The level, within 0..=100.
    pub fn resolve(self, present: f64) -> f64 {
        match self {
            Self::To(level) => level,
            Self::By(change) => (present + change).clamp(0.0, 100.0),
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "a level from 0 to 100, or a change as +5 or -5".to_owned();
        let number: f64 = text.trim_end_matches('%').parse().map_err(|_| wrong())?;
        // "+5" and "-5" parse as numbers, too: the sign says that a change is meant.
        let level = if text.starts_with(['+', '-']) { Self::By(number) } else { Self::To(number) };
        let range = if matches!(level, Self::By(_)) { -100.0..=100.0 } else { 0.0..=100.0 };
        range.contains(&number).then_some(level).ok_or_else(wrong)
    }
}

/// A label to set, or to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelChange {
    /// Its key.
    pub key: String,
    /// Its value, which may be empty; `None`: it is taken away.
    pub value: Option<String>,
}

impl FromStr for LabelChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = match (text.split_once('='), text.strip_suffix('-')) {
            (Some((key, value)), _) => (key, Some(value)),
            (None, Some(key)) => (key, None),
            (None, None) => (text, Some("")),
        };
        if key.is_empty() {
            return Err("a label is written as KEY=VALUE or KEY, and KEY- to take it away".to_owned());
        }
        Ok(Self { key: key.to_owned(), value: value.map(str::to_owned) })
    }
}

/// Numbers of a listing: "7", or all from "7-9".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// The first, from 1.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0);
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err("a number of the listing, as 7, or several, as 7-9".to_owned()),
        }
    }
}

/// A time with its unit, as output delays are given: "1.5ms", "-250us", "0". In whole microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// Microseconds, signed.
    pub micros: i64,
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "a time with its unit, as 1.5ms, -250us or 0".to_owned();
        let text = text.trim();
        let split = text.find(|c: char| c.is_alphabetic() || c == '\u{b5}').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let micros = match unit {
            "us" | "\u{b5}s" => number,
            "ms" => number * 1e3,
            "s" => number * 1e6,
            "" if number == 0.0 => 0.0,
            _ => return Err(wrong()),
        };
        // the coordinator says which are too great; here only what can be counted
        if micros.abs() > 1e12 { Err(wrong()) } else { Ok(Self { micros: micros.round() as i64 }) }
    }
}

impl std::fmt::Display for Delay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ms", self.micros as f64 / 1e3)
    }
}

/// "90", "90.5", "1:30" or "1:02:03" in seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let wrong = || "seconds, minutes:seconds or hours:minutes:seconds, as 90, 1:30 or 1:02:03".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.is_empty() || part.starts_with(['+', '-'])) {
        return Err(wrong());
    }
    let mut total = 0.0;
    for (index, part) in parts.iter().enumerate() {
        let value: f64 = part.parse().map_err(|_| wrong())?;
        let first = index == 0;
        let last = index + 1 == parts.len();
        // Only the last part may have a fraction, and only the first one may exceed 59.
        if !value.is_finite() || (!last && value.fract() != 0.0) || (!first && value >= 60.0) {
            return Err(wrong());
        }
        total = total * 60.0 + value;
    }
    Ok(total)
}

/// Seconds as a clock shows them: 1:05, or 1:02:03 from an hour on.
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "-".to_owned();
    }
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// The same with tenths, for what moves.
pub fn clock_tenths(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "-".to_owned();
    }
    let tenths = (seconds.max(0.0) * 10.0) as u64;
    format!("{}.{}", clock((tenths / 10) as f64), tenths % 10)
}

/// The time between two looks, seconds.
pub(crate) fn interval(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("seconds, from 0.1 to 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        assert_eq!("90".parse(), Ok(Seek::To(90.0)));
        assert_eq!("90.5".parse(), Ok(Seek::To(90.5)));
        assert_eq!("1:30".parse(), Ok(Seek::To(90.0)));
        assert_eq!("1:02:03.25".parse(), Ok(Seek::To(3_723.25)));
        assert_eq!("+1:00".parse(), Ok(Seek::By(60.0)));
        assert_eq!("-10".parse(), Ok(Seek::By(-10.0)));
        for wrong in ["", "x", "1:60", "1:", ":30", "1:2:3:4", "1.5:00", "1:-3", "--5", "nan", "inf", "1:+3"] {
            assert!(wrong.parse::<Seek>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_seek_never_goes_before_the_start() {
        let from_4 = |seek: Seek| format!("{}", seek.resolve(4.0));
        assert_eq!(from_4(Seek::By(-10.0)), "0");
        assert_eq!(from_4(Seek::By(10.0)), "14");
        assert_eq!(from_4(Seek::To(3.0)), "3");
    }

    #[test]
    fn levels() {
        assert_eq!("70".parse(), Ok(Level::To(70.0)));
        assert_eq!("70%".parse(), Ok(Level::To(70.0)));
        assert_eq!("+5".parse(), Ok(Level::By(5.0)));
        assert_eq!("-5".parse(), Ok(Level::By(-5.0)));
        for wrong in ["300", "-101", "loud", "", "nan"] {
            assert!(wrong.parse::<Level>().is_err(), "{wrong}");
        }
        assert_eq!(format!("{}", Level::By(50.0).resolve(80.0)), "100");
        assert_eq!(format!("{}", Level::By(-50.0).resolve(20.0)), "0");
    }

    #[test]
    fn delays() {
        let micros = |text: &str| text.parse::<Delay>().map(|delay| delay.micros);
        assert_eq!(micros("1.5ms"), Ok(1_500));
        assert_eq!(micros("-1.5ms"), Ok(-1_500));
        assert_eq!(micros("+250us"), Ok(250));
        assert_eq!(micros("12 \u{b5}s"), Ok(12));
        assert_eq!(micros("0.02s"), Ok(20_000));
        assert_eq!(micros("0"), Ok(0));
        for wrong in ["", "ms", "1500", "1.5", "1m", "1.5 min", "nanms", "inf us", "--1ms", "1e99s"] {
            assert!(wrong.parse::<Delay>().is_err(), "{wrong}");
        }
        assert_eq!(Delay { micros: -1_500 }.to_string(), "-1.500 ms");
    }

    #[test]
    fn clocks() {
        assert_eq!(clock(0.0), "0:00");
        assert_eq!(clock(65.9), "1:05");
        assert_eq!(clock(3_723.0), "1:02:03");
        assert_eq!(clock(-1.0), "0:00");
        assert_eq!(clock(f64::NAN), "-");
        assert_eq!(clock_tenths(65.98), "1:05.9");
    }
}
