//! Users, tokens, sessions and the keys of speakers, as rows. Their meaning lies in `downbeat-trust`. Only hashes of
//! secrets come here.

mod columns;
mod join_tokens;
mod keys;
mod logins;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

pub use join_tokens::JoinTokenRow;
pub use keys::{KeyState, SpeakerKeyRow};
pub use logins::LoginRow;
pub use tokens::ApiTokenRow;
pub use users::{UserError, UserRow};
