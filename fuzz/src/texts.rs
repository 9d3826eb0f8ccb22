//! The decoders of what comes over the network as text.

use downbeat_protocol::codec::{
    CodecError, MAX_AGENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES, decode_agent_message, decode_server_message,
    encode_agent_message, encode_server_message,
};
use downbeat_server::{
    files::range::{Part, if_range_holds, none_match_fails, part},
    fleet::{Selector, selector},
};
use downbeat_store::index::{Figure, Query};

/// The longest reason why bytes are no message. It is sent back and logged.
const MAX_REASON_BYTES: usize = 1_024;
/// The longest query that is read to its end, in characters.
const MAX_QUERY_CHARS: usize = 1_000;

/// Messages of both sides: a message that is written and read again is the same.
pub fn codec(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match decode_agent_message(text) {
        Ok(message) => {
            let written = encode_agent_message(&message);
            if written.len() <= MAX_AGENT_FRAME_BYTES {
                assert_eq!(decode_agent_message(&written).as_ref(), Ok(&message), "{written}");
            }
        }
        Err(error) => check_codec_error(&error),
    }
    match decode_server_message(text) {
        Ok(message) => {
            let written = encode_server_message(&message);
            if written.len() <= MAX_SERVER_FRAME_BYTES {
                assert_eq!(decode_server_message(&written).as_ref(), Ok(&message), "{written}");
            }
        }
        Err(error) => check_codec_error(&error),
    }
}

fn check_codec_error(error: &CodecError) {
    let reason = error.to_string();
    assert!(!reason.is_empty() && reason.len() <= MAX_REASON_BYTES, "{} bytes: {reason}", reason.len());
}

/// Selectors: one that is written and read again is the same, and a fault lies within the text.
pub fn selector(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Selector::parse(text) {
        Ok(selector) => {
            let written = selector.to_string();
            if written.len() <= selector::MAX_BYTES {
                assert_eq!(Selector::parse(&written).as_ref(), Ok(&selector), "{text:?} is written {written:?}");
            }
        }
        Err(error) => {
            assert!(error.at >= 1 && error.at <= text.chars().count() + 1, "{error}");
            assert!(!error.detail.is_empty());
        }
    }
}

/// Queries: anything is one, its words are words, and one that is written and read again is the same.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let query = Query::parse(&text);
    for part in &query.texts {
        assert!(!part.what.words.is_empty());
        for word in &part.what.words {
            assert!(!word.contains(|c: char| c == '"' || c.is_whitespace() || c == '*'), "{word:?}");
        }
    }
    for part in &query.figures {
        if let Figure::Year(range) | Figure::Rate(range) = &part.what {
            assert!(range.start() <= range.end(), "{range:?}");
        }
    }
    if text.chars().count() <= MAX_QUERY_CHARS {
        assert_eq!(query.is_empty(), text.trim().is_empty());
    }
    let _ = query.matches_name(&text);
    let written = query.to_string();
    // A query of signs alone has nothing to write.
    if !query.nothing && written.chars().count() <= MAX_QUERY_CHARS {
        assert_eq!(Query::parse(&written), query, "{text:?} is written {written:?}");
    }
}

/// Ranges of a file: the first eight bytes are its length, the others the header.
pub fn range(data: &[u8]) {
    let Some((length, header)) = data.split_first_chunk() else { return };
    let (length, header) = (u64::from_le_bytes(*length), String::from_utf8_lossy(header));
    match part(&header, length) {
        Part::Bytes { first, last } => {
            assert!(first <= last && last < length, "{first} to {last} of {length}");
            let written = format!("bytes={first}-{last}");
            assert_eq!(part(&written, length), Part::Bytes { first, last });
        }
        Part::Unsatisfiable | Part::Whole => {}
    }
    let tag = "\"0\"";
    assert!(!if_range_holds(&header, tag) || header.contains(tag));
    assert!(!none_match_fails(&header, tag) || header.contains(tag) || header.contains('*'));
}
