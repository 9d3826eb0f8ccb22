//! Answers that are not the coordinator's: of a proxy between, or of another program. The sentence says the likely
//! cause, and the line of a configuration that ends it.

use reqwest::StatusCode;

/// The answering program, as far as its answer shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// The status.
    pub(crate) status: StatusCode,
    /// The header `Server`, by which proxies name themselves.
    pub(crate) server: Option<&'a str>,
    /// The body.
    pub(crate) text: &'a str,
}

impl Answer<'_> {
    /// The sentence for it.
    pub(crate) fn sentence(&self) -> String {
        let status = self.status.as_u16();
        let proxy = self.server.filter(|name| !name.is_empty()).map_or_else(
            || "a proxy between".to_owned(),
            |name| {
                format!("a proxy between ({})", name.chars().filter(|c| !c.is_control()).take(40).collect::<String>())
            },
        );
        let cause = match status {
            426 => format!(
                "{proxy} does not pass WebSockets on; in nginx say proxy_http_version 1.1, proxy_set_header Upgrade \
                 $http_upgrade and proxy_set_header Connection \"upgrade\""
            ),
            502 => format!(
                "{proxy} answers, and reaches no coordinator behind it. Is downbeat-server running at the address and \
                 port that the proxy is set to?"
            ),
            503 => format!("{proxy} answers, and has no coordinator to hand this to at the moment"),
            504 => format!(
                "{proxy} answers, and did not wait for the coordinator's answer; a start waits for its speakers, so \
                 let it wait for a minute (in nginx proxy_read_timeout)"
            ),
            413 => format!("{proxy} takes no body that large (in nginx client_max_body_size)"),
            401 | 403 | 407 => {
                format!("{proxy} or another program wants to know who asks; it is no refusal of the coordinator")
            }
            _ if self.is_page() => "it is a web page (HTML). A proxy or another program answers there, or the path \
                                    below the proxy is wrong: name the coordinator's own address, with the path that \
                                    the proxy has it under"
                .to_owned(),
            _ => return format!("HTTP status {status}"),
        };
        format!("HTTP status {status}: {cause}")
    }

    /// True if it is HTML.
    fn is_page(&self) -> bool {
        let begin: String = self.text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
        begin.starts_with("<!doctype html") || begin.starts_with("<html") || begin.starts_with("<head")
    }
}

/// The reason of an answer that never came.
pub(crate) fn of_timeout(connected: bool) -> &'static str {
    if connected {
        "the connection was taken up, and no answer came in time. A proxy between may hold it back, or the coordinator \
         is at its limits"
    } else {
        "nothing takes up the connection; a firewall may drop it, or the machine is off"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, server: Option<&str>, text: &str) -> String {
        Answer { status: StatusCode::from_u16(status).unwrap(), server, text }.sentence()
    }

    #[test]
    fn the_proxy_is_named_where_it_is_the_cause() {
        let page = "<html><head><title>502 Bad Gateway</title></head></html>";
        assert!(
            said(502, Some("nginx/1.22.1"), page).contains("a proxy between (nginx/1.22.1) answers, and reaches no")
        );
        assert!(said(503, None, page).contains("a proxy between answers"));
        assert!(said(504, None, "").contains("proxy_read_timeout"));
        assert!(said(426, Some("Caddy"), "").contains("(Caddy) does not pass WebSockets on"));
        assert!(said(413, None, page).contains("client_max_body_size"));
        for text in ["  <!DOCTYPE html>\n<html>", "<HTML lang=en>"] {
            assert!(said(200, None, text).contains("a web page (HTML)"), "{text}");
            assert!(said(404, None, text).contains("the path below the proxy"), "{text}");
        }
        assert_eq!(said(418, None, "teapot"), "HTTP status 418");
    }
}
