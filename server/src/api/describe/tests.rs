use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use serde_json::Value;
use utoipa::OpenApi as _;

use super::{
    super::{events::described::Event, queue_view, router::Calls, search},
    OPENAPI,
    finish::finish,
    media::Media,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Downbeat",
        description = "A fleet of headless speakers that play as one.\n\nTimes named `at` and `serverTime` are \
                       microseconds on the coordinator's monotonic clock. Errors are RFC 9457 problems with a stable \
                       `code`; the codes of a call stand with its answers. Fields, types of events and words of an \
                       answer may be added by later versions: a client ignores those that it does not know."
    ),
    components(schemas(queue_view::QueueOrder, search::SearchType, Event)),
    tags(
        (name = "playback", description = "The zones' playback; the default zone unless another is named"),
        (name = "zones", description = "Zones, their playback and their queues"),
        (name = "presets", description = "Sets of zones that are saved and recalled"),
        (name = "speakers", description = "Speakers and their settings"),
        (name = "library", description = "The music"),
        (name = "playlists", description = "Lists of tracks that people made, and rules that find them"),
        (name = "history", description = "Plays: the track, the place, the time"),
        (name = "events", description = "Changes as they happen"),
        (name = "access", description = "Logins, users and tokens"),
        (name = "health", description = "The coordinator itself"),
    )
)]
struct Description;

/// With an indent of one space: the programs carry it.
fn text_of(description: &Value) -> String {
    let mut text = Vec::new();
    let form = serde_json::ser::PrettyFormatter::with_indent(b" ");
    serde::Serialize::serialize(description, &mut serde_json::Serializer::with_formatter(&mut text, form)).unwrap();
    String::from_utf8(text).unwrap() + "\n"
}

#[test]
fn the_description_is_what_is_there() {
    let mut description = Description::openapi();
    description.merge(Calls::openapi());
    description.merge(Media::openapi());
    let made = text_of(&finish(serde_json::to_value(description).unwrap()));
    if env::var_os("DOWNBEAT_DESCRIBE").is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &made).unwrap();
        return;
    }
    let differs = made.lines().zip(OPENAPI.lines()).position(|(made, kept)| made != kept);
    let line = differs.unwrap_or(made.lines().count().min(OPENAPI.lines().count()));
    assert!(
        made == OPENAPI,
        "server/openapi.json is not what the handlers say, from line {} on:\n  it has       {}\n  they say     {}\n\
         Make it anew with DOWNBEAT_DESCRIBE=1, and read the difference.",
        line + 1,
        OPENAPI.lines().nth(line).unwrap_or_default(),
        made.lines().nth(line).unwrap_or_default(),
    );
}

fn description() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// Every object in it, with its place.
fn each_object(value: &Value, place: &str, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            look(place, value);
            for (key, value) in fields {
                each_object(value, &format!("{place}/{key}"), look);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each_object(item, &format!("{place}/{index}"), look);
            }
        }
        _ => {}
    }
}

/// Every call: `METHOD path`, and its description.
fn calls(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, calls)| {
        calls.as_object().unwrap().iter().map(move |(method, call)| (format!("{method} {path}"), call))
    });
    calls.collect()
}

#[test]
fn every_reference_is_to_something_and_every_type_is_referred_to() {
    let description = description();
    let mut referred = BTreeSet::new();
    each_object(&description, "", &mut |place, object| {
        let Some(reference) = object["$ref"].as_str() else { return };
        assert!(description.pointer(&reference[1..]).is_some(), "{place}: {reference}");
        referred.insert(reference.rsplit('/').next().unwrap().to_owned());
    });
    // events are sent in frames, not as an answer
    referred.insert("Event".into());
    let types: BTreeSet<String> = description["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(types.difference(&referred).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(types.len() > 100);
}

#[test]
fn every_call_has_a_name_of_its_own_a_summary_and_a_known_tag() {
    let description = description();
    let mut names = BTreeMap::new();
    let tags: Vec<&Value> = description["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (call, described) in calls(&description) {
        let name = described["operationId"].as_str().unwrap();
        assert_eq!(names.insert(name, call.clone()), None, "{name} of {call}");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name} of {call}");
        for text in ["summary", "description"] {
            assert!(described[text].as_str().is_some_and(|text| text.len() > 3), "{call}: {text}");
        }
        for tag in described["tags"].as_array().into_iter().flatten() {
            assert!(tags.contains(&tag), "{call}: {tag}");
        }
    }
    assert!(names.len() > 90);
}

#[test]
fn every_parameter_is_where_it_is_said_to_be() {
    let description = description();
    for (call, described) in calls(&description) {
        let in_path: BTreeSet<&str> = call.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut seen = BTreeSet::new();
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap();
            let place = parameter["in"].as_str().unwrap();
            assert!(seen.insert((place, name)), "{call}: {name} twice");
            assert_eq!(place == "path", in_path.contains(name), "{call}: {name} in {place}");
            assert!(place != "path" || parameter["required"] == true, "{call}: {name}");
            assert!(
                parameter["description"].as_str().is_some_and(|d| !d.is_empty()),
                "{call}: {name} is not described"
            );
            assert!(!parameter["schema"].to_string().contains("null"), "{call}: {name} may be null");
        }
        assert_eq!(parameters.iter().filter(|p| p["in"] == "path").count(), in_path.len(), "{call}");
    }
}

#[test]
fn every_answer_is_described_and_every_error_is_a_problem() {
    let description = description();
    for (call, described) in calls(&description) {
        let answers = described["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with(['1', '2'])), "{call}");
        for (status, answer) in answers {
            assert!(answer["description"].as_str().is_some_and(|d| !d.is_empty()), "{call} {status}");
            assert!(status.bytes().all(|b| b.is_ascii_digit()), "{call} {status}");
            let content = answer["content"].as_object();
            for (kind, body) in content.into_iter().flatten() {
                assert!(body["schema"].is_object(), "{call} {status} {kind}");
                let text = body["schema"].to_string();
                let problem = text.contains("/Problem\"") || text.contains("/Changed_");
                assert_eq!(problem, kind == "application/problem+json", "{call} {status}");
            }
            let problem = content.is_some_and(|kinds| kinds.contains_key("application/problem+json"));
            assert_eq!(problem, status.as_str() >= "400", "{call} {status}");
            assert!(!problem || answer["description"].as_str().unwrap().contains('`'), "{call} {status}: no code");
        }
    }
}

#[test]
fn no_type_is_bare_and_every_field_is_described() {
    let description = description();
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        each_object(schema, name, &mut |place, object| {
            let is_object = object["type"] == "object" || object["type"].to_string().contains("\"object\"");
            let typed = object["properties"].is_object() || object["additionalProperties"].is_object();
            assert!(!is_object || typed, "{place} is any object");
            for (field, property) in object["properties"].as_object().into_iter().flatten() {
                let told = |p: &Value| p["description"].as_str().is_some_and(|d| !d.is_empty());
                let of_parts = property["oneOf"].as_array().is_some_and(|parts| parts.iter().any(told));
                assert!(told(property) || of_parts, "{place}/{field} has no description");
            }
            for field in object["required"].as_array().into_iter().flatten() {
                assert!(object["properties"][field.as_str().unwrap()].is_object(), "{place}: {field} is required");
            }
        });
    }
}

#[test]
fn events_are_told_apart_by_their_type() {
    let description = description();
    let event = &description["components"]["schemas"]["Event"];
    assert_eq!(event["discriminator"]["propertyName"], "type");
    let mapping = event["discriminator"]["mapping"].as_object().unwrap();
    let alternatives: BTreeSet<&str> =
        event["oneOf"].as_array().unwrap().iter().map(|one| one["$ref"].as_str().unwrap()).collect();
    assert_eq!(mapping.values().map(|to| to.as_str().unwrap()).collect::<BTreeSet<_>>(), alternatives);
    for (word, to) in mapping {
        let kind = &description.pointer(&to.as_str().unwrap()[1..]).unwrap()["properties"]["type"];
        assert_eq!(kind["enum"], serde_json::json!([word]));
    }
}

#[test]
fn no_description_begins_with_a_question() {
    each_object(&description(), "", &mut |place, object| {
        let text = object["description"].as_str().unwrap_or_default();
        for word in ["What ", "Who ", "Where ", "Which "] {
            assert!(!text.starts_with(word), "{place}: {text}");
        }
    });
}
