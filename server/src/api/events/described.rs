//! The events as the description has them: a union that its `type` tells apart.
//!
//! A client is sent [`EventBody`](super::EventBody), with the state as a text that was made once for all clients. The
//! integration tests hold each event that they see against these types.

use utoipa::{ToSchema, openapi::schema};
use uuid::Uuid;

use super::super::{
    library::LibraryView, playlists::PlaylistView, presets::PresetList, queue_view::QueueState,
    speaker_view::SpeakerView, zones::ZoneView,
};

fn nothing() -> schema::Object {
    schema::ObjectBuilder::new().schema_type(schema::Type::Null).description(Some("Always null.")).build()
}

/// Makes the type of an event, and that of its tag.
macro_rules! event {
    ($(#[doc = $doc:literal])* $name:ident, $tag:ident = $word:tt,
     { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        /// The subject of the event.
        #[derive(serde::Serialize, ToSchema)]
        enum $tag {
            #[serde(rename = $word)]
            Tag,
        }

        $(#[doc = $doc])*
        #[derive(serde::Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name {
            #[serde(rename = "type")]
            #[schema(inline)]
            kind: $tag,
            $($(#[$attribute])* $field: $type,)*
            /// The place in the stream, only over the WebSocket; with Server-Sent Events it is the `id` of the frame.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            event_id: Option<String>,
        }
    };
}

event! {
    /// A zone is as it is now, or is gone.
    ZoneEvent, ZoneTag = "zone", {
        /// The zone's id.
        id: Uuid,
        /// The zone's id.
        zone: Uuid,
        /// The zone, without live figures; null: it is gone.
        state: Option<ZoneView>,
    }
}
event! {
    /// A queue is as it is now, or its zone is gone.
    QueueEvent, QueueTag = "queue", {
        /// The zone's id.
        id: Uuid,
        /// The zone's id.
        zone: Uuid,
        /// The queue's version, and the difference from the version before; null: it is gone.
        state: Option<QueueState>,
    }
}
event! {
    /// A speaker is as it is now, or is gone.
    SpeakerEvent, SpeakerTag = "speaker", {
        /// The speaker's id.
        id: Uuid,
        /// The id of its zone; left out of a speaker that is gone.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        zone: Option<Uuid>,
        /// The speaker, without live figures; null: it is gone.
        state: Option<SpeakerView>,
    }
}
event! {
    /// The presets are as they are now.
    PresetsEvent, PresetsTag = "presets", {
        /// The presets.
        state: Option<PresetList>,
    }
}
event! {
    /// The library is as it is now: its scan, and the revision that changes with its tracks.
    LibraryEvent, LibraryTag = "library", {
        /// The library.
        state: Option<LibraryView>,
    }
}
event! {
    /// A playlist is as it is now, or is gone.
    PlaylistsEvent, PlaylistsTag = "playlists", {
        /// The playlist's id.
        id: Uuid,
        /// The playlist; null: it is gone.
        state: Option<PlaylistView>,
    }
}
event! {
    /// The client forgets everything; all that is follows, until `synced`.
    ResyncEvent, ResyncTag = "resync", {
        /// Always null.
        #[schema(schema_with = nothing)]
        state: (),
    }
}
event! {
    /// Everything that is has been sent.
    SyncedEvent, SyncedTag = "synced", {
        /// Always null.
        #[schema(schema_with = nothing)]
        state: (),
    }
}

/// An event. A client ignores those of a `type` that it does not know: later versions may send more.
#[derive(serde::Serialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "type", mapping(
    ("zone" = "#/components/schemas/ZoneEvent"),
    ("queue" = "#/components/schemas/QueueEvent"),
    ("speaker" = "#/components/schemas/SpeakerEvent"),
    ("presets" = "#/components/schemas/PresetsEvent"),
    ("library" = "#/components/schemas/LibraryEvent"),
    ("playlists" = "#/components/schemas/PlaylistsEvent"),
    ("resync" = "#/components/schemas/ResyncEvent"),
    ("synced" = "#/components/schemas/SyncedEvent"),
)))]
pub(crate) enum Event {
    Zone(ZoneEvent),
    Queue(QueueEvent),
    Speaker(SpeakerEvent),
    Presets(PresetsEvent),
    Library(LibraryEvent),
    Playlists(PlaylistsEvent),
    Resync(ResyncEvent),
    Synced(SyncedEvent),
}
