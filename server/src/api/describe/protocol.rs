//! Types of the speakers' protocol that the interface passes on, as the description has them. The tests hold them
//! against the types themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The kind of program that a speaker is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerClass {
    /// A `downbeat-agent`.
    Agent,
    /// A page in a browser.
    Browser,
    /// Something newer than this coordinator.
    Other,
}

/// The activity of a speaker.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerState {
    /// It has nothing to play.
    Idle,
    /// It fetches or decodes, or does not know its clock well enough yet.
    Preparing,
    /// It sounds, in step.
    Playing,
    /// It is held at a pause.
    Paused,
    /// It should sound and does not.
    Faulted,
    /// Something newer than this coordinator.
    Other,
}

/// The part of a file that a speaker has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheState {
    /// All of it, verified.
    Ready,
    /// A part; the rest is coming.
    Partly,
    /// Nothing.
    Missing,
}

/// The state of a speaker's machine.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeakerHealth {
    /// The agent's version.
    pub version: String,
    /// Seconds since the agent started.
    pub uptime_s: u64,
    /// The output in use.
    pub output: String,
    /// The reason why the output does not work; left out while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub output_fault: Option<String>,
    /// Bytes in the cache.
    pub cache_bytes: u64,
    /// The most bytes of the cache.
    pub cache_limit_bytes: u64,
    /// The processor's temperature, °C, where the machine tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub temperature_c: Option<f32>,
    /// The load average of a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub load1: Option<f32>,
    /// The level of the Wi-Fi signal, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub wifi_dbm: Option<f32>,
    /// True if the supply's voltage is too low, where the machine tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub undervoltage: Option<bool>,
    /// True if the audio thread has real-time priority.
    pub realtime: bool,
    /// True if the agent's memory is locked.
    pub memory_locked: bool,
}

/// A failure that a speaker told of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeakerFailure {
    /// The kind, stable, for programs: `fetch_failed`, `hash_mismatch`, `decode_failed`, `output_lost` and others.
    pub code: String,
    /// The failure, for people.
    pub detail: String,
    /// The entry of the queue that it happened to, if it did to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entry: Option<Uuid>,
}

mod tests {
    use downbeat_protocol::{
        EntryId,
        agent_message::ClientError,
        handshake,
        report::{self, Health, PlayerState},
    };
    use serde::de::DeserializeOwned;

    use super::*;

    /// The one type is written as the other is.
    fn same<M: Serialize + DeserializeOwned>(told: &impl Serialize) {
        let told = serde_json::to_value(told).unwrap();
        let mirrored: M = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(serde_json::to_value(mirrored).unwrap(), told);
    }

    #[test]
    fn the_protocols_types_are_described_as_they_are() {
        use PlayerState::{Faulted, Idle, Other, Paused, Playing, Preparing};
        for state in [Idle, Preparing, Playing, Paused, Faulted, Other] {
            // one that is added is added here, and above
            match state {
                Idle | Preparing | Playing | Paused | Faulted | Other => same::<SpeakerState>(&state),
            }
        }
        for class in [handshake::SpeakerClass::Agent, handshake::SpeakerClass::Browser, handshake::SpeakerClass::Other]
        {
            match class {
                handshake::SpeakerClass::Agent | handshake::SpeakerClass::Browser | handshake::SpeakerClass::Other => {
                    same::<SpeakerClass>(&class);
                }
            }
        }
        for state in [report::CacheState::Ready, report::CacheState::Partly, report::CacheState::Missing] {
            match state {
                report::CacheState::Ready | report::CacheState::Partly | report::CacheState::Missing => {
                    same::<CacheState>(&state);
                }
            }
        }
    }

    #[test]
    fn a_speakers_health_and_failure_are_described_as_they_are() {
        let health = Health {
            version: "1".into(),
            uptime_s: 1,
            output: "o".into(),
            output_fault: Some("f".into()),
            cache_bytes: 1,
            cache_limit_bytes: 2,
            temperature_c: Some(1.5),
            load1: Some(0.5),
            wifi_dbm: Some(-40.0),
            undervoltage: Some(true),
            realtime: true,
            memory_locked: true,
            cache: None,
        };
        same::<SpeakerHealth>(&health);
        let bare = Health {
            output_fault: None,
            temperature_c: None,
            load1: None,
            wifi_dbm: None,
            undervoltage: None,
            ..health
        };
        same::<SpeakerHealth>(&bare);
        let failure = ClientError { code: "c".into(), detail: "d".into(), entry: Some(EntryId(Uuid::nil())) };
        same::<SpeakerFailure>(&failure);
        same::<SpeakerFailure>(&ClientError { entry: None, ..failure });
    }
}
