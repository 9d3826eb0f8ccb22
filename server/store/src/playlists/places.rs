//! The places of entries in their playlist: numbers with gaps.

use sqlx::SqliteConnection;
use uuid::Uuid;

/// The distance between the places of entries that were added one after the other.
const STEP: i64 = 1 << 20;

/// The places of `count` entries that come to `index`, or the end, among all but `without` (a JSON list of ids).
pub(super) async fn places(
    db: &mut SqliteConnection,
    playlist: Uuid,
    index: Option<usize>,
    count: usize,
    without: &str,
) -> sqlx::Result<Vec<i64>> {
    for renumbered in [false, true] {
        let index = index.map_or(i64::MAX, |i| i64::try_from(i).unwrap_or(i64::MAX));
        // The entry before and the one that is there now.
        let around: Vec<(i64,)> = sqlx::query_as(
            "SELECT place FROM playlist_entries WHERE playlist = ? AND id NOT IN (SELECT value FROM json_each(?))
             ORDER BY place, num LIMIT ? OFFSET ?",
        )
        .bind(playlist.to_string())
        .bind(without)
        .bind(if index == 0 { 1 } else { 2 })
        .bind((index - 1).max(0))
        .fetch_all(&mut *db)
        .await?;
        let (before, next) = match (index, around.as_slice()) {
            (0, [(next,), ..]) => (next - STEP * (count as i64 + 1), Some(*next)),
            (_, [(before,), (next,), ..]) => (*before, Some(*next)),
            (_, [(before,)]) => (*before, None),
            (_, []) => {
                let query =
                    sqlx::query_scalar("SELECT coalesce(max(place), 0) FROM playlist_entries WHERE playlist = ?");
                (query.bind(playlist.to_string()).fetch_one(&mut *db).await?, None)
            }
        };
        let step = next.map_or(STEP, |next| (next - before) / (count as i64 + 1));
        if step > 0 || renumbered {
            return Ok((1..=count as i64).map(|i| before + step * i).collect());
        }
        sqlx::query(
            "UPDATE playlist_entries SET place = n.row * ?2 FROM (
                 SELECT num, row_number() OVER (ORDER BY place, num) AS row FROM playlist_entries WHERE playlist = ?1) n
             WHERE n.num = playlist_entries.num",
        )
        .bind(playlist.to_string())
        // A gap takes as many as one call can bring.
        .bind(STEP.max(2 * count as i64))
        .execute(&mut *db)
        .await?;
    }
    Ok(Vec::new())
}
