//! The interface of people and scripts: REST under `/api`, described by `/api/openapi.json`.
//!
//! [`router`] is the table of contents; a file a resource. Every error is a [`problem::Problem`]. The calls of the
//! system before this one work unchanged: same paths, same bodies, same names in the replies.

pub mod access_pages;
pub mod asked;
pub mod asker;
pub mod audit;
pub mod backup;
pub mod body;
pub mod bound_view;
pub mod browse;
pub mod call;
pub mod charset;
pub mod clients;
pub mod covers;
pub mod csv;
pub mod describe;
pub mod edit;
pub mod edits;
pub mod etag;
pub mod events;
pub mod foreign_site;
pub mod guard;
mod handles;
pub mod health;
pub mod history;
pub mod idempotency;
pub mod json;
pub mod library;
pub mod lists;
pub mod login;
pub mod long_list;
pub mod need;
pub mod playback;
pub mod playback_view;
pub mod playlist_files;
pub mod playlists;
pub mod presets;
pub mod problem;
pub mod queue;
pub mod queue_save;
pub mod queue_view;
pub mod router;
pub mod search;
pub mod secretive;
pub mod select_param;
pub mod session;
pub mod session_view;
pub mod speaker_view;
pub mod speakers;
pub mod streamed;
pub mod sync_view;
pub mod targets;
pub mod telemetry;
pub mod test_client;
pub mod tokens;
pub mod tracks;
pub mod turns;
pub mod users;
pub mod versioned;
pub mod whole_body;
pub mod zone_param;
pub mod zones;

pub use handles::Api;
