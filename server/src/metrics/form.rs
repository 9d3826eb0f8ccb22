//! The two forms in which figures are written, and the one that a client wants.

use axum::http::{HeaderMap, header};
use prometheus_client::encoding::prometheus_text;

/// A form of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The text of Prometheus, 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Form {
    /// The one that is asked for by `Accept`: OpenMetrics for clients that name it and do not like the other one better.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let (mut open, mut text) = (0.0, 0.0_f32);
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
        for range in lines.flat_map(|line| line.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            match kind.as_str() {
                "application/openmetrics-text" => open = quality.max(open),
                "text/plain" => text = quality.max(text),
                _ => {}
            }
        }
        if open > 0.0 && open >= text { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// Its name in `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_a_client_likes_best() {
        let of = |accept: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in accept {
                headers.append(header::ACCEPT, line.parse().unwrap());
            }
            Form::accepted(&headers)
        };
        assert_eq!(of(&[]), Form::Prometheus);
        assert_eq!(of(&["*/*"]), Form::Prometheus);
        assert_eq!(of(&["text/html, text/plain;q=0.5"]), Form::Prometheus);
        assert_eq!(of(&["application/openmetrics-text"]), Form::OpenMetrics);
        assert_eq!(of(&["application/openmetrics-text; version=1.0.0; q=0"]), Form::Prometheus);
        assert_eq!(of(&["text/plain", "application/openmetrics-text;q=0.9"]), Form::Prometheus);
        // as Prometheus 2 and 3 ask
        let two = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(of(&[two]), Form::OpenMetrics);
        let three = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                     application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,*/*;q=0.2";
        assert_eq!(of(&[three]), Form::OpenMetrics);
    }
}
