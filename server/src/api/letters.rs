//! The letters of long lists: `/api/letters`.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::Params,
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::Problem,
};
use downbeat_store::index::{AlbumSort, Lettered, TrackSort};

/// A list, in an order by name.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct LettersQuery {
    /// `tracks` (default), `albums`, `artists`: the list without any filter.
    #[param(schema_with = lists)]
    list: Option<String>,
    /// The order: of tracks `artist` (default), `title` or `album`; of albums `artist` (default) or `title`; of artists
    /// `name`.
    sort: Option<String>,
}

#[cfg(test)]
fn lists() -> utoipa::openapi::schema::Object {
    super::describe::one_of("The list, without any filter; default `tracks`.", ["tracks", "albums", "artists"])
}

/// The part of a list that begins with one letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Letter)]
pub struct LetterView {
    /// `A` to `Z`, whatever accents; `#` for digits and signs before them, `…` for other scripts behind them.
    pub letter: String,
    /// The number of items before its first one.
    pub index: u64,
    /// The number of its items.
    pub count: u64,
    /// The `cursor` with which the list begins at it; null: from the start.
    pub cursor: Option<String>,
}

/// The letters of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Letters {
    /// Those that have items, in the order of the list.
    pub letters: Vec<LetterView>,
    /// The number of items of the list.
    pub total: u64,
}

/// The letters that the items of a list begin with, each with the cursor that leads there: a way into a list of a
/// hundred thousand without reading what comes before.
#[call(get, path = "/api/letters", right = browse, operation_id = "list_letters", tag = "library",
    params(LettersQuery), responses((status = 200, body = Letters)))]
pub async fn list(State(api): State<Api>, Params(query): Params<LettersQuery>) -> Result<Json<Letters>, Problem> {
    let sort = query.sort.as_deref();
    let wrong = || Problem::field("sort", format!("{:?} is no order by name of this list", sort.unwrap_or_default()));
    let list = match query.list.as_deref() {
        None | Some("tracks") => {
            let sort = TrackSort::sorted(sort.unwrap_or("artist")).filter(|sort| !sort.reverse).ok_or_else(wrong)?;
            Lettered::Tracks(sort.by)
        }
        Some("albums") => Lettered::Albums(match sort {
            None | Some("artist") => AlbumSort::Artist,
            Some("title") => AlbumSort::Title,
            Some(_) => return Err(wrong()),
        }),
        Some("artists") => match sort {
            None | Some("name") => Lettered::Artists(false),
            Some(_) => return Err(wrong()),
        },
        Some(other) => return Err(Problem::field("list", format!("{other:?} is none of tracks, albums, artists"))),
    };
    let found = api.store.letters(list).await?.ok_or_else(wrong)?;
    let total = found.iter().map(|letter| letter.count).sum();
    let letters = found.into_iter().map(|letter| LetterView {
        letter: letter.letter,
        index: letter.index,
        count: letter.count,
        cursor: letter.cursor.map(|cursor| cursor.to_string()),
    });
    Ok(Json(Letters { letters: letters.collect(), total }))
}
