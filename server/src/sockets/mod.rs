//! Connections, from the moment that they are taken in: each has a place, and one that says nothing useful loses it.
//!
//! [`places`] counts connections and files, in all and for each address; [`serve`] takes connections in and speaks HTTP
//! with them; [`patience`] ends a request whose body does not come; [`answering`] holds a place while an answer is
//! sent.

mod answering;
mod held;
mod patience;
pub mod places;
mod seat;
mod serve;

pub use held::Held;
pub use patience::Stalled;
pub use places::{Bounds, FilePlace, Place, Places};
pub use serve::{Served, serve};
