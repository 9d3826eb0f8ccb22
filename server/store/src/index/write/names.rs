//! Artists, genres, composers and works: made, and spelled as their files spell them.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::change::ROWS;
use crate::index::{document::Sorted, json::json, keys};

/// Names by their ids. Many spellings have one id: of those in the files the first stays, until somebody corrects a
/// file.
#[derive(Default)]
pub(super) struct Named<'a> {
    names: BTreeMap<String, Sorted<'a>>,
    /// Those of tracks that were spelled in another way before.
    corrected: HashSet<String>,
}

impl<'a> Named<'a> {
    pub(super) fn add(&mut self, id: String, name: Sorted<'a>, is_corrected: bool) {
        if is_corrected {
            self.names.insert(id.clone(), name);
            self.corrected.insert(id);
        } else {
            let known = self.names.entry(id).or_insert(name);
            if known.1.is_empty() {
                known.1 = name.1;
            }
        }
    }

    /// How it is spelled from now on, if not as before.
    fn respelled(&self, id: &str, before: Sorted<'a>) -> Option<Sorted<'a>> {
        let name = self.names.get(id).copied()?;
        let now = if self.corrected.contains(id) {
            name
        } else {
            // The first file that says how it is sorted is believed.
            (before.0, if before.1.is_empty() { name.1 } else { before.1 })
        };
        (now != before).then_some(now)
    }
}

/// Tables of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Artists,
    Genres,
    Composers,
    Works,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Artists => "artists",
            Self::Genres => "genres",
            Self::Composers => "composers",
            Self::Works => "works",
        }
    }

    /// True if its names may be sorted by others.
    fn has_sort(self) -> bool {
        matches!(self, Self::Artists | Self::Composers)
    }
}

fn sort_key((name, sort): Sorted<'_>) -> Vec<u8> {
    keys::text(if sort.is_empty() { name } else { sort })
}

/// The numbers of those with these ids and names in `table`, made where they are missing; and which are new or spelled
/// anew.
pub(super) async fn numbers(
    db: &mut SqliteConnection,
    table: Table,
    named: &Named<'_>,
) -> sqlx::Result<(HashMap<String, i64>, Vec<(i64, String)>)> {
    let Named { names: all, .. } = named;
    if all.is_empty() {
        return Ok((HashMap::new(), Vec::new()));
    }
    let has_sort = table.has_sort();
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id, num, name, ");
    query.push(if has_sort { "sort" } else { "''" }).push(" FROM ").push(table.name());
    query.push(" WHERE id IN (SELECT value FROM json_each(").push_bind(json(all.keys())).push("))");
    let known: Vec<(String, i64, String, String)> = query.build_query_as().fetch_all(&mut *db).await?;
    let mut new = Vec::new();
    for (id, num, before, sort) in &known {
        let Some(named) = named.respelled(id, (before, sort)) else { continue };
        let mut query = QueryBuilder::<Sqlite>::new("UPDATE ");
        query.push(table.name()).push(" SET name = ").push_bind(named.0).push(", k_name = ");
        query.push_bind(keys::text(named.0));
        if has_sort {
            query.push(", sort = ").push_bind(named.1).push(", k_sort = ").push_bind(sort_key(named));
        }
        query.push(" WHERE num = ").push_bind(num);
        query.build().execute(&mut *db).await?;
        if named.0 != before {
            new.push((*num, named.0.to_owned()));
        }
    }
    let mut nums: HashMap<String, i64> = known.into_iter().map(|(id, num, ..)| (id, num)).collect();
    let missing: Vec<_> = all.iter().filter(|(id, _)| !nums.contains_key(*id)).collect();
    for missing in missing.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO ");
        query.push(table.name()).push(if has_sort {
            " (id, name, k_name, sort, k_sort) "
        } else {
            " (id, name, k_name) "
        });
        query.push_values(missing, |mut row, (id, name)| {
            row.push_bind(*id).push_bind(name.0).push_bind(keys::text(name.0));
            if has_sort {
                row.push_bind(name.1).push_bind(sort_key(**name));
            }
        });
        query.push(" RETURNING id, num");
        let made: Vec<(String, i64)> = query.build_query_as().persistent(false).fetch_all(&mut *db).await?;
        new.extend(made.iter().map(|(id, num)| (*num, all[id].0.to_owned())));
        nums.extend(made);
    }
    Ok((nums, new))
}
