//! The coordinator's own CA and the certificates that it shows, in the data folder (`DATA/trust`). docs/security.md,
//! "Certificates and clocks".
//!
//! [`OwnAuthority`] has the keys and keeps the certificates in files; [`keep_current`] makes them anew in time.

mod kept;
mod present;

pub use kept::{AuthorityFault, FOLDER, OwnAuthority, StagedKeys, stage_keys};
pub use present::{https_addresses, keep_current, own_names, set_clock};
