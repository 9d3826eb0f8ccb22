//! A speaker's first words to a coordinator.

use downbeat_protocol::{
    SpeakerId,
    agent_message::{Capabilities, Hello},
    handshake::{SpeakerClass, VersionRange},
};

use crate::config::Config;

/// Formats decoded sample-exactly here, as endings.
const FORMATS: &[&str] = &["flac", "wav", "aiff", "mp3", "ogg", "m4a", "opus"];

/// The first words to a coordinator.
pub(crate) fn introduction(config: &Config, id: SpeakerId, output: String, realtime: bool) -> Hello {
    Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(id),
        name: config.name.clone(),
        class: SpeakerClass::Agent,
        version: env!("CARGO_PKG_VERSION").into(),
        capabilities: Capabilities {
            formats: FORMATS.iter().map(|f| (*f).into()).collect(),
            output,
            realtime,
            calibration: true,
        },
        credentials: None,
        commitment: None,
        zone: config.zone.clone(),
        output_delay_us: config.output_delay_us,
        known: None,
    }
}
