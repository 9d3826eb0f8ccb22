//! How people say which speakers they mean.
//!
//! A fleet of thousands is not named one by one: speakers carry [`Labels`] (`site=41`, `floor=2`), and one small
//! grammar, the [`Selector`], picks them by label, name, zone or id wherever a call takes a target. Both are pure:
//! what a selector picks depends on the speaker that is looked at and on nothing else, so that it picks the same
//! speakers for everybody who asks, in a list and in an action alike.

pub mod labels;
pub mod selector;

pub use labels::{LabelError, Labels};
pub use selector::{Selector, SelectorError, Target};
