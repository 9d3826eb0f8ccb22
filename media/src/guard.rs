//! Foreign bytes may make a parser panic. Everywhere else a panic ends the process, because a half-dead one is worse
//! than one that starts again; in here it is a fault of the file.
//!
//! The process's panic hook asks [`guarded`] and lets those panics be.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// True while a panic of this thread would be caught by [`catch`].
pub fn guarded() -> bool {
    GUARDED.get()
}

/// Does `work`; if it panics, the error is the panic's message.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = GUARDED.replace(true);
    // Unwind safety: the work owns or only reads what it works on; its result is lost with the panic, or reported as
    // failed by the caller.
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_told_and_the_flag_is_only_up_inside() {
        assert!(!guarded());
        assert_eq!(catch(guarded), Ok(true));
        assert_eq!(catch(|| -> () { panic!("a bad {}", "file") }), Err("a bad file".into()));
        assert_eq!(catch::<()>(|| std::panic::panic_any(1_u8)), Err("a panic without words".into()));
        assert!(!guarded());
        let nested = catch(|| {
            let _ = catch::<()>(|| panic!("inner"));
            guarded()
        });
        assert_eq!(nested, Ok(true), "the outer guard still holds after the inner one ended");
    }
}
