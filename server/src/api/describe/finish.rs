//! The rules that hold for every call and every type, made part of the description.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use downbeat_trust::rights::Guests;
use serde_json::{Map, Value, json};

use super::{
    super::{need::Need, router::need_of},
    refusals::{self, Refusals},
};
use crate::{
    access::COOKIE,
    api::body::MAX_TEXT_CHARS,
    conductor::MAX_NAME_CHARS,
    fleet::labels::{MAX_KEY_CHARS, MAX_VALUE_CHARS},
};

/// One line of text with something on it.
const NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";
/// One line of text.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// Parameters of queries without which a call is refused.
const NEEDED: [(&str, &str); 1] = [("/api/speakers/actions", "select")];
const SCHEMAS: &str = "#/components/schemas/";
const PROBLEM: &str = "application/problem+json";

/// The description with all that follows from rules.
pub(super) fn finish(mut made: Value) -> Value {
    made["servers"] = json!([{ "url": "/", "description": "The coordinator that answers this" }]);
    made["components"]["securitySchemes"] = json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": COOKIE,
            "description": "A session of `POST /api/login`, over https alone",
        },
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "A token of `POST /api/tokens`; over https, and on the coordinator's own machine in clear, too",
        },
    });
    made["info"]["contact"] = json!({ "name": "Downbeat" });
    let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
    if let Some(paths) = made["paths"].as_object() {
        for call in paths.values().filter_map(Value::as_object).flat_map(Map::values) {
            reached(&made, &call["requestBody"], &mut sent);
            reached(&made, &call["parameters"], &mut sent);
            reached(&made, &call["responses"], &mut answered);
        }
    }
    answered.insert("Event".to_owned());
    reached(&made, &made["components"]["schemas"]["Event"], &mut answered);
    let mut told = BTreeMap::new();
    let mut needed = BTreeSet::new();
    if let Some(schemas) = made["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas {
            if let Some(of) = name.strip_prefix("Changed_") {
                // a type's argument is written out where it is used
                each_inner(schema, &mut |part| {
                    if let Some(current) = part.get_mut("properties").and_then(|fields| fields.get_mut("current")) {
                        *current = json!({ "$ref": format!("{SCHEMAS}{of}"), "description": "It as it is now" });
                    }
                });
            }
            told.insert(name.clone(), schema["description"].as_str().unwrap_or_default().to_owned());
            if any_required(schema) {
                needed.insert(name.clone());
            }
            finish_type(schema, sent.contains(name), answered.contains(name));
        }
    }
    if let Some(paths) = made["paths"].as_object_mut() {
        for (path, calls) in paths {
            for (method, call) in calls.as_object_mut().into_iter().flatten() {
                finish_call(method, path, call, &told, &needed);
            }
        }
    }
    each_text(&mut made);
    made
}

/// The names of the types that a value refers to, and those that these refer to.
fn reached(made: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let name = value.as_str().filter(|_| key == "$ref").and_then(|to| to.strip_prefix(SCHEMAS));
                match name {
                    Some(name) if names.insert(name.to_owned()) => {
                        reached(made, &made["components"]["schemas"][name], names);
                    }
                    _ => reached(made, value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| reached(made, item, names)),
        _ => {}
    }
}

/// True if null is among the values.
fn may_be_null(schema: &Value) -> bool {
    let null = |kind: &Value| kind == "null";
    let of_types = null(&schema["type"]) || schema["type"].as_array().is_some_and(|types| types.iter().any(null));
    let of_parts = |key: &str| schema[key].as_array().is_some_and(|parts| parts.iter().any(may_be_null));
    of_types || of_parts("oneOf") || of_parts("anyOf")
}

fn finish_type(schema: &mut Value, sent: bool, answered: bool) {
    let fields = schema.as_object_mut();
    let Some(fields) = fields else { return };
    for part in fields.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        finish_type(part, sent, answered);
    }
    if answered && fields.contains_key("enum") {
        grows(fields, sent);
    }
    if let Some(format) = format_of(fields) {
        whole_number(fields, &format, sent);
    }
    let mut required: BTreeSet<String> =
        fields.get("required").and_then(|r| serde_json::from_value(r.clone()).ok()).unwrap_or_default();
    for (name, property) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        // what is answered and may be left out is marked as never null
        if answered && !sent && may_be_null(property) {
            required.insert(name.clone());
        }
        each_inner(property, &mut |inner| {
            if let Some(format) = format_of(inner) {
                whole_number(inner, &format, sent);
            }
        });
        if sent && !answered {
            bounded(name, property);
        }
        if answered && let Some(property) = property.as_object_mut().filter(|p| p.contains_key("enum")) {
            // the tag of an event is no choice
            if name != "type" {
                grows(property, sent);
            }
        }
    }
    if !required.is_empty() {
        fields.insert("required".to_owned(), required.into_iter().collect());
    }
}

/// True if the type, or a part of it, has a field that must be named.
fn any_required(schema: &Value) -> bool {
    let own = schema["required"].as_array().is_some_and(|fields| !fields.is_empty());
    own || schema["allOf"].as_array().is_some_and(|parts| parts.iter().any(any_required))
}

/// The schema, and those of items, values and alternatives in it.
fn each_inner(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Some(fields) = schema.as_object_mut() else { return };
    change(fields);
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(key) {
            each_inner(inner, change);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for inner in fields.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            each_inner(inner, change);
        }
    }
}

/// Says that an answer may have other words one day.
fn grows(schema: &mut Map<String, Value>, sent: bool) {
    let begin = schema.get("description").and_then(Value::as_str).map(|d| format!("{d} ")).unwrap_or_default();
    let grows = "Later versions may answer others: a client takes an unknown one as unknown.";
    let closed = if sent { " Only these are taken." } else { "" };
    schema.insert("description".to_owned(), format!("{begin}{grows}{closed}").into());
}

/// The format of a whole number; those of the machine's own size have none.
fn format_of(schema: &Map<String, Value>) -> Option<String> {
    let format = schema.get("format").and_then(Value::as_str).map(str::to_owned);
    let is_whole = schema.get("type").is_some_and(|kind| kind.to_string().contains("\"integer\""));
    format.or_else(|| (is_whole && schema.contains_key("minimum")).then(|| "uint64".to_owned()))
}

/// The formats of whole numbers that the standard knows, and in requests the bounds of the others.
fn whole_number(schema: &mut Map<String, Value>, format: &str, sent: bool) {
    let (known, least, most) = match format {
        "int8" => ("int32", i64::from(i8::MIN), i8::MAX as u64),
        "int16" => ("int32", i64::from(i16::MIN), i16::MAX as u64),
        "int32" => ("int32", i64::from(i32::MIN), i32::MAX as u64),
        "int64" => ("int64", i64::MIN, i64::MAX as u64),
        "u-int8" | "uint8" => ("int32", 0, u64::from(u8::MAX)),
        "u-int16" | "uint16" => ("int32", 0, u64::from(u16::MAX)),
        "u-int32" | "uint32" => ("int64", 0, u64::from(u32::MAX)),
        "u-int64" | "uint64" => ("", 0, u64::MAX),
        _ => return,
    };
    if known.is_empty() {
        schema.remove("format");
    } else {
        schema.insert("format".to_owned(), known.into());
    }
    if sent || format.ends_with("int8") {
        schema.entry("minimum").or_insert(least.into());
        schema.entry("maximum").or_insert(most.into());
    }
}

/// The bounds of what has the same bounds everywhere.
fn bounded(name: &str, property: &mut Value) {
    match name {
        "name" => {
            property["minLength"] = 1.into();
            property["maxLength"] = MAX_NAME_CHARS.into();
            property["pattern"] = NAME.into();
        }
        "labels" => {
            let key = format!("^[A-Za-z][A-Za-z0-9_.-]{{0,{}}}$", MAX_KEY_CHARS - 1);
            property["propertyNames"] = json!({ "type": "string", "pattern": key });
            property["additionalProperties"]["maxLength"] = MAX_VALUE_CHARS.into();
            property["additionalProperties"]["pattern"] = LINE.into();
        }
        // of a tag edit
        "artists" | "albumArtists" | "genres" => {
            property["items"]["maxLength"] = MAX_TEXT_CHARS.into();
            property["items"]["pattern"] = LINE.into();
        }
        _ => {}
    }
}

fn finish_call(method: &str, path: &str, call: &mut Value, told: &BTreeMap<String, String>, needed: &BTreeSet<String>) {
    let text = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
    let whole = joined(&format!("{}\n{}", text("summary"), text("description")));
    let first = whole.split_inclusive(". ").next().unwrap_or_default().trim();
    call["summary"] = first.strip_suffix('.').unwrap_or(first).into();
    call["description"] = whole.into();
    if method == "post" && !matches!(path, "/api/restore" | "/api/restore/preview" | "/api/backup") {
        let key = json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Names this request: the same one, sent again within a day, is not done again and gets the \
                            first one's answer",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]([\t -~]*[!-~])?$" },
        });
        let parameters = call["parameters"].as_array().cloned().unwrap_or_default();
        call["parameters"] = parameters.into_iter().chain([key]).collect();
    }
    for parameter in call.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        finish_parameter(path, parameter);
    }
    let versioned = |p: &Value| p["name"] == "If-Match" || p["name"] == "If-None-Match";
    let versioned = call["parameters"].as_array().is_some_and(|all| all.iter().any(versioned));
    for content in call.pointer_mut("/requestBody/content").and_then(Value::as_object_mut).into_iter().flatten() {
        if content.1["schema"].is_null() {
            content.1["schema"] = json!({ "type": "string", "format": "binary" });
        }
    }
    let body = call.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
    if let Some(name) = body.and_then(|to| to.strip_prefix(SCHEMAS)).map(str::to_owned) {
        // a body without a field that must be named may be left out
        call["requestBody"]["required"] = needed.contains(&name).into();
    }
    answers(call, refusals::of(method, path, call), versioned, told);
    if let Some(need) = need_of(method, path) {
        secured(need, call);
    }
}

/// Says by which credentials it is answered, and which right it asks for.
fn secured(need: Need, call: &mut Value) {
    let row = need.right.row();
    let without = row.nobody || row.guests != Guests::No;
    let none = without.then(|| json!({}));
    call["security"] = none.into_iter().chain([json!({ "session": [] }), json!({ "token": [] })]).collect();
    call["x-right"] = need.right.name().into();
}

fn finish_parameter(path: &str, parameter: &mut Value) {
    // a schema that a function made brings its description with it
    let said = parameter["schema"].as_object_mut().and_then(|schema| schema.remove("description"));
    if let Some(said) = said {
        parameter["description"] = said;
    }
    // a value of a query or a header is a text: there is no null
    let types = parameter["schema"]["type"].as_array().map(|types| types.iter().filter(|t| *t != "null").cloned());
    if let Some(mut types) = types
        && let Some(only) = types.next()
    {
        parameter["schema"]["type"] = only;
    }
    let alternatives = parameter["schema"]["oneOf"].as_array().cloned().unwrap_or_default();
    if let [only, null] = alternatives.as_slice()
        && null["type"] == "null"
    {
        parameter["schema"] = only.clone();
    }
    if parameter["in"] == "query" {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        parameter["required"] = NEEDED.contains(&(path, name.as_str())).into();
        if (path, name.as_str()) == ("/api/playlists/import", "name") {
            bounded("name", &mut parameter["schema"]);
        }
        if path == "/api/history.csv"
            && parameter["name"] == "limit"
            && let Some(schema) = parameter["schema"].as_object_mut()
        {
            // an export has as many lines as there are, or as are asked for
            schema.remove("maximum");
            schema.remove("default");
        }
    }
    if parameter["in"] == "query" && matches!(parameter["name"].as_str(), Some("cursor" | "select")) {
        parameter["schema"]["minLength"] = 1.into();
    }
    if parameter["in"] == "path" && parameter["schema"]["type"] == "string" && parameter["schema"]["format"].is_null() {
        parameter["schema"]["minLength"] = 1.into();
    }
    each_inner(&mut parameter["schema"], &mut |schema| {
        if let Some(format) = format_of(schema) {
            whole_number(schema, &format, true);
        }
    });
}

/// Describes each answer, and adds the refusals.
fn answers(call: &mut Value, mut refused: Refusals, versioned: bool, told: &BTreeMap<String, String>) {
    let Some(answers) = call["responses"].as_object_mut() else { return };
    let tag = json!({ "description": "The version", "schema": { "type": "string" } });
    for (status, answer) in answers.iter_mut() {
        let status: u16 = status.parse().unwrap_or_default();
        if status < 400 {
            succeeded(status, answer, told);
            if versioned {
                answer["headers"]["ETag"] = tag.clone();
            }
            continue;
        }
        let said = answer["description"].as_str().unwrap_or_default();
        refused.entry(status).or_default().extend(refusals::named_in(said));
    }
    for (status, codes) in refused {
        let answer = answers.entry(status.to_string()).or_insert(json!({}));
        let own = answer["content"]["application/json"].clone();
        let reason = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default();
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        let problem = json!({ "schema": { "$ref": format!("{SCHEMAS}Problem") } });
        // an answer of another kind than a problem stands beside it
        let of_problem = own.is_null() || own["schema"]["$ref"].as_str().is_none_or(is_problem);
        let said = answer["description"].as_str().filter(|_| !of_problem).map(|d| format!("{d}; or a problem: "));
        let said = said.unwrap_or_else(|| format!("{reason}: "));
        *answer = match (own.is_null(), of_problem) {
            (true, _) => json!({ "content": { PROBLEM: problem } }),
            (false, true) => json!({ "content": { PROBLEM: own } }),
            (false, false) => json!({ "content": { "application/json": own, PROBLEM: problem } }),
        };
        answer["description"] = format!("{said}{}", codes.join(", ")).into();
        if matches!(status, 429 | 503) {
            let seconds = json!({ "type": "integer", "minimum": 0 });
            answer["headers"] = json!({ "Retry-After": { "description": "Seconds to wait", "schema": seconds } });
        }
        if status == 412 {
            answer["headers"] = json!({ "ETag": tag.clone() });
        }
    }
}

fn is_problem(reference: &str) -> bool {
    reference.strip_prefix(SCHEMAS).is_some_and(|name| name == "Problem" || name.starts_with("Changed_"))
}

fn succeeded(status: u16, answer: &mut Value, told: &BTreeMap<String, String>) {
    if answer["description"].as_str().unwrap_or_default().is_empty() {
        let name = answer.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
        let of_type = name.and_then(|to| told.get(to.strip_prefix(SCHEMAS)?)).map(|text| joined(text));
        let first = of_type.as_ref().and_then(|text| text.split(". ").next()).map(|text| text.trim_end_matches('.'));
        answer["description"] = match (first, status) {
            (Some(first), _) if !first.is_empty() => first,
            (_, 201) => "Made",
            (_, 202) => "Begun",
            (_, 304) => "It is as the client knows it",
            _ => "Done",
        }
        .into();
    }
    for (kind, content) in answer.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten() {
        let is_text = kind.starts_with("text/") || kind.contains("mpegurl") || kind.contains("scpls");
        if kind == "text/event-stream" {
            // as OpenAPI 3.2 says it with `itemSchema`
            content["x-item-schema"] = json!({
                "type": "object",
                "required": ["event", "data"],
                "properties": {
                    "event": { "type": "string", "description": "The event's type" },
                    "id": { "type": "string", "description": "The place in the stream, for `Last-Event-ID`" },
                    "data": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": { "$ref": format!("{SCHEMAS}Event") },
                    },
                },
            });
        }
        if kind != "application/json" && !is_text {
            content["schema"] = json!({ "type": "string", "format": "binary" });
        }
    }
}

/// A text without the breaks of its lines; paragraphs stay.
fn joined(text: &str) -> String {
    let paragraphs = text.trim().split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn each_text(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "description" => *text = joined(text),
                    value => each_text(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(each_text),
        _ => {}
    }
}
