//! The way in for guests: a link, and the same as a QR code to be printed.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use downbeat_trust::admission::Plain;
use qrcode::{EcLevel, QrCode, render::svg};
use serde::Serialize;

use super::{
    Api,
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    speaker_keys::reached_at,
};
use crate::{authority::https_addresses, net::Peer};

/// The least width of the picture, points.
const WIDTH: u32 = 240;

/// The way in for guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GuestLink)]
pub struct GuestLinkView {
    /// The page's address.
    pub url: String,
}

/// The page's address for guests: the one that was asked, or the machine's own. In clear where guests may use it, so
/// that their phones meet no warning of a certificate.
#[call(get, path = "/api/guest-link", right = look, operation_id = "get_guest_link", tag = "access",
    responses((status = 200, body = GuestLinkView),
              (status = 409, body = ProblemBody, description = "`no_guests`, `no_address`")))]
pub async fn link(
    State(api): State<Api>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Json<GuestLinkView>, Problem> {
    Ok(Json(GuestLinkView { url: url(&api, &peer, &headers)? }))
}

/// The same as a QR code, a picture in SVG.
#[call(get, path = "/api/guest-link.svg", right = look, operation_id = "get_guest_code", tag = "access",
    responses((status = 200, body = String, content_type = "image/svg+xml"),
              (status = 409, body = ProblemBody, description = "`no_guests`, `no_address`")))]
pub async fn code(
    State(api): State<Api>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut response = picture(&url(&api, &peer, &headers)?)?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn url(api: &Api, peer: &Peer, headers: &HeaderMap) -> Result<String, Problem> {
    let policy = &api.access.settings().policy;
    if policy.guests.is_none() {
        let detail = "guests may nothing at this coordinator (--guests none), so there is no way in for them";
        return Err(Problem::new(StatusCode::CONFLICT, "no_guests", detail));
    }
    // a proxy has a name, and a certificate that phones believe
    let by_proxy = api.access.is_proxy(peer.address.ip());
    let encrypted = api.asked()?.admitted().source.channel.encrypted;
    let scheme = if policy.plain == Plain::None || by_proxy && encrypted { "https" } else { "http" };
    if let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|_| by_proxy) {
        return Ok(format!("{scheme}://{host}/"));
    }
    let own = || Some(https_addresses(api.port).into_iter().next()?.strip_prefix("https://")?.to_owned());
    let none = || {
        let detail = "nobody reaches this coordinator but its own machine: have it listen elsewhere (--listen), or ask \
                      at the address that guests are to use";
        Problem::new(StatusCode::CONFLICT, "no_address", detail)
    };
    let host = reached_at(headers).or_else(own).ok_or_else(none)?;
    Ok(format!("{scheme}://{host}/"))
}

fn picture(url: &str) -> Result<String, Problem> {
    // a damaged quarter of a printed one is still read
    let code = QrCode::with_error_correction_level(url, EcLevel::Q).map_err(|error| {
        Problem::new(StatusCode::CONFLICT, "no_address", format!("no QR code holds this address: {error}"))
    })?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(WIDTH, WIDTH).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_one_of_this_address() {
        let url = "http://192.168.178.23:3000/";
        let svg = picture(url).unwrap();
        assert!(svg.contains("<svg ") && svg.ends_with("</svg>"), "{svg}");
        // 25 by 25 points with a margin of four: version 2 holds 20 bytes at this level, version 3 is 29 by 29
        let code = QrCode::with_error_correction_level(url, EcLevel::Q).unwrap();
        assert_eq!((code.width(), code.error_correction_level()), (29, EcLevel::Q));
        assert_ne!(svg, picture("http://192.168.178.24:3000/").unwrap());
        assert!(picture(&"x".repeat(4_000)).is_err());
    }
}
