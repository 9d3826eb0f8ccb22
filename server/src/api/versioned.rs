//! Two people change the same thing: the second one must be told, and not undo what the first one did.
//!
//! Every resource that people change is answered with an `ETag` of two parts, `"SET-STATE"`: SET stands for what people
//! set, STATE for that and all that changes by itself (what plays, who is connected). `If-Match` on a change compares
//! SET, so that a track that ends between a look and a change is no conflict; `If-None-Match` on a look compares both.
//! Live figures (`serverTime`, positions that only advance, reports of speakers) are in neither.
//!
//! A handler takes [`Conditions`] as an argument, has the conductor check [`Conditions::allow`] while it holds what is
//! to be changed, and answers with [`Versioned`].

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    etag::{ETag, mark},
    json::Json,
    problem::Problem,
};

/// The versions that the client has seen: `If-Match` and `If-None-Match`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    matches: Option<Tags>,
    none_match: Option<Tags>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    Of(Vec<String>),
}

impl Tags {
    fn read(headers: &HeaderMap, name: header::HeaderName) -> Option<Self> {
        let mut tags = Vec::new();
        for value in headers.get_all(name) {
            let text = value.to_str().unwrap_or_default();
            if text.trim() == "*" {
                return Some(Self::Any);
            }
            let opaque = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
            tags.extend(text.split(',').map(opaque));
        }
        (!tags.is_empty()).then_some(Self::Of(tags))
    }
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self {
            matches: Tags::read(&parts.headers, header::IF_MATCH),
            none_match: Tags::read(&parts.headers, header::IF_NONE_MATCH),
        })
    }
}

impl Conditions {
    /// True if there is an `If-Match`.
    pub fn any(&self) -> bool {
        self.matches.is_some()
    }

    /// True if a change may be made to a resource of this version.
    pub fn allow(&self, tag: &ETag) -> bool {
        match &self.matches {
            None | Some(Tags::Any) => true,
            Some(Tags::Of(tags)) => tags.iter().any(|t| ETag::set(t) == ETag::set(&tag.0)),
        }
    }

    /// True if the client has this version already.
    fn known(&self, tag: &ETag) -> bool {
        match &self.none_match {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::Of(tags)) => tags.contains(&tag.0),
        }
    }

    /// The answer to a look: the resource, or 304 if it is known.
    pub fn answer<T: Serialize>(&self, versioned: Versioned<T>) -> Response {
        if self.known(&versioned.tag) {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            mark(response.headers_mut(), &versioned.tag);
            return response;
        }
        versioned.into_response()
    }
}

/// A resource and its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// The answer.
    pub value: T,
    /// Its version.
    pub tag: ETag,
}

impl<T: Serialize> Versioned<T> {
    /// 412, with the resource as it is now in `current`.
    pub fn precondition_failed(self) -> Problem {
        let current = serde_json::to_value(&self.value).unwrap_or_default();
        let detail = "it was changed meanwhile: `current` is what it is now, and this answer's ETag its version";
        Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", detail).with_current(current, self.tag)
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.value).into_response();
        mark(response.headers_mut(), &self.tag);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(name: &str, value: &str) -> Conditions {
        let request = axum::http::Request::builder().header(name, value).body(()).unwrap();
        let (parts, ()) = request.into_parts();
        Conditions {
            matches: Tags::read(&parts.headers, header::IF_MATCH),
            none_match: Tags::read(&parts.headers, header::IF_NONE_MATCH),
        }
    }

    #[test]
    fn changes_compare_what_people_set_and_looks_compare_all() {
        let (before, after) = (ETag::of(&"loud", &"playing"), ETag::of(&"loud", &"paused"));
        let other = ETag::of(&"soft", &"playing");
        for text in [format!("\"{}\"", before.0), format!("\"x\", \"{}\"", before.0), "*".into()] {
            let seen = conditions("if-match", &text);
            assert!(seen.any() && seen.allow(&before) && seen.allow(&after), "{text}");
            assert_eq!(seen.allow(&other), text == "*");
        }
        let seen = conditions("if-none-match", &format!("W/\"{}\"", before.0));
        assert!(seen.known(&before) && !seen.known(&after) && !seen.known(&other));
        assert!(seen.allow(&other), "no condition on changes");
        assert!(!conditions("if-match", "").allow(&before), "no version is not any version");
        assert!(!Conditions::default().known(&before) && !Conditions::default().any());
    }
}
