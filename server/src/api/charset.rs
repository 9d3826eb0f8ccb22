//! The characters of a body: UTF-8, with or without its mark, and the UTF-16 and Latin-1 that PowerShell sends.

use std::borrow::Cow;

use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;

/// An encoding that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Utf16 { big_endian: bool },
    Latin1,
}

/// A body as UTF-8 without a mark.
pub fn utf8<'a>(bytes: &'a [u8], headers: &HeaderMap) -> Result<Cow<'a, [u8]>, Problem> {
    if let Some(coding) =
        headers.get(header::CONTENT_ENCODING).filter(|c| !c.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        let detail = format!("the body is sent as {coding:?}; send it as it is, without a Content-Encoding");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", detail));
    }
    let said = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).and_then(named).transpose()?;
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(unsupported("UTF-32"));
    }
    let (charset, text) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (Charset::Utf8, rest),
        [0xff, 0xfe, rest @ ..] => (Charset::Utf16 { big_endian: false }, rest),
        [0xfe, 0xff, rest @ ..] => (Charset::Utf16 { big_endian: true }, rest),
        // no JSON begins so in any other
        [b'{', 0, ..] => (Charset::Utf16 { big_endian: false }, bytes),
        [0, b'{', ..] => (Charset::Utf16 { big_endian: true }, bytes),
        _ => (said.unwrap_or(Charset::Utf8), bytes),
    };
    match charset {
        Charset::Utf8 => match std::str::from_utf8(text) {
            Ok(_) => Ok(Cow::Borrowed(text)),
            Err(error) => {
                let detail = format!("not UTF-8 from byte {} on; send it in UTF-8", error.valid_up_to());
                Err(Problem::field("body", detail))
            }
        },
        Charset::Latin1 => Ok(Cow::Owned(text.iter().map(|b| char::from(*b)).collect::<String>().into_bytes())),
        Charset::Utf16 { big_endian } => {
            let (pairs, rest) = text.as_chunks::<2>();
            let units = pairs.iter().map(|p| if big_endian { u16::from_be_bytes(*p) } else { u16::from_le_bytes(*p) });
            let read: Option<String> = char::decode_utf16(units).collect::<Result<_, _>>().ok();
            let read = read.filter(|_| rest.is_empty());
            let text = read.ok_or_else(|| Problem::field("body", "broken UTF-16; send it in UTF-8"))?;
            Ok(Cow::Owned(text.into_bytes()))
        }
    }
}

/// The charset that a content type names, if it names one.
fn named(kind: &str) -> Option<Result<Charset, Problem>> {
    let parameters = kind.split(';').skip(1).filter_map(|p| p.split_once('='));
    let (_, name) =
        parameters.map(|(key, value)| (key.trim(), value)).find(|(k, _)| k.eq_ignore_ascii_case("charset"))?;
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    Some(match name.as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(Charset::Utf8),
        // without a mark it is little-endian wherever people meet it
        "utf-16" | "utf-16le" | "unicode" => Ok(Charset::Utf16 { big_endian: false }),
        "utf-16be" => Ok(Charset::Utf16 { big_endian: true }),
        "iso-8859-1" | "latin1" | "latin-1" => Ok(Charset::Latin1),
        _ => Err(unsupported(&name)),
    })
}

fn unsupported(charset: &str) -> Problem {
    let detail = format!("the body is said to be in {charset}; send it in UTF-8");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_charset", detail)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(bytes: &[u8], kind: &'static str) -> Result<String, String> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        match utf8(bytes, &headers) {
            Ok(text) => Ok(String::from_utf8(text.into_owned()).unwrap()),
            Err(problem) => Err(problem.code().to_owned()),
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_way_that_a_shell_writes_it_is_read() {
        let text = "{\"name\": \"Küche \u{1f50a}\"}";
        let (plain, json) = (text.as_bytes(), "application/json");
        assert_eq!(read(plain, json).as_deref(), Ok(text));
        assert_eq!(read(&[b"\xef\xbb\xbf", plain].concat(), json).as_deref(), Ok(text));
        for (bytes, mark) in [(u16::to_le_bytes as fn(u16) -> [u8; 2], b"\xff\xfe"), (u16::to_be_bytes, b"\xfe\xff")] {
            let body = utf16(text, bytes);
            assert_eq!(read(&[mark, &body[..]].concat(), json).as_deref(), Ok(text));
            assert_eq!(read(&body, json).as_deref(), Ok(text), "without a mark");
        }
        let body = utf16(text, u16::to_le_bytes);
        assert_eq!(read(&body, "application/json; charset=\"UTF-16\"").as_deref(), Ok(text));
        let latin = b"{\"name\": \"K\xfcche\"}";
        assert_eq!(read(latin, "text/plain; x=y; Charset=ISO-8859-1").as_deref(), Ok("{\"name\": \"Küche\"}"));
        assert_eq!(read(b"", json).as_deref(), Ok(""));
    }

    #[test]
    fn what_is_not_read_is_said() {
        let json = "application/json";
        assert_eq!(read(b"{\"name\": \"K\xfcche\"}", json).unwrap_err(), "invalid_field");
        assert_eq!(read(b"\xff\xfe{\0\"", json).unwrap_err(), "invalid_field", "half a character");
        assert_eq!(read(b"\xff\xfe\0\0{\0\0\0", json).unwrap_err(), "unsupported_charset");
        assert_eq!(read(b"{}", "application/json; charset=koi8-r").unwrap_err(), "unsupported_charset");
        let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
        assert_eq!(utf8(b"\x1f\x8b\x08", &headers).unwrap_err().code(), "unsupported_encoding");
    }
}
