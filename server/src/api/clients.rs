//! The speakers that are connected now, as the earlier system answered it: `/api/clients`.

use axum::{extract::State, response::Response};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Api,
    describe::{ToSchema, call},
    long_list::long_list,
    speaker_view::{SpeakerView, Zones},
    speakers::by_name,
};

/// A connected speaker.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientView {
    /// The speaker's id.
    pub id: Uuid,
    /// The begin of the connection, milliseconds since 1970.
    pub connected_at: i64,
    /// The program and its version.
    pub user_agent: String,
    /// All that is known of the speaker.
    #[serde(flatten)]
    pub speaker: ClientSpeaker,
}

/// The facts of a connected speaker beyond its id.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientSpeaker {
    /// The name that people call it by.
    pub name: String,
    /// The name of its zone.
    pub zone: String,
    /// The address that it is connected from.
    pub address: Option<String>,
    /// As `/api/speakers` answers it.
    pub speaker: SpeakerView,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClientList {
    /// The number of them.
    pub count: usize,
    /// By name.
    pub clients: Vec<ClientView>,
}

/// The speakers that are connected now.
#[call(get, path = "/api/clients", right = look, operation_id = "list_clients",
    tag = "playback", responses((status = 200, body = ClientList)))]
pub async fn list(State(api): State<Api>) -> Response {
    let mut zones = Zones::new(&api);
    let connected = by_name(&api).await.filter_map(move |s| {
        let connection = s.connection.as_ref()?;
        let speaker = zones.view(&s);
        Some(ClientView {
            id: s.row.id.0,
            connected_at: connection.since.timestamp_millis(),
            user_agent: speaker
                .version
                .as_ref()
                .map_or_else(|| "downbeat".into(), |version| format!("downbeat/{version}")),
            speaker: ClientSpeaker {
                name: speaker.name.clone(),
                zone: speaker.zone.clone(),
                address: speaker.address.clone(),
                speaker,
            },
        })
    });
    long_list("clients", connected)
}
