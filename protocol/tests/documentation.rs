//! `docs/protocol.md` is what a stranger builds a speaker from, so its examples must be what is really sent: each is
//! read with the codec, written again, and compared; and no message may be without one.

use std::collections::{BTreeMap, BTreeSet};

use downbeat_protocol::{
    AgentMessage, ServerMessage,
    codec::{decode_agent_message, decode_server_message, encode_agent_message, encode_server_message},
    server_message::{PositionCheck, Session, StateSync},
};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/protocol.md");

/// The side that says the messages of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Speaks {
    Agent,
    Coordinator,
}

/// One fenced block of JSON and where it stands.
struct Example {
    line: usize,
    speaks: Option<Speaks>,
    /// The `###` heading above it.
    section: String,
    text: String,
}

fn examples() -> Vec<Example> {
    let (mut found, mut speaks, mut section) = (Vec::new(), None, String::new());
    let mut open: Option<Example> = None;
    let mut other_fence = false;
    for (number, line) in PAGE.lines().enumerate() {
        if let Some(example) = &mut open {
            if line.trim_end() == "```" {
                found.extend(open.take());
            } else {
                example.text.push_str(line);
                example.text.push('\n');
            }
        } else if other_fence {
            other_fence = !line.starts_with("```");
        } else if line.trim_end() == "```json" {
            open = Some(Example { line: number + 1, speaks, section: section.clone(), text: String::new() });
        } else if line.starts_with("```") {
            other_fence = true;
        } else if let Some(heading) = line.strip_prefix("## ") {
            section.clear();
            speaks = match heading.trim() {
                "Speaker to coordinator" => Some(Speaks::Agent),
                "Coordinator to speaker" => Some(Speaks::Coordinator),
                _ => None,
            };
        } else if let Some(heading) = line.strip_prefix("### ") {
            heading.trim().clone_into(&mut section);
        }
    }
    assert!(open.is_none() && !other_fence, "a fence is not closed");
    found
}

/// An example, decoded and written again by the codec.
fn through_the_codec(example: &Example) -> Result<String, String> {
    let at = |error: &dyn ToString| format!("line {}: {}", example.line, error.to_string());
    match example.speaks {
        Some(Speaks::Agent) => {
            decode_agent_message(&example.text).map(|m| encode_agent_message(&m)).map_err(|e| at(&e))
        }
        Some(Speaks::Coordinator) => {
            decode_server_message(&example.text).map(|m| encode_server_message(&m)).map_err(|e| at(&e))
        }
        None => Err(at(&"a JSON example outside the two sections of messages")),
    }
}

/// The place of the first difference. `70` and `70.0` are one number; everything else is compared as it is.
fn difference(path: &str, page: &Value, wire: &Value) -> Option<String> {
    match (page, wire) {
        (Value::Object(page), Value::Object(wire)) => {
            let keys: BTreeSet<_> = page.keys().chain(wire.keys()).collect();
            keys.into_iter().find_map(|key| {
                let path = format!("{path}.{key}");
                match (page.get(key), wire.get(key)) {
                    (Some(page), Some(wire)) => difference(&path, page, wire),
                    (Some(_), None) => Some(format!("{path} is in the page and not on the wire")),
                    _ => Some(format!("{path} is on the wire and not in the page")),
                }
            })
        }
        (Value::Array(page), Value::Array(wire)) if page.len() == wire.len() => {
            let mut pairs = page.iter().zip(wire).enumerate();
            pairs.find_map(|(i, (page, wire))| difference(&format!("{path}[{i}]"), page, wire))
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            (a.as_f64() != b.as_f64()).then(|| format!("{path}: {a} in the page, {b} on the wire"))
        }
        _ => (page != wire).then(|| format!("{path}: {page} in the page, {wire} on the wire")),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The names of an enum's messages, from the mouth of serde: an unknown one is answered with the list.
fn names_of<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
    let error = serde_json::from_str::<T>(r#"{"type":"no such message"}"#).err().expect("an unknown type").to_string();
    let (_, list) = error.split_once("expected one of ").expect("serde lists the variants");
    list.split('`').skip(1).step_by(2).map(Into::into).collect()
}

#[test]
fn every_example_is_what_is_sent() {
    let examples = examples();
    assert!(examples.len() > 20, "only {} examples found: has the page's form changed?", examples.len());
    for example in &examples {
        let written = through_the_codec(example).expect("an example that the codec reads");
        if let Some(difference) = difference("", &json(&example.text), &json(&written)) {
            panic!("line {} ({}): {difference}", example.line, example.section);
        }
    }
}

#[test]
fn every_message_has_an_example_under_its_own_heading() {
    let mut shown: BTreeMap<Speaks, BTreeSet<String>> = BTreeMap::new();
    for example in examples() {
        let kind = json(&example.text)["type"].as_str().expect("a type").to_owned();
        assert_eq!(kind, example.section, "line {}: under the heading of another message", example.line);
        shown.entry(example.speaks.expect("in a section of messages")).or_default().insert(kind);
    }
    let (agent, server) = (names_of::<AgentMessage>(), names_of::<ServerMessage>());
    assert!(agent.contains("hello") && server.contains("welcome"), "the lists are read wrongly: {agent:?} {server:?}");
    assert_eq!(shown[&Speaks::Agent], agent);
    assert_eq!(shown[&Speaks::Coordinator], server);
}

#[test]
fn every_field_is_explained() {
    fn keys(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                into.insert(key.clone());
                keys(value, into);
            }),
            Value::Array(list) => list.iter().for_each(|value| keys(value, into)),
            _ => {}
        }
    }
    let (mut shown, mut prose) = (BTreeSet::new(), PAGE.to_owned());
    for example in examples() {
        keys(&json(&example.text), &mut shown);
        prose = prose.replace(&example.text, "");
    }
    let missing: Vec<_> = shown.iter().filter(|key| !mentioned(&prose, key)).collect();
    assert!(missing.is_empty(), "fields in examples that no sentence names: {missing:?}");
}

/// True if `key` stands in backticks, alone or in a short expression such as `protocol: {min, max}`.
fn mentioned(prose: &str, key: &str) -> bool {
    let holds = |code: &str| code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == key);
    prose.lines().any(|line| line.split('`').skip(1).step_by(2).any(holds))
}

#[test]
fn the_examples_agree_with_the_arithmetic() {
    let (mut sync, mut update, mut check): (Option<StateSync>, Option<Session>, Option<PositionCheck>) =
        (None, None, None);
    for example in examples().iter().filter(|e| e.speaks == Some(Speaks::Coordinator)) {
        match decode_server_message(&example.text).expect("an example that the codec reads") {
            ServerMessage::StateSync(m) if m.session.timeline.is_some() => sync = Some(m),
            // the first one: a later example shows how a zone goes on over a change of the clock
            ServerMessage::PlanUpdate(m) => update = update.or(Some(m)),
            ServerMessage::PositionCheck(m) => check = Some(m),
            _ => {}
        }
    }
    let session = sync.expect("a state_sync that plays").session;
    let (update, check) = (update.expect("a plan_update"), check.expect("a position_check"));
    let timeline = session.timeline.expect("a timeline");

    let (index, frame) = timeline.at(&session.plan, check.server_time).expect("an entry is heard");
    assert_eq!((Some(session.plan[index].entry), frame), (check.entry, check.expected_frames));
    assert_eq!(timeline.advanced_to(&session.plan, update.server_time), update.timeline, "the next entry's line");
}

#[test]
fn a_field_that_the_codec_drops_is_noticed() {
    let example = Example {
        line: 1,
        speaks: Some(Speaks::Agent),
        section: "time_request".into(),
        text: r#"{"type":"time_request","t1":5,"colour":"blue"}"#.into(),
    };
    let written = through_the_codec(&example).expect("unknown fields are ignored");
    assert!(difference("", &json(&example.text), &json(&written)).is_some_and(|d| d.contains(".colour")));
}
