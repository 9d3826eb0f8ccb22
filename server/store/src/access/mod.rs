//! Users, tokens, sessions and the keys of speakers, as rows. Their meaning lies in `downbeat-trust`. Only hashes of
//! secrets come here.

mod columns;
mod ended;
mod join_tokens;
mod key_state;
mod keys;
mod logins;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

pub use ended::{EndedKind, StaysEnded};
pub use join_tokens::JoinTokenRow;
pub use key_state::KeyState;
pub use keys::SpeakerKeyRow;
pub use logins::LoginRow;
pub use tokens::ApiTokenRow;
pub use users::{UserError, UserRow};
