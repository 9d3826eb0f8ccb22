//! The things that a request changes, noted where its right to them is asked. So a handler that changes something is in
//! the audit without a line of its own; one that makes something says what.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    glance::{Eyes, Look, Thing},
    told::Told,
};

/// So many things of one request are told one by one.
const MOST: usize = 8;

/// The trail of a request; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    /// With their look before anything was done.
    things: Vec<(Thing, Option<Look>)>,
    /// There were more.
    more: bool,
    remarks: Vec<&'static str>,
}

impl Trail {
    /// Notes a thing before it is changed; `look` is how it looks then.
    pub fn note(&self, thing: Thing, look: impl FnOnce() -> Option<Look>) {
        {
            let mut noted = self.lock();
            if noted.things.iter().any(|(known, _)| *known == thing) {
                return;
            }
            if noted.things.len() >= MOST {
                noted.more = true;
                return;
            }
        }
        let look = look();
        self.lock().things.push((thing, look));
    }

    /// Notes a thing that was made.
    pub fn made(&self, thing: Thing) {
        self.note(thing, || None);
    }

    /// Notes what no look shows.
    pub fn remark(&self, remark: &'static str) {
        self.lock().remarks.push(remark);
    }

    /// The differences between then and now.
    pub async fn end(&self, eyes: &Eyes) -> Told {
        let Noted { things, more, remarks } = std::mem::take(&mut *self.lock());
        let several = things.len() > 1 || more;
        let mut told = (Vec::new(), Vec::new(), Vec::new());
        for (thing, before) in things {
            let after = eyes.look(&thing).await;
            let Some(name) = before.as_ref().or(after.as_ref()).map(|look| look.name.clone()) else { continue };
            let side = |one: Option<&Look>, other: Option<&Look>| {
                let text = one.map(|one| one.beside(other)).filter(|text| !text.is_empty())?;
                Some(if several { format!("{name}: {text}") } else { text })
            };
            told.1.extend(side(before.as_ref(), after.as_ref()));
            told.2.extend(side(after.as_ref(), before.as_ref()));
            told.0.push(name);
        }
        if more {
            told.0.push("and others".into());
        }
        told.2.extend(remarks.into_iter().map(str::to_owned));
        Told { target: told.0.join(", "), before: told.1.join("; "), after: told.2.join("; ") }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
