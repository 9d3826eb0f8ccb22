//! The walk of a scan, on a thread where that may block.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, atomic::Ordering},
};

use tokio::sync::mpsc;

use super::scope::{Context, Scope};
use crate::{
    cue::Sheets,
    found::Walked,
    leave_out::Marks,
    machine::Trouble,
    progress::{FolderState, folder_of},
    walk::{Names, Rules, Walk},
};

/// The number of entries that a walk collects before it reports them.
const TOLD_AT_ONCE: usize = 64;

/// From the walk, with numbers of folders.
pub(super) enum Message {
    /// The entries that were found there.
    Walked(Vec<(usize, Walked)>),
    /// The places that could not be looked at.
    Troubles(Vec<Trouble>),
    /// How the folder is.
    End(usize, FolderState),
}

/// Begins a walk over `scope`, and answers the entries that it finds.
pub(super) fn walk(context: &Context, scope: &Scope) -> mpsc::Receiver<Message> {
    let (out, messages) = mpsc::channel(16);
    let (scope, folders, catalog) = (scope.clone(), Arc::clone(&context.folders), Arc::clone(&context.records.catalog));
    let (stop, on_folder) = (Arc::clone(&context.stop), Arc::clone(&context.on_folder));
    let (names, mounts, sure) = (Arc::clone(&context.names), Arc::clone(&context.mounts), Arc::clone(&context.sure));
    let (sheets, marks) = (Arc::clone(&context.sheets), Arc::clone(&context.marks));
    let leave_out = context.leave_out.clone();
    tokio::task::spawn_blocking(move || {
        let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sheets = sheets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut mounts = mounts.lock().unwrap_or_else(PoisonError::into_inner);
        let sure = std::mem::take(&mut *sure.lock().unwrap_or_else(PoisonError::into_inner));
        let mut had = vec![false; folders.len()];
        let starts: Vec<PathBuf> = match &scope {
            Scope::Everything => {
                *names = Names::default();
                *sheets = Sheets::default();
                *marks = Marks::default();
                for track in catalog.all() {
                    if let Some(folder) = folder_of(&folders, &track.path) {
                        had[folder] = true;
                    }
                }
                folders.to_vec()
            }
            Scope::Parts(parts) => {
                let known = |part: &&PathBuf| {
                    folder_of(&folders, part).is_some_and(|i| !names.has_elsewhere(part, &folders[i]))
                };
                let mut starts: Vec<PathBuf> = parts.iter().filter(known).cloned().collect();
                starts.sort_unstable();
                starts
            }
        };
        let mut enter = |folder: &Path| on_folder(folder);
        let rules = Rules { list: &leave_out, marks: &mut marks, folders: &folders };
        let mut walk = Walk::new(&stop, &mut names, &mut sheets, &mut mounts, rules, &mut enter);
        let mut files = vec![0_u64; folders.len()];
        let mut starts: VecDeque<PathBuf> = starts.into();
        let mut told = Vec::with_capacity(TOLD_AT_ONCE);
        let tell = |told: &mut Vec<_>| out.blocking_send(Message::Walked(std::mem::take(told))).is_ok();
        while let Some(start) = starts.pop_front() {
            starts.extend(walk.walk(&start, |walked| {
                // Of folders within each other the inner one counts.
                let folder = match &walked {
                    Walked::File(found) => folder_of(&folders, &found.path),
                    Walked::Picture(path, _) => folder_of(&folders, path),
                    Walked::LeftOut(left) => folder_of(&folders, &left.path),
                    Walked::NotTaken(_) | Walked::Passed(..) => None,
                };
                let folder = folder.unwrap_or(0);
                files[folder] += u64::from(matches!(walked, Walked::File(_)));
                told.push((folder, walked));
                told.len() < TOLD_AT_ONCE || tell(&mut told)
            }));
        }
        tell(&mut told);
        let mut troubles = walk.troubles();
        let everywhere = troubles.iter().any(|trouble| trouble.everywhere);
        if !everywhere && !stop.load(Ordering::Relaxed) {
            let all = catalog.all();
            let had =
                |folder: &Path| scope.touches(folder) && all.iter().any(|t| t.available && t.path.starts_with(folder));
            troubles.extend(mounts.missing(&folders, had, &sure));
        }
        if !troubles.is_empty() {
            let _ = out.blocking_send(Message::Troubles(troubles));
        }
        if scope != Scope::Everything {
            return;
        }
        for (i, folder) in folders.iter().enumerate() {
            let state = if everywhere {
                FolderState::Unknown
            } else if files[i] == 0 && std::fs::read_dir(folder).is_err() {
                FolderState::Missing
            } else if files[i] == 0 && had[i] && !names.has_elsewhere(folder, folder) {
                FolderState::Empty
            } else {
                FolderState::Present
            };
            let _ = out.blocking_send(Message::End(i, state));
        }
    });
    messages
}
