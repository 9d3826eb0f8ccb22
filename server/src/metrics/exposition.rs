//! Facts and counts as text.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, prometheus_text, text},
    registry::Registry,
};

use super::{facts::Facts, form::Form, of_coordinator, of_speaker, of_zone, tally::Tally};

/// The facts of one answer, as the registry of that answer collects them.
#[derive(Debug)]
struct Collected(Arc<Facts>);

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        of_coordinator::write(&mut encoder, &self.0.coordinator)?;
        of_zone::write(&mut encoder, &self.0.zones)?;
        of_speaker::write(&mut encoder, &self.0.speakers)
    }
}

/// About as long as the line of a series.
const LINE: usize = 160;

/// The text of facts and counts.
///
/// # Errors
/// If the text cannot be written, which does not happen.
pub fn exposition(facts: Facts, tally: &Tally, form: Form) -> Result<String, fmt::Error> {
    let mut text = String::with_capacity(LINE * (1_000 + facts.speakers.len() * of_speaker::SERIES_OF_A_SPEAKER));
    let mut registry = Registry::default();
    tally.register(&mut registry);
    registry.register_collector(Box::new(Collected(Arc::new(facts))));
    match form {
        Form::Prometheus => prometheus_text::encode(&mut text, &registry)?,
        Form::OpenMetrics => text::encode(&mut text, &registry)?,
    }
    Ok(text)
}
