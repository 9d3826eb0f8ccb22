//! Albums or artists, as they are searched.

use sqlx::{QueryBuilder, Sqlite};

use super::{
    conditions::{Conditions, Walk},
    expression::{Match, phrase},
    page::Order,
    query::{Field, Query, Text},
};

/// Albums or artists, as they are searched.
pub(super) struct Kind {
    pub(super) table: &'static str,
    /// Its full-text table.
    pub(super) words: &'static str,
    pub(super) select: &'static str,
    pub(super) key: &'static str,
    /// The index by `key`.
    pub(super) index: &'static str,
    /// From tracks to these, an open bracket at the end.
    pub(super) links: &'static str,
    /// The tracks of one.
    pub(super) tracks: &'static str,
    /// The column of `words` for a field; `None`: it says something of the tracks.
    pub(super) column: fn(Option<Field>) -> Option<&'static str>,
    pub(super) order: &'static Order,
}

impl Kind {
    /// The part of a query that these have by themselves, and the part that their tracks must have.
    pub(super) fn split(&self, query: &Query) -> (Query, Query) {
        let (mut own, mut rest) = (Query::default(), Query { figures: query.figures.clone(), ..Query::default() });
        for text in &query.texts {
            let side = if (self.column)(text.what.field).is_some() { &mut own } else { &mut rest };
            side.texts.push(text.clone());
        }
        (own, rest)
    }

    /// The expression of the texts that must be there, less those that must not. If only the latter are asked for: of
    /// everything else.
    pub(super) fn expression(&self, own: &Query, kind: Match) -> Option<Expression> {
        let part = |text: &Text, kind| format!("({}{})", (self.column)(text.field).unwrap_or(""), phrase(text, kind));
        let wanted: Vec<String> = own.wanted().map(|text| part(text, kind)).collect();
        let unwanted = own.texts.iter().filter(|t| t.not).map(|t| part(&t.what, Match::Beginning));
        let unwanted: Vec<String> = unwanted.collect();
        match (wanted.is_empty(), unwanted.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Expression { text: unwanted.join(" OR "), not: true }),
            (false, true) => Some(Expression { text: wanted.join(" AND "), not: false }),
            (false, false) => {
                let text = format!("({}) NOT ({})", wanted.join(" AND "), unwanted.join(" OR "));
                Some(Expression { text, not: false })
            }
        }
    }

    pub(super) fn push_tier(
        &self,
        sql: &mut QueryBuilder<Sqlite>,
        tier: i64,
        same: Option<&(Vec<u8>, Vec<u8>)>,
        words: Option<&Expression>,
        begun: Option<&Expression>,
    ) {
        let matching = |sql: &mut QueryBuilder<Sqlite>, expression: &Expression, not: bool| {
            sql.push(if expression.not == not { " AND +num IN (" } else { " AND num NOT IN (" });
            sql.push("SELECT rowid FROM ").push(self.words).push(" WHERE ").push(self.words).push(" MATCH ");
            sql.push_bind(expression.text.as_str()).push(")");
        };
        if let Some((from, to)) = same {
            let (before, after) = if tier == 0 { (" AND (", ")") } else { (" AND NOT (", ")") };
            sql.push(before).push(self.key).push(" >= ").push_bind(from.as_slice());
            sql.push(" AND ").push(self.key).push(" < ").push_bind(to.as_slice()).push(after);
        }
        match (tier, words, begun) {
            (1, Some(words), _) => matching(sql, words, false),
            (2, words, Some(begun)) => {
                matching(sql, begun, false);
                if let Some(words) = words.filter(|words| *words != begun) {
                    matching(sql, words, true);
                }
            }
            _ => {}
        }
    }

    pub(super) fn push_rest(&self, sql: &mut QueryBuilder<Sqlite>, rest: &Conditions) {
        if rest.is_everything() {
            return;
        }
        if rest.are_few() {
            sql.push(" AND +num IN (").push(self.links).push("SELECT num FROM ");
            rest.push(sql, Walk::Short);
            sql.push("))");
        } else {
            sql.push(" AND EXISTS (SELECT 1 FROM ").push(self.tracks);
            rest.push_tests(sql);
            sql.push(")");
        }
    }
}

/// A full-text expression, or all that it does not match.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) text: String,
    pub(super) not: bool,
}
