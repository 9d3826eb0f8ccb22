//! The words that the last one that was typed may become.
//!
//! The full-text index holds beginnings of up to [`HELD_BEGINNING`] letters as if they were words. Of a longer one it
//! has to put the hits of all words together that begin so before it can say anything of one track: 5 ms where all of
//! 100,000 tracks have such a word, for every question. If those words are few they are asked for by name instead.

use sqlx::SqliteConnection;

use super::query::{Query, Text};

/// The longest beginning of a word, in letters, that the full-text index holds by itself (its `prefix`).
const HELD_BEGINNING: usize = 3;

/// More words are not asked for by name. Few in the unit tests, so that these go both ways.
const MOST: usize = if cfg!(test) { 2 } else { 8 };

/// The query with [`Text::ends`] of all that is open, longer than what the index holds, and can become few words only.
pub(super) async fn with_ends(db: &mut SqliteConnection, query: &Query) -> sqlx::Result<Query> {
    let mut query = query.clone();
    for text in query.texts.iter_mut().map(|t| &mut t.what).filter(|text| !is_held(text)) {
        if let Some(begun) = text.words.last() {
            text.ends = ends(db, &begun.to_ascii_lowercase()).await?;
        }
    }
    Ok(query)
}

/// True if the full-text index knows at once which tracks have `text`.
pub(super) fn is_held(text: &Text) -> bool {
    let is_short = |word: &String| word.chars().count() <= HELD_BEGINNING;
    !text.open || !text.ends.is_empty() || text.words.last().is_none_or(is_short)
}

/// The words of the index that begin so; none if they are too many.
async fn ends(db: &mut SqliteConnection, begun: &str) -> sqlx::Result<Vec<String>> {
    // How the index writes others is its own affair.
    if !begun.is_ascii() {
        return Ok(Vec::new());
    }
    // Each is a step to the next greater one. A list of all would go through every place where one of them stands.
    let next: Vec<Option<String>> = sqlx::query_scalar(
        "WITH RECURSIVE next (term) AS (
             SELECT (SELECT term FROM song_terms WHERE term >= ?1 LIMIT 1)
             UNION ALL
             SELECT (SELECT term FROM song_terms WHERE term >= next.term || char(1) LIMIT 1)
             FROM next WHERE substr(next.term, 1, length(?1)) = ?1
         )
         SELECT term FROM next LIMIT ?2",
    )
    .bind(begun)
    .bind(MOST as i64 + 1)
    .fetch_all(db)
    .await?;
    let ends: Vec<String> = next.into_iter().flatten().take_while(|term| term.starts_with(begun)).collect();
    let usable = ends.len() <= MOST && ends.iter().all(|term| term.bytes().all(|b| b.is_ascii_alphanumeric()));
    Ok(if usable { ends } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Store, TrackRow,
        index::expression::{Columns, Match, expression},
    };

    async fn of_titles(titles: &[&str]) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let track = |(i, title): (usize, &&str)| {
            TrackRow::unknown(downbeat_protocol::TrackId::random(), format!("/m/{i}").into())
                .with(|t| t.title = (*title).into())
        };
        store.save_tracks(&titles.iter().enumerate().map(track).collect::<Vec<_>>()).await.unwrap();
        (dir, store)
    }

    async fn asked(store: &Store, typed: &str) -> String {
        let mut db = store.reader().await.unwrap();
        let query = with_ends(&mut db, &Query::parse(typed)).await.unwrap();
        expression(&query, Columns::All, Match::Beginning).unwrap()
    }

    #[tokio::test]
    async fn long_beginnings_of_few_words_are_asked_for_by_name() {
        let (_dir, store) = of_titles(&["Music", "the music", "Lovely", "Love me", "Lover", "Müßig", "quıet"]).await;
        assert_eq!(asked(&store, "MUSI").await, r#"("music")"#, "written as in the index");
        assert_eq!(asked(&store, "lovel the/musi -musi").await, r#"("lovely") AND ("the music")"#);
        assert_eq!(asked(&store, "title:lover").await, r#"(title : "lover")"#);
        assert_eq!(asked(&store, "love").await, r#"("love" *)"#, "three are many");
        assert_eq!(asked(&store, "mus").await, r#"("mus" *)"#, "the index holds it");
        assert_eq!(asked(&store, "\"musi\"").await, r#"("musi")"#, "quoted");
        assert_eq!(asked(&store, "nothing").await, r#"("nothing" *)"#);
        assert_eq!(asked(&store, "müßi").await, r#"("müßi" *)"#, "not ASCII");
        let (_dir, store) = of_titles(&["Lovely", "Lover"]).await;
        assert_eq!(asked(&store, "a/love").await, r#"(("a lovely" OR "a lover"))"#);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// By name or by beginning: the same tracks.
        #[test]
        fn by_name_are_the_same_as_by_beginning(
            titles in prop::collection::vec("([Aa]bc[ab]?[äb]?[1ß]?|[bc]) ?(abca[xé]{0,2}|ABCB)?", 1..8),
            typed in prop::collection::vec("-?(title:)?(b/)?[aA]bc[ab]?[äb]?", 1..3),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (_dir, store) = of_titles(&titles.iter().map(String::as_str).collect::<Vec<_>>()).await;
                let mut db = store.reader().await.unwrap();
                let query = Query::parse(&typed.join(" "));
                let mut found = Vec::new();
                for query in [&query, &with_ends(&mut db, &query).await.unwrap()] {
                    let Some(wanted) = expression(query, Columns::All, Match::Beginning) else { return };
                    let hits: Vec<i64> =
                        sqlx::query_scalar("SELECT rowid FROM song_words WHERE song_words MATCH ? ORDER BY rowid")
                            .bind(wanted)
                            .fetch_all(&mut *db)
                            .await
                            .unwrap();
                    found.push(hits);
                }
                assert_eq!(found[0], found[1]);
            });
        }
    }
}
