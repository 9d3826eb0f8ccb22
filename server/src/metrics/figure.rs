//! One figure: its name, its meaning, and how it is read of a fact.

use std::fmt;

use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};

/// A figure of a `T`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure<T> {
    /// The name, with its unit; without `_total`.
    pub(super) name: &'static str,
    /// The meaning.
    pub(super) help: &'static str,
    counts: bool,
    /// The value; `None`: it is not known.
    of: fn(&T) -> Option<f64>,
}

/// A figure that goes up and down.
pub(super) const fn gauge<T>(name: &'static str, help: &'static str, of: fn(&T) -> Option<f64>) -> Figure<T> {
    Figure { name, help, counts: false, of }
}

/// A figure that grows, until what is counted starts anew.
pub(super) const fn counter<T>(name: &'static str, help: &'static str, of: fn(&T) -> Option<f64>) -> Figure<T> {
    Figure { name, help, counts: true, of }
}

/// 1 for true.
pub(super) fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

/// Seconds of microseconds.
pub(super) fn seconds(micros: f64) -> f64 {
    micros / 1e6
}

impl<T> Figure<T> {
    /// Writes it of each that has it, with the labels of each. A figure that nobody has is not there.
    pub(super) fn write<'f, L: EncodeLabelSet + 'f>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        all: impl IntoIterator<Item = (&'f T, &'f L)>,
    ) -> fmt::Result
    where
        T: 'f,
    {
        let told = |(fact, labels)| Some(((self.of)(fact).filter(|value: &f64| value.is_finite())?, labels));
        let mut all = all.into_iter().filter_map(told).peekable();
        if all.peek().is_none() {
            return Ok(());
        }
        let mut family = self.begin(encoder)?;
        for (value, labels) in all {
            self.value(&mut family.encode_family(labels)?, value)?;
        }
        Ok(())
    }

    /// Writes it of one, without labels.
    pub(super) fn write_one(&self, encoder: &mut DescriptorEncoder<'_>, fact: &T) -> fmt::Result {
        match (self.of)(fact).filter(|value| value.is_finite()) {
            Some(value) => self.value(&mut self.begin(encoder)?, value),
            None => Ok(()),
        }
    }

    fn begin<'e>(&'e self, encoder: &'e mut DescriptorEncoder<'_>) -> Result<MetricEncoder<'e>, fmt::Error> {
        let kind = if self.counts { MetricType::Counter } else { MetricType::Gauge };
        encoder.encode_descriptor(self.name, self.help, None, kind)
    }

    fn value(&self, metric: &mut MetricEncoder<'_>, value: f64) -> fmt::Result {
        if self.counts {
            metric.encode_counter::<NoLabelSet, f64, f64>(&value, None)
        } else {
            metric.encode_gauge(&value)
        }
    }
}
