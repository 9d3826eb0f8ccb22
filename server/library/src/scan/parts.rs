//! The tracks that one file holds, and which of those that are known they are.

use std::{collections::HashSet, sync::Arc};

use downbeat_protocol::TrackId;
use downbeat_zone::Part;

use crate::{TrackRow, catalog::Catalog, cue, found::Found, identity};

/// Those of the tracks at the place of a file that are what it holds, if it is as it was when they were read, and all
/// of them are there, by a scanner of this version.
pub(super) fn known_as(found: &Found, mut at_path: Vec<Arc<TrackRow>>, version: u32) -> Vec<Arc<TrackRow>> {
    let mark = found.sheet.as_ref().map(|cuts| cuts.mark.as_str());
    at_path.retain(|t| {
        let same_sheet = match mark {
            Some(mark) => t.sheet.as_deref() == Some(mark),
            None => t.sheet.as_deref().is_none_or(cue::is_own),
        };
        same_sheet && t.scan_version == version && found.stat.same_content(t.file_bytes(), t.mtime_ns)
    });
    let whole = at_path.first().map_or(0, |t| t.part.as_ref().map_or(1, |part| part.count as usize));
    if at_path.len() == whole { at_path } else { Vec::new() }
}

/// All tracks of the file that this track is, or was last, of.
pub(super) fn siblings(catalog: &Catalog, id: TrackId) -> Vec<Arc<TrackRow>> {
    let Some(track) = catalog.get(id) else { return Vec::new() };
    match (track.path.as_os_str().is_empty(), &track.part) {
        (false, _) => catalog.all_at_path(&track.path),
        (true, Some(_)) if !track.hash.is_empty() => {
            catalog.with_hash(&track.hash).into_iter().filter(|t| t.path.as_os_str().is_empty()).collect()
        }
        (true, _) => vec![track],
    }
}

/// The ids of the tracks of a file that is that of the track `id`, which held these before. A part keeps the id of the
/// part with its number, or else of the one that began with the same frame.
pub(super) fn part_ids<'p>(
    id: TrackId,
    before: &[Arc<TrackRow>],
    parts: impl Iterator<Item = Option<&'p Part>>,
    written: &HashSet<TrackId>,
) -> Vec<TrackId> {
    let mut ids: Vec<TrackId> = Vec::new();
    for part in parts {
        let free = |t: &&Arc<TrackRow>| !ids.contains(&t.id) && !written.contains(&t.id);
        let same = match part {
            None => before.iter().filter(free).find(|t| t.part.is_none()),
            Some(part) => {
                let number = |t: &Arc<TrackRow>| t.part.as_ref().map(|own| own.number) == Some(part.number);
                let start = |t: &Arc<TrackRow>| t.part.as_ref().map(|own| own.first) == Some(part.first);
                let by_number = before.iter().filter(free).find(|t| number(t));
                by_number.or_else(|| before.iter().filter(free).find(|t| start(t)))
            }
        };
        let is_new = before.is_empty() && ids.is_empty();
        ids.push(same.map_or_else(|| if is_new { id } else { identity::new_id() }, |t| t.id));
    }
    ids
}
