//! The bytes that a reply to a request brings, or the fault in it. Servers and proxies between take liberties with
//! ranges; a reply that is not clearly right is not written into a file.

use std::ops::Range;

use reqwest::{
    Response, StatusCode, header,
    redirect::{Attempt, Policy},
};

use super::error::FetchError;
use crate::coordinator::words::cut;

/// A request may be sent on so often.
const MOST_REDIRECTS: usize = 3;

/// The coordinator may send a request on to another path of its own, and to nobody else: a reply could otherwise make
/// every speaker ask any address of its network. What is not followed arrives as the reply that it is.
pub(super) fn redirects() -> Policy {
    Policy::custom(|attempt: Attempt<'_>| {
        let same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
        if same && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

/// The fault of one attempt.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another attempt may succeed.
    Passing(String),
    /// It will not.
    Lasting(FetchError),
}

/// The range of bytes that the reply brings, if it is one that was asked for.
pub(super) fn accepted(response: &Response, asked: &Range<u64>, total: u64) -> Result<Range<u64>, Fault> {
    let status = response.status();
    let length = |offered| Fault::Lasting(FetchError::Length { planned: total, offered });
    match status {
        StatusCode::PARTIAL_CONTENT => {
            let text = response.headers().get(header::CONTENT_RANGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let (range, whole) = content_range(text)
                .ok_or_else(|| Fault::Passing(format!("a reply 206 with the Content-Range {:?}", cut(text))))?;
            if let Some(whole) = whole.filter(|w| *w != total) {
                return Err(length(whole));
            }
            if range.start != asked.start {
                return Err(Fault::Passing(format!("asked for bytes from {}, got {:?}", asked.start, cut(text))));
            }
            Ok(range.start..range.end.min(asked.end))
        }
        // The whole file: from its beginning.
        StatusCode::OK => match response.content_length() {
            Some(offered) if offered != total => Err(length(offered)),
            _ => Ok(0..total),
        },
        _ if status.is_redirection() => {
            let to = response.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
            Err(Fault::Lasting(FetchError::Redirected(cut(to).into_owned())))
        }
        StatusCode::RANGE_NOT_SATISFIABLE => Err(length(0)),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Err(Fault::Passing(format!("HTTP {status}")))
        }
        _ if status.is_client_error() => Err(Fault::Lasting(match web_server(response) {
            Some(server) => FetchError::Proxy { status: status.as_u16(), server },
            None => FetchError::NotFound(status.as_u16()),
        })),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Err(Fault::Passing(match web_server(response) {
                Some(server) => format!("HTTP {status}: {server} gets nothing from the coordinator behind it"),
                None => format!("HTTP {status}: the coordinator cannot give the file at the moment"),
            }))
        }
        _ => Err(Fault::Passing(format!("HTTP {status}"))),
    }
}

/// The server that answered in the place of the coordinator, which has no name and says what is wrong as JSON.
fn web_server(response: &Response) -> Option<String> {
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let json = header(header::CONTENT_TYPE).contains("json");
    let name = header(header::SERVER);
    let name = name.get(..200).unwrap_or(name);
    (!json).then(|| if name.is_empty() { "a web server".into() } else { cut(name).into_owned() })
}

/// `bytes 0-99/200`: the range and, unless it is `*`, the whole length.
fn content_range(text: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (range, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    let (start, last): (u64, u64) = (start.trim().parse().ok()?, last.trim().parse().ok()?);
    let whole = if whole.trim() == "*" { None } else { Some(whole.trim().parse().ok()?) };
    (start <= last).then_some((start..last.checked_add(1)?, whole))
}

/// An error with its causes: reqwest's own words say only that something failed.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        assert_eq!(content_range("bytes 0-99/200"), Some((0..100, Some(200))));
        assert_eq!(content_range("bytes 5-5/*"), Some((5..6, None)));
        let most = u64::MAX;
        for text in
            ["", "bytes", "bytes */200", "bytes 9-5/200", "bytes a-b/c", "items 0-9/10", &format!("bytes 0-{most}/*")]
        {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
