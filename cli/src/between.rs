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
        let proxy = self
            .server
            .filter(|name| !name.is_empty())
            .map_or_else(|| "a proxy between".to_owned(), |name| format!("a proxy between ({})", cut(name, 40)));
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
            _ if self.is_page() => format!(
                "it is a web page (HTML){}. A proxy or another program answers there, or the path below the proxy is \
                 wrong: name the coordinator's own address, with the path that the proxy has it under",
                self.title().map(|title| format!(", {title:?}")).unwrap_or_default()
            ),
            _ if self.text.trim_start().starts_with(['{', '[']) => format!(
                "another program answers there{}, with {}. Name the coordinator's own address and port",
                self.server.map(|name| format!(" ({})", cut(name, 40))).unwrap_or_default(),
                cut(self.text.trim(), 120)
            ),
            _ => return format!("HTTP status {status}"),
        };
        format!("HTTP status {status}: {cause}")
    }

    /// The title of a page.
    fn title(&self) -> Option<String> {
        let begin: String = self.text.chars().take(4_096).collect();
        let from = begin.to_ascii_lowercase().find("<title")?;
        let title = begin[from..].split_once('>')?.1.split('<').next()?.trim();
        Some(cut(title, 60)).filter(|title| !title.is_empty())
    }

    /// True if it is HTML.
    fn is_page(&self) -> bool {
        let begin: String = self.text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
        begin.starts_with("<!doctype html") || begin.starts_with("<html") || begin.starts_with("<head")
    }
}

/// The beginning of a text of others, in one line.
fn cut(text: &str, most: usize) -> String {
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    if text.chars().nth(most).is_some() {
        shown.push('\u{2026}');
    }
    shown
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
        let grafana = "<!DOCTYPE html><html>\n<head><Title >Grafana\u{7}</title></head>";
        assert!(said(200, None, grafana).contains("a web page (HTML), \"Grafana\"."), "{}", said(200, None, grafana));
        let json = said(404, Some("x"), &format!("{{\"message\":\"Not\\nfound\",\"a\":\"{}\"}}", "b".repeat(200)));
        assert!(json.contains("another program answers there (x), with {\"message\":"), "{json}");
        assert!(json.chars().count() < 260, "{json}");
    }
}
