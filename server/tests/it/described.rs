//! The description cannot lie: every answer and every event that a test sees is held against it, and every bound that
//! it states is tried.

use std::{collections::BTreeSet, sync::LazyLock};

use downbeat_server::api::{describe::OPENAPI, router::declared};
use downbeat_trust::rights::Guests;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::fixture::Fixture;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(OPENAPI).unwrap());

/// Holds an answer against the description of its call; a path without one is nobody's business here.
pub(crate) fn answer(method: &Method, path: &str, status: u16, kind: &str, body: &Value) {
    let Some((template, call)) = call_of(method, path) else { return };
    let call_name = format!("{method} {template} {status}");
    let answer = &call["responses"][status.to_string()];
    assert!(answer.is_object(), "{call_name} is not described: {body}");
    let kind = kind.split(';').next().unwrap_or_default();
    let Some(content) = answer["content"].as_object() else {
        assert_eq!(body, &Value::String(String::new()), "{call_name} has no body");
        return;
    };
    let content = content.get(kind).unwrap_or_else(|| panic!("{call_name} as {kind:?} is not described"));
    if kind.ends_with("json") {
        fits(body, &content["schema"], &call_name);
    }
    if kind == "application/problem+json" {
        let code = format!("`{}`", body["code"].as_str().unwrap());
        let described = answer["description"].as_str().unwrap();
        assert!(described.contains(&code), "{call_name}: {code} is not among {described}");
    }
}

/// Holds an event against the description.
pub(crate) fn event(event: &Value) {
    let mapping = &DESCRIPTION["components"]["schemas"]["Event"]["discriminator"]["mapping"];
    let kind = event["type"].as_str().unwrap();
    fits(event, &json!({ "$ref": mapping[kind] }), kind);
}

fn call_of(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next()?;
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        wanted.len() == parts.len() && wanted.iter().zip(&parts).all(|(w, p)| w == p || w.starts_with('{'))
    };
    let method = method.as_str().to_lowercase();
    let paths = DESCRIPTION["paths"].as_object()?;
    let mut found: Vec<&String> = paths.keys().filter(|template| fits(template)).collect();
    // a path that names a part is meant before one that has a parameter there
    found.sort_by_key(|template| template.matches('{').count());
    let template = found.first()?;
    Some((template, paths[*template].get(&method)?))
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(to) => DESCRIPTION.pointer(&to[1..]).unwrap(),
        None => schema,
    }
}

/// Panics where the value is not as the schema has it.
fn fits(value: &Value, schema: &Value, place: &str) {
    if let Some(to) = schema["$ref"].as_str() {
        return fits(value, DESCRIPTION.pointer(&to[1..]).unwrap(), place);
    }
    let faults = faults(value, schema, place);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let mut names = BTreeSet::new();
    if names_of(schema, &mut names)
        && let Some(fields) = value.as_object()
    {
        let unknown: Vec<_> = fields.keys().filter(|name| !names.contains(name.as_str())).collect();
        assert!(unknown.is_empty(), "{place}: {unknown:?} are not described");
    }
}

/// The names of fields that a type has; false: any may be there.
fn names_of<'s>(schema: &'s Value, names: &mut BTreeSet<&'s str>) -> bool {
    let schema = match schema["$ref"].as_str() {
        Some(to) => DESCRIPTION.pointer(&to[1..]).unwrap(),
        None => schema,
    };
    names.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()));
    let parts = schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut closed = true;
    for part in parts {
        closed &= names_of(part, names);
    }
    closed && schema["additionalProperties"].is_null() && (schema["properties"].is_object() || !parts.is_empty())
}

fn faults(value: &Value, schema: &Value, place: &str) -> Vec<String> {
    if let Some(to) = schema["$ref"].as_str() {
        let mut found = faults(value, DESCRIPTION.pointer(&to[1..]).unwrap(), place);
        let mut names = BTreeSet::new();
        if names_of(schema, &mut names) {
            let unknown = value.as_object().into_iter().flatten().filter(|(name, _)| !names.contains(name.as_str()));
            found.extend(unknown.map(|(name, _)| format!("{place}: {name} is not described")));
        }
        return found;
    }
    let mut found = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        // the names of all parts together are looked at by the one that refers to them
        let part = part["$ref"].as_str().map_or(part, |to| DESCRIPTION.pointer(&to[1..]).unwrap());
        found.extend(faults(value, part, place));
    }
    if let Some(alternatives) = schema["oneOf"].as_array() {
        let each: Vec<_> = alternatives.iter().map(|one| faults(value, one, place)).collect();
        match each.iter().filter(|faults| faults.is_empty()).count() {
            1 => {}
            0 => found.extend(each.into_iter().min_by_key(Vec::len).unwrap_or_default()),
            many => found.push(format!("{place} is {many} of the alternatives")),
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(only) => vec![only],
        types => types.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let own: &[&str] = match value {
        Value::Null => &["null"],
        Value::Bool(_) => &["boolean"],
        Value::Number(n) if n.is_i64() || n.is_u64() => &["integer", "number"],
        Value::Number(_) => &["number"],
        Value::String(_) => &["string"],
        Value::Array(_) => &["array"],
        Value::Object(_) => &["object"],
    };
    if !types.is_empty() && !types.iter().any(|t| own.contains(t)) {
        found.push(format!("{place} is {value}, and should be {types:?}"));
        return found;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{place} is {value}, none of {words:?}"));
    }
    if schema["format"] == "uuid" && value.as_str().is_some_and(|text| text.parse::<uuid::Uuid>().is_err()) {
        found.push(format!("{place} is {value}, no UUID"));
    }
    let fields = value.as_object();
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if fields.is_some_and(|fields| !fields.contains_key(name)) {
            found.push(format!("{place}/{name} is required, and not there"));
        }
    }
    for (name, value) in fields.into_iter().flatten() {
        let property = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
        if let Some(property) = property {
            found.extend(faults(value, property, &format!("{place}/{name}")));
        }
    }
    if schema["items"].is_object() {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(faults(item, &schema["items"], &format!("{place}/{index}")));
        }
    }
    found
}

/// A body with the fields that must be named.
fn least(schema: &'static Value) -> Map<String, Value> {
    let schema = resolved(schema);
    let mut body = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        body.extend(least(part));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let property = resolved(&schema["properties"][name]);
        let value = match (property["type"].as_str().unwrap_or_default(), property["enum"].as_array()) {
            (_, Some(words)) => words[0].clone(),
            ("string", None) => json!("x"),
            ("array", None) => json!([]),
            ("boolean", None) => json!(true),
            _ => json!(0),
        };
        body.insert(name.to_owned(), value);
    }
    body
}

fn properties(schema: &'static Value, found: &mut Vec<(&'static str, &'static Value)>) {
    let schema = resolved(schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        properties(part, found);
    }
    found.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, p)| (name.as_str(), resolved(p))));
}

/// Values of this schema beside which there are others: those that are the last to be taken, and those that are not.
fn around(schema: &Value) -> (Vec<Value>, Vec<Value>) {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    let step = |value: &Value, by: i64| value.as_i64().and_then(|n| n.checked_add(by)).map(|n| json!(n));
    for (bound, by) in [("minimum", -1), ("maximum", 1)] {
        if let Some(beyond) = schema.get(bound).and_then(|bound| step(bound, by)) {
            taken.push(schema[bound].clone());
            refused.push(beyond);
        }
    }
    if let Some(most) = schema["maxLength"].as_u64().and_then(|most| usize::try_from(most).ok()) {
        taken.push("x".repeat(most).into());
        refused.push("x".repeat(most + 1).into());
    }
    if schema["pattern"].is_string() && schema["minLength"].is_number() {
        refused.extend([json!(""), json!(" "), json!("two\nlines")]);
    }
    if let Some(words) = schema["enum"].as_array() {
        taken.extend(words.iter().filter(|word| word.is_string()).cloned());
        refused.push(json!("another"));
    }
    (taken, refused)
}

/// True if this field is refused.
async fn blames(f: &Fixture, method: &Method, path: &str, body: Option<String>, field: &str) -> bool {
    let (status, problem) = f.call(method.clone(), path, body).await;
    status.as_u16() == 422 && problem["field"].as_str().is_some_and(|f| f.rsplit('.').next() == Some(field))
}

#[tokio::test]
async fn the_bounds_that_are_stated_are_those_that_hold() {
    let f = Fixture::new().await;
    let (mut tried, mut faults) = (0, Vec::new());
    for (template, calls) in DESCRIPTION["paths"].as_object().unwrap() {
        // streams have no end; a restore takes a file
        if template.starts_with("/api/events") || template.starts_with("/media") || template.ends_with("store") {
            continue;
        }
        let nobody = "00000000-0000-0000-0000-000000000001";
        let path = template.replace("{zone}", "all").replace("{id}", nobody).replace("{entry}", nobody);
        let mut path = path.replace("{preset}", "none").replace("{hash}", &"0".repeat(64));
        if path.ends_with("/actions") {
            path.push_str("?select=all");
        }
        for (method, call) in calls.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let name = format!("{method} {template}");
            let parameters = call["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|p| p["in"] == "query" && method == Method::GET) {
                let (taken, refused) = around(resolved(&parameter["schema"]));
                let field = parameter["name"].as_str().unwrap();
                let with = |value: &Value| format!("{path}?{field}={}", value.to_string().trim_matches('"'));
                for value in taken {
                    if blames(&f, &method, &with(&value), None, field).await {
                        faults.push(format!("{name}: {field}={value} is refused"));
                    }
                }
                for value in refused {
                    if !blames(&f, &method, &with(&value), None, field).await {
                        faults.push(format!("{name}: {field}={value} is taken"));
                    }
                    tried += 1;
                }
            }
            let Some(schema) = call.pointer("/requestBody/content/application~1json/schema") else { continue };
            let mut fields = Vec::new();
            properties(schema, &mut fields);
            for (field, property) in fields {
                let (taken, refused) = around(property);
                let with = |value: &Value| {
                    let mut body = least(schema);
                    if field == "rampMs" {
                        // a ramp of nothing is refused as such
                        body.insert("volume".to_owned(), json!(50));
                    }
                    body.insert(field.to_owned(), value.clone());
                    Some(Value::Object(body).to_string())
                };
                for value in taken {
                    // of `at`, only what is near the present can be
                    let blamed = blames(&f, &method, &path, with(&value), field).await;
                    if blamed && field != "at" {
                        faults.push(format!("{name}: {field}={value} is refused"));
                    }
                }
                for value in refused {
                    let blamed = blames(&f, &method, &path, with(&value), field).await;
                    if !blamed {
                        faults.push(format!("{name}: {field}={value} is taken"));
                    }
                    tried += 1;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(tried > 100, "{tried}");
}

#[tokio::test]
async fn every_look_is_answered_as_described() {
    let f = Fixture::new().await;
    f.play(&["a", "b"]).await;
    let track = f.track("a").await;
    f.done("/api/presets", json!({ "name": "evening" })).await;
    let rule = json!({ "query": "a", "sort": "-added" });
    f.done("/api/playlists", json!({ "name": "found", "rule": rule })).await;
    let list = f.done("/api/playlists", json!({ "name": "made", "trackIds": [track] })).await;
    let mut looks = 0;
    for (template, calls) in DESCRIPTION["paths"].as_object().unwrap() {
        if calls["get"].is_null() || template.starts_with("/api/events") {
            continue;
        }
        let id = if template.contains("playlists") { list["id"].as_str().unwrap() } else { &track };
        let path = template.replace("{zone}", "all").replace("{preset}", "evening").replace("{id}", id);
        // held against the description by the fixture
        f.get(&path.replace("{hash}", &"0".repeat(64))).await;
        looks += 1;
    }
    assert!(looks > 30, "{looks}");
}

#[test]
fn each_call_says_how_one_shows_who_one_is_and_how_it_refuses() {
    let schemes = &DESCRIPTION["components"]["securitySchemes"];
    assert_eq!((&schemes["session"]["in"], &schemes["token"]["scheme"]), (&json!("cookie"), &json!("bearer")));
    let mut looked_at = 0;
    for (method, path, need) in declared() {
        let call = &DESCRIPTION["paths"][path][method.as_str().to_lowercase()];
        if call.is_null() {
            continue;
        }
        looked_at += 1;
        let row = need.right.row();
        let anonymous = row.nobody || row.guests != Guests::No;
        let ways = call["security"].as_array().unwrap_or_else(|| panic!("{method} {path} names no way"));
        assert_eq!(ways.contains(&json!({})), anonymous, "{method} {path}");
        for way in ["session", "token"] {
            assert!(ways.contains(&json!({ way: [] })), "{method} {path}: {way}");
        }
        for status in ["401", "403"] {
            let refusal = &call["responses"][status];
            assert!(refusal["content"]["application/problem+json"].is_object(), "{method} {path} {status}");
        }
        let takes_a_password = ["/api/login", "/api/me/password", "/api/setup", "/api/users"].contains(&path);
        let wait = &call["responses"]["429"];
        assert!(
            wait.is_object() || !takes_a_password || method == Method::GET,
            "{method} {path}: it may ask for a wait"
        );
        assert!(wait.is_null() || wait["headers"]["Retry-After"].is_object(), "{method} {path}");
    }
    assert!(looked_at > 100, "{looked_at}");
}
