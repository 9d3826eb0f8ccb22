//! The command line is the shortest way to a coordinator: for people over ssh, for scripts, and for the demo's table.
//! It knows nothing that REST does not tell, so whatever it does, a script with `curl` can do as well.
//!
//! # Layout
//! - [`args`]: what can be typed.
//! - [`commands`]: what each command asks of the coordinator and says to the person. [`task`]: one that is being done.
//! - [`queue`], [`modes`], [`events`], [`speakers`]: the commands for these.
//! - [`adoption`]: the commands for the keys of speakers, and tokens that let speakers in.
//! - [`fleet`]: the commands for zones, presets, labels and many speakers at once.
//! - `library`, `books`, `lists`: what the library holds; books that go on; playlists as files.
//! - `doctor`: what is wrong in the whole house.
//! - [`people`]: logins, users and tokens. [`secured`]: the way over https.
//! - [`client`]: HTTP, and answers that went wrong put into words ([`error`]).
//! - [`address`]: where the coordinator is.
//! - [`model`]: the answers, read tolerantly: a newer or older coordinator may say more or less.
//! - [`pick`]: from words, numbers and ids to tracks and speakers. [`listing`]: what the numbers mean.
//! - [`quantity`]: positions and volumes as people write them.
//! - [`table`], [`status`], [`spread`]: what is shown.

pub mod address;
mod adoption;
pub mod args;
mod backup;
mod between;
mod books;
mod ca;
pub mod client;
pub mod commands;
mod dates;
mod doctor;
mod edits;
pub mod error;
mod events;
mod fleet;
mod history;
mod library;
pub mod listing;
mod lists;
pub mod model;
mod modes;
mod passphrase;
mod people;
pub mod pick;
pub mod quantity;
mod queue;
mod secured;
mod speakers;
pub mod spread;
pub mod status;
pub mod table;
mod task;
