//! Bytes to messages and back. Every decoder survives arbitrary bytes: what is wrong is said, nothing panics.
//!
//! Unknown fields are ignored. An unknown `type` is told apart from a malformed message, because the former is
//! what a newer peer says and the latter a fault.

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    agent_message::{AgentMessage, TimeRequest},
    server_message::{ServerMessage, TimeReply},
    time::{LocalTime, ServerTime},
};

/// The longest frame a coordinator accepts from a speaker: a `hello` with the plan it knows.
pub const MAX_AGENT_FRAME_BYTES: usize = 256 * 1024;

/// The longest frame a speaker accepts from a coordinator: a `state_sync` with a long plan.
pub const MAX_SERVER_FRAME_BYTES: usize = 1024 * 1024;

/// The length of every time request and reply.
pub const TIME_FRAME_BYTES: usize = 128;

/// The longest reason why bytes are no message, in characters: it is sent back and logged.
const MAX_REASON_CHARS: usize = 256;

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Longer than the receiver accepts. The connection should be closed.
    #[error("a frame of {length} bytes, over the limit of {limit}")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Well-formed, but of a type this build does not know. Answer with `error`, and go on.
    #[error("a message of unknown type {0:?}")]
    UnknownType(String),
    /// Not JSON, no `type`, or fields that do not fit. Answer with `error`, and go on.
    #[error("not a message: {0}")]
    Malformed(String),
}

impl CodecError {
    /// The stable code to answer with.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "frame_too_large",
            Self::UnknownType(_) => "unknown_message",
            Self::Malformed(_) => "bad_message",
        }
    }
}

/// The message of a speaker in `text`.
pub fn decode_agent_message(text: &str) -> Result<AgentMessage, CodecError> {
    decode(text, MAX_AGENT_FRAME_BYTES, AGENT_TYPES)
}

/// The message of a coordinator in `text`.
pub fn decode_server_message(text: &str) -> Result<ServerMessage, CodecError> {
    decode(text, MAX_SERVER_FRAME_BYTES, SERVER_TYPES)
}

const AGENT_TYPES: &[&str] = &[
    "hello",
    "time_request",
    "request_state",
    "ready",
    "position_report",
    "health",
    "clock_shift",
    "history",
    "reveal",
    "client_error",
];
const SERVER_TYPES: &[&str] = &[
    "welcome",
    "state_sync",
    "prepare",
    "play_track",
    "pause",
    "resume",
    "seek",
    "stop",
    "plan_update",
    "volume_change",
    "position_check",
    "time_reply",
    "configure",
    "identify",
    "metronome",
    "calibration",
    "announce",
    "history_kept",
    "standing",
    "error",
];

fn decode<T: DeserializeOwned>(text: &str, limit: usize, known: &[&str]) -> Result<T, CodecError> {
    #[derive(Deserialize)]
    struct Tag {
        #[serde(rename = "type")]
        kind: String,
    }
    if text.len() > limit {
        return Err(CodecError::TooLarge { length: text.len(), limit });
    }
    serde_json::from_str(text).map_err(|error| match serde_json::from_str::<Tag>(text) {
        Ok(tag) if !known.contains(&tag.kind.as_str()) => CodecError::UnknownType(tag.kind.chars().take(64).collect()),
        _ => CodecError::Malformed(shortened(&error.to_string())),
    })
}

/// A reason may repeat a text of the message, however long that is.
fn shortened(reason: &str) -> String {
    reason.chars().take(MAX_REASON_CHARS).collect()
}

/// A speaker's message as text.
pub fn encode_agent_message(message: &AgentMessage) -> String {
    encode(message)
}

/// A coordinator's message as text.
pub fn encode_server_message(message: &ServerMessage) -> String {
    encode(message)
}

fn encode<T: serde::Serialize>(message: &T) -> String {
    // Strings, numbers and lists of them: there is nothing in a message that serde_json can refuse.
    serde_json::to_string(message).unwrap_or_else(|_| unreachable!("messages are always representable as JSON"))
}

/// A time request of exactly [`TIME_FRAME_BYTES`] bytes.
pub fn encode_time_request(t1: LocalTime) -> String {
    padded(encode(&AgentMessage::TimeRequest(TimeRequest { t1 })))
}

/// A time reply of exactly [`TIME_FRAME_BYTES`] bytes.
pub fn encode_time_reply(t1: LocalTime, t2: ServerTime, t3: ServerTime) -> String {
    padded(encode(&ServerMessage::TimeReply(TimeReply { t1, t2, t3 })))
}

/// Spaces after the closing brace: white space to every JSON reader.
fn padded(mut text: String) -> String {
    while text.len() < TIME_FRAME_BYTES {
        text.push(' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_newer_peer_is_told_from_a_faulty_one() {
        let unknown = decode_server_message(r#"{"type":"levitate","height":3}"#);
        assert_eq!(unknown, Err(CodecError::UnknownType("levitate".into())));
        for bad in
            ["", "{}", "[]", "null", r#"{"type":"pause"}"#, r#"{"type":7}"#, r#"{"type":"time_reply","t1":1e400}"#]
        {
            assert!(matches!(decode_server_message(bad), Err(CodecError::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let text = r#"{"type":"time_request","t1":5,"colour":"blue"}"#;
        assert_eq!(decode_agent_message(text), Ok(AgentMessage::TimeRequest(TimeRequest { t1: LocalTime(5) })));
        assert_eq!(decode_agent_message(r#"{"type":"request_state","x":[1]}"#), Ok(AgentMessage::RequestState));
    }

    #[test]
    fn a_reason_is_short_however_long_the_message_is() {
        let state = "x".repeat(100_000);
        for text in [format!(r#"{{"type":"position_report","state":"{state}"}}"#), format!(r#"{{"type":"{state}"}}"#)] {
            let reason = decode_agent_message(&text).unwrap_err().to_string();
            assert!(reason.len() < 400, "{} bytes", reason.len());
        }
    }

    #[test]
    fn over_the_limit_is_refused_unread() {
        let text = " ".repeat(MAX_AGENT_FRAME_BYTES + 1);
        assert!(matches!(decode_agent_message(&text), Err(CodecError::TooLarge { .. })));
    }

    /// The names of an enum's messages, as serde has them: an unknown one is answered with the list.
    fn names_of<T: serde::de::DeserializeOwned>() -> Vec<String> {
        let error = serde_json::from_str::<T>(r#"{"type":"?"}"#).err().expect("an unknown type").to_string();
        let (_, list) = error.split_once("expected one of ").expect("serde lists the variants");
        list.split('`').skip(1).step_by(2).map(Into::into).collect()
    }

    #[test]
    fn a_message_that_is_broken_is_not_called_unknown() {
        assert_eq!(names_of::<AgentMessage>(), AGENT_TYPES);
        assert_eq!(names_of::<ServerMessage>(), SERVER_TYPES);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,300}") {
            let _ = (decode_agent_message(&text), decode_server_message(&text));
        }

        #[test]
        fn any_json_is_survived(
            kind in prop::sample::select([AGENT_TYPES, SERVER_TYPES].concat()),
            fields in prop::collection::btree_map("[a-z_]{1,12}", json(), 0..6),
        ) {
            let mut object = serde_json::Map::new();
            object.extend(fields);
            object.insert("type".into(), kind.into());
            let text = serde_json::Value::Object(object).to_string();
            let _ = (decode_agent_message(&text), decode_server_message(&text));
        }

        #[test]
        fn requests_and_replies_are_of_one_length(t1: i64, t2: i64, t3: i64) {
            let (t1, t2, t3) = (LocalTime(t1), ServerTime(t2), ServerTime(t3));
            let (request, reply) = (encode_time_request(t1), encode_time_reply(t1, t2, t3));
            prop_assert_eq!(request.len(), TIME_FRAME_BYTES);
            prop_assert_eq!(reply.len(), TIME_FRAME_BYTES);
            prop_assert_eq!(decode_server_message(&reply), Ok(ServerMessage::TimeReply(TimeReply { t1, t2, t3 })));
            prop_assert_eq!(decode_agent_message(&request), Ok(AgentMessage::TimeRequest(TimeRequest { t1 })));
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Into::into))
    }
}
