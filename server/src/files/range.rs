//! `Range`, `If-Range` and `If-None-Match` (RFC 9110), as far as one immutable file needs them.

/// The part of a file to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it: no range was asked for, or one that is to be ignored.
    Whole,
    /// These bytes, both inclusive.
    Bytes {
        /// The first byte.
        first: u64,
        /// The last byte, within the file.
        last: u64,
    },
    /// The range lies outside the file.
    Unsatisfiable,
}

/// The part of a file of `length` bytes that a `Range` header asks for. What is malformed, of another unit, or of
/// several ranges is answered with the whole, as the RFC allows.
pub fn part(range: &str, length: u64) -> Part {
    let Some(spec) = range.trim().split_once('=').filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes")) else {
        return Part::Whole;
    };
    let Some((first, last)) = spec.1.trim().split_once('-') else { return Part::Whole };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(first), _) if last.is_empty() => within(first, u64::MAX, length),
        (Some(first), Some(last)) if first <= last => within(first, last, length),
        (None, Some(suffix)) if first.is_empty() => match suffix {
            0 => Part::Unsatisfiable,
            _ => within(length.saturating_sub(suffix), u64::MAX, length),
        },
        _ => Part::Whole,
    }
}

fn within(first: u64, last: u64, length: u64) -> Part {
    if first >= length { Part::Unsatisfiable } else { Part::Bytes { first, last: last.min(length - 1) } }
}

/// Digits only (no sign); more than fit are as good as the greatest number.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

/// True if an `If-Range` header lets the range stand: only the very tag does, as tags here are strong and there are no
/// dates.
pub fn if_range_holds(header: &str, etag: &str) -> bool {
    header.trim() == etag
}

/// True if an `If-None-Match` header says that the client has this file already.
pub fn none_match_fails(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(first: u64, last: u64) -> Part {
        Part::Bytes { first, last }
    }

    #[test]
    fn single_ranges() {
        assert_eq!(part("bytes=0-0", 10), bytes(0, 0));
        assert_eq!(part("bytes=2-5", 10), bytes(2, 5));
        assert_eq!(part("bytes=2-", 10), bytes(2, 9));
        assert_eq!(part("bytes=2-99", 10), bytes(2, 9));
        assert_eq!(part("bytes=-3", 10), bytes(7, 9));
        assert_eq!(part("bytes=-99", 10), bytes(0, 9));
        assert_eq!(part(" Bytes = 1 - 2 ", 10), bytes(1, 2));
        assert_eq!(part("bytes=0-99999999999999999999999999", 10), bytes(0, 9));
    }

    #[test]
    fn outside_the_file() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999999-"] {
            assert_eq!(part(range, 10), Part::Unsatisfiable, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Unsatisfiable);
        assert_eq!(part("bytes=-1", 0), Part::Unsatisfiable);
    }

    #[test]
    fn what_is_ignored() {
        for range in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-b", "bytes=+1-2", "bytes=--1"]
        {
            assert_eq!(part(range, 10), Part::Whole, "{range}");
        }
        for range in ["bytes=0-1,3-4", "items=0-1", "bytes=1-2-3"] {
            assert_eq!(part(range, 10), Part::Whole, "{range}");
        }
    }

    #[test]
    fn tags() {
        assert!(if_range_holds(r#""a""#, r#""a""#));
        assert!(!if_range_holds(r#"W/"a""#, r#""a""#), "a weak tag cannot vouch for bytes");
        assert!(!if_range_holds("Sat, 01 Jan 2000 00:00:00 GMT", r#""a""#));
        assert!(none_match_fails(r#""b", W/"a""#, r#""a""#));
        assert!(none_match_fails("*", r#""a""#));
        assert!(!none_match_fails(r#""b""#, r#""a""#));
    }

    proptest! {
        #[test]
        fn a_part_is_always_within_the_file(range in "(bytes=)?[0-9, -]{0,30}|\\PC{0,20}", length: u64) {
            if let Part::Bytes { first, last } = part(&range, length) {
                prop_assert!(first <= last && last < length);
            }
        }
    }
}
