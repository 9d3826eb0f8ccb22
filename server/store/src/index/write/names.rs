//! Artists and genres: made, and spelled as their files spell them.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::change::ROWS;
use crate::index::{json::json, keys};

/// Names by their ids. Many spellings have one id: of those in the files the first stays, until somebody corrects a
/// file.
#[derive(Default)]
pub(super) struct Named<'a> {
    names: BTreeMap<String, &'a str>,
    /// Those of tracks that were spelled in another way before.
    corrected: HashSet<String>,
}

impl<'a> Named<'a> {
    pub(super) fn add(&mut self, id: String, name: &'a str, is_corrected: bool) {
        if is_corrected {
            self.names.insert(id.clone(), name);
            self.corrected.insert(id);
        } else {
            self.names.entry(id).or_insert(name);
        }
    }

    /// How it is spelled from now on, if not as before.
    fn respelled(&self, id: &str, before: &str) -> Option<&'a str> {
        self.names.get(id).copied().filter(|name| *name != before && self.corrected.contains(id))
    }
}

/// The numbers of those with these ids and names in `table`, made where they are missing; and which are new or spelled
/// anew.
pub(super) async fn numbers(
    db: &mut SqliteConnection,
    table: &'static str,
    named: &Named<'_>,
) -> sqlx::Result<(HashMap<String, i64>, Vec<(i64, String)>)> {
    let Named { names: all, .. } = named;
    if all.is_empty() {
        return Ok((HashMap::new(), Vec::new()));
    }
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id, num, name FROM ");
    query.push(table).push(" WHERE id IN (SELECT value FROM json_each(").push_bind(json(all.keys())).push("))");
    let known: Vec<(String, i64, String)> = query.build_query_as().fetch_all(&mut *db).await?;
    let mut new = Vec::new();
    for (id, num, before) in &known {
        let Some(name) = named.respelled(id, before) else { continue };
        let mut query = QueryBuilder::<Sqlite>::new("UPDATE ");
        query.push(table).push(" SET name = ").push_bind(name).push(", k_name = ").push_bind(keys::text(name));
        query.push(" WHERE num = ").push_bind(num);
        query.build().execute(&mut *db).await?;
        new.push((*num, name.to_owned()));
    }
    let mut nums: HashMap<String, i64> = known.into_iter().map(|(id, num, _)| (id, num)).collect();
    let missing: Vec<_> = all.iter().filter(|(id, _)| !nums.contains_key(*id)).collect();
    for missing in missing.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO ");
        query.push(table).push(" (id, name, k_name) ");
        query.push_values(missing, |mut row, (id, name)| {
            row.push_bind(*id).push_bind(**name).push_bind(keys::text(name));
        });
        query.push(" RETURNING id, num");
        let made: Vec<(String, i64)> = query.build_query_as().persistent(false).fetch_all(&mut *db).await?;
        new.extend(made.iter().map(|(id, num)| (*num, all[id].to_owned())));
        nums.extend(made);
    }
    Ok((nums, new))
}
