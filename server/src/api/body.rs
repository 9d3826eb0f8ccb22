//! Reading requests: every fault is named with its field.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, StatusCode, request::Parts},
};
use downbeat_protocol::{ServerTime, volume::Volume};
use serde::de::DeserializeOwned;

use super::{charset, problem::Problem, whole_body};
use crate::{control::HowLoud, names::composed};

/// The largest body of a request, bytes ...
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// ... and of one that may name a queue full of tracks.
pub const MAX_LIST_BYTES: usize = 8 * 1024 * 1024;

/// A JSON body, whatever content type it is sent with; an empty one is `{}`, because scripts say `pause` with nothing.
#[derive(Debug)]
pub struct Body<T, const MAX: usize = MAX_BODY_BYTES>(pub T);

impl<T: DeserializeOwned, const MAX: usize, S: Sync> FromRequest<S> for Body<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, MAX).await?;
        parse(&charset::utf8(&bytes, &parts.headers)?).map(Self)
    }
}

/// The whole body, if it is not larger than `max` bytes.
async fn read(headers: &HeaderMap, body: axum::body::Body, max: usize) -> Result<Bytes, Problem> {
    let announced = headers.get("content-length").and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(whole_body::too_large(max));
    }
    whole_body::whole(body, max).await
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(object(bytes)?);
    let value = serde_path_to_error::deserialize(&mut json).map_err(blamed)?;
    json.end().map_err(|error| Problem::field("body", error.to_string()))?;
    Ok(value)
}

/// A text that is to be an object; nothing at all is an empty one.
fn object(bytes: &[u8]) -> Result<&[u8], Problem> {
    let bytes = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    // A list would be taken for the fields in order.
    if bytes.trim_ascii_start().first().is_some_and(|b| *b != b'{') {
        return Err(Problem::field("body", "not a JSON object"));
    }
    Ok(bytes)
}

/// The fault of a body, and its field.
fn blamed(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let inner = error.into_inner();
    let text = inner.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    match missing {
        Some(name) if path == "." => Problem::field(name, "missing"),
        Some(name) => Problem::field(format!("{path}.{name}"), "missing"),
        None if inner.is_data() && path != "." => Problem::field(path, text),
        None => Problem::field("body", text),
    }
}

/// The query of a URL.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            match text.split_once(": ") {
                Some((field, detail)) => Problem::field(field, detail),
                None => Problem::field("query", text),
            }
        })
    }
}

/// The parts of a URL's path.
#[derive(Debug)]
pub struct InPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|rejection| {
            let detail = format!("{} is no path here: {}", parts.uri.path(), rejection.body_text());
            Problem::new(StatusCode::NOT_FOUND, "route_not_found", detail)
        })
    }
}

/// A volume as people say it.
pub fn volume(percent: f64) -> Result<Volume, Problem> {
    Volume::new(percent as f32).ok_or_else(|| Problem::field("volume", format!("{percent} is not within 0..=100")))
}

/// A volume as people say it: in percent, in decibels, or relative to the present one; at most one of them.
pub fn loudness(percent: Option<f64>, db: Option<f64>, delta: Option<f64>) -> Result<Option<HowLoud>, Problem> {
    match (percent, db, delta) {
        (None, None, None) => Ok(None),
        (Some(percent), None, None) => volume(percent).map(|v| Some(HowLoud::To(v))),
        (None, Some(db), None) => match Volume::from_decibels(db as f32) {
            Some(v) => Ok(Some(HowLoud::To(v))),
            None => Err(Problem::field("volumeDb", format!("{db} dB is above 0: a volume never amplifies"))),
        },
        (None, None, Some(delta)) if delta.abs() <= 100.0 => Ok(Some(HowLoud::By(delta as f32))),
        (None, None, Some(delta)) => Err(Problem::field("volumeDelta", format!("{delta} is not within -100..=100"))),
        _ => Err(Problem::field("volume", "say one of volume, volumeDb and volumeDelta")),
    }
}

/// A volume in decibels, to a hundredth, as it is answered; `None`: silence.
pub fn decibels(volume: Volume) -> Option<f32> {
    Some((volume.decibels() * 100.0).round() / 100.0).filter(|db| db.is_finite())
}

/// A position in seconds that is not negative.
pub fn seconds(field: &str, seconds: f64) -> Result<f64, Problem> {
    if seconds.is_finite() && seconds >= 0.0 {
        Ok(seconds)
    } else {
        Err(Problem::field(field, format!("{seconds} s is before the start")))
    }
}

/// The longest text of a tag, characters.
pub const MAX_TEXT_CHARS: usize = 300;
/// How far ahead an instant may lie, microseconds: a day.
const MAX_AHEAD_US: i64 = 86_400_000_000;
/// So far for what no zone keeps for later.
const SOON_US: i64 = 60_000_000;

/// An instant of server time; one in the past means "as soon as possible".
pub fn instant(at: Option<i64>, now: ServerTime) -> Result<Option<ServerTime>, Problem> {
    let at = at.map(ServerTime);
    if at.is_some_and(|at| at.micros_since(now) > MAX_AHEAD_US) {
        return Err(Problem::field("at", "lies more than a day ahead; it is server time in microseconds"));
    }
    Ok(at)
}

/// The same for what speakers are told at once: who comes or goes meanwhile has it at once.
pub fn soon(at: Option<i64>, now: ServerTime) -> Result<Option<ServerTime>, Problem> {
    if at.is_some_and(|at| ServerTime(at).micros_since(now) > SOON_US) {
        return Err(Problem::at_too_far(SOON_US / 1_000_000));
    }
    instant(at, now)
}

/// A name that people give.
pub fn name(text: &str) -> Result<String, Problem> {
    let limit = crate::conductor::MAX_NAME_CHARS;
    let name = text.trim();
    // The whole text is held to the bounds, as it is described: a line's end is refused rather than cut off.
    if name.is_empty() || text.chars().count() > limit || text.chars().any(char::is_control) {
        return Err(Problem::field("name", format!("a name has 1 to {limit} characters on one line")));
    }
    Ok(composed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Request {
        #[serde(default)]
        volume: Option<f64>,
        #[serde(default)]
        list: Vec<u8>,
    }

    fn field(text: &str) -> Option<String> {
        parse::<Request>(text.as_bytes()).err().and_then(|p| p.blamed().map(str::to_owned))
    }

    #[test]
    fn the_field_to_blame_is_named() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only its absence is looked at")]
        struct Needy {
            place: String,
        }
        assert_eq!(parse::<Needy>(b"").err().as_ref().and_then(Problem::blamed), Some("place"));
        assert_eq!(field(r#"{"volume": "loud"}"#).as_deref(), Some("volume"));
        assert_eq!(field(r#"{"list": [1, 2, "x"]}"#).as_deref(), Some("list[2]"));
        for not_json in ["{", "nonsense", "{} {}", "[1]x", "\u{0}"] {
            assert_eq!(field(not_json).as_deref(), Some("body"), "{not_json}");
        }
        for no_object in ["7", "[]", "null", "[0.5, []]"] {
            assert_eq!(field(no_object).as_deref(), Some("body"), "{no_object}");
        }
    }

    #[test]
    fn nothing_is_an_empty_object() {
        for empty in ["", " \r\n", "{}", r#"{"unknown": 1}"#] {
            let request = parse::<Request>(empty.as_bytes()).unwrap();
            assert!(request.volume.is_none() && request.list.is_empty());
        }
    }

    #[test]
    fn a_volume_is_said_in_one_way_at_a_time() {
        let said = |percent, db, delta| loudness(percent, db, delta).map_err(|p| p.blamed().map(str::to_owned));
        assert_eq!(said(None, None, None), Ok(None));
        assert_eq!(said(Some(40.0), None, None), Ok(Some(HowLoud::To(Volume::clamped(40.0)))));
        assert_eq!(said(None, Some(0.0), None), Ok(Some(HowLoud::To(Volume::FULL))));
        assert_eq!(said(None, None, Some(-5.0)), Ok(Some(HowLoud::By(-5.0))));
        assert_eq!(said(None, Some(3.0), None), Err(Some("volumeDb".into())));
        assert_eq!(said(None, None, Some(f64::NAN)), Err(Some("volumeDelta".into())));
        assert_eq!(said(Some(40.0), None, Some(1.0)), Err(Some("volume".into())));
        assert_eq!((decibels(Volume::FULL), decibels(Volume::clamped(0.0))), (Some(0.0), None));
    }

    #[test]
    fn numbers_that_cannot_be_are_refused() {
        assert!(volume(300.0).is_err() && volume(-1.0).is_err() && volume(f64::NAN).is_err());
        assert!(seconds("position", -0.1).is_err() && seconds("position", f64::INFINITY).is_err());
        assert!(seconds("position", 0.0).is_ok());
        assert!(instant(Some(i64::MAX), ServerTime(0)).is_err());
        assert_eq!(instant(Some(-5), ServerTime(0)), Ok(Some(ServerTime(-5))), "as soon as possible");
        assert_eq!(soon(Some(60_000_000), ServerTime(0)), Ok(Some(ServerTime(60_000_000))));
        assert_eq!(soon(Some(60_000_001), ServerTime(0)), Err(Problem::at_too_far(60)));
        assert!(name(" ").is_err() && name("a\nb").is_err() && name(&"x".repeat(65)).is_err());
    }

    #[test]
    fn a_name_is_one_line_and_its_ends_are_not_cut_off_in_silence() {
        assert_eq!(name("  Kitchen ").unwrap(), "Kitchen");
        for refused in
            ["", "   ", "Kitchen\n", "\u{c}Kitchen", "Kit\tchen", &"x".repeat(65), &format!("x{}", " ".repeat(64))]
        {
            assert!(name(refused).is_err(), "{refused:?}");
        }
    }
}
