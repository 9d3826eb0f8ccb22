//! The credentials that a request carries. Never one in a URL: URLs end in logs and in histories.

use axum::http::{HeaderMap, HeaderValue, header};
use downbeat_trust::sessions::LONGEST;

/// The cookie of a session. Browsers take and send one of this name over https alone, for this host alone.
pub const COOKIE: &str = "__Host-downbeat";

/// The text after `Authorization: Bearer`. Other schemes are a proxy's business and no credential here.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

/// The session's cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value).next()
}

/// The header that gives a browser its session.
pub fn session_cookie(secret: &str) -> Option<HeaderValue> {
    let text = format!("{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={LONGEST}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The header that takes it away.
pub fn without_session() -> HeaderValue {
    HeaderValue::from_static("__Host-downbeat=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &header::HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_token_stands_behind_bearer_and_a_session_in_its_cookie() {
        let token = |value| bearer(&headers(&header::AUTHORIZATION, &[value])).map(str::to_owned);
        assert_eq!(token("Bearer dbt_1"), Some("dbt_1".into()));
        assert_eq!(token("bearer  dbt_1 "), Some("dbt_1".into()));
        assert_eq!((token("Basic YTpi"), token("dbt_1"), token("Bearer")), (None, None, None));
        let session = |values: &[&'static str]| cookie(&headers(&header::COOKIE, values)).map(str::to_owned);
        assert_eq!(session(&["a=b; __Host-downbeat=X1; c=d"]), Some("X1".into()));
        assert_eq!(session(&["a=b", "__Host-downbeat=X1"]), Some("X1".into()));
        assert_eq!((session(&["downbeat=X1"]), session(&["x__Host-downbeat=X1"])), (None, None));
    }

    #[test]
    fn the_cookie_is_of_no_use_to_scripts_and_other_sites() {
        let value = session_cookie("X1").unwrap();
        assert!(value.is_sensitive());
        for cookie in [value, without_session()] {
            let text = cookie.to_str().unwrap().to_owned();
            for part in ["__Host-downbeat=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
                assert!(text.contains(part), "{text}");
            }
            assert!(!text.contains("Domain"), "{text}");
        }
    }
}
