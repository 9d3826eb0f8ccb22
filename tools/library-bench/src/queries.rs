//! The requests that people and programs make of a library: every list, its far ends, and searches as they are typed.

use anyhow::{Context as _, Result};
use downbeat_library_files::library::{self, Dice, Tags};
use serde_json::Value;

use crate::process::Coordinator;

/// Requests of one kind.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) asked: Asked,
}

/// The requests of one kind.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Each of these once.
    Paths(Vec<String>),
    /// The pages of a list one after the other, so many at most, until it ends.
    Walk { path: String, pages: usize },
    /// The same, but every so many items deep, as far as the list goes: pages in between are fetched in one, and not
    /// counted.
    Deep { path: String, pages: usize },
}

/// Characters of a URL's query.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// The ids of the items of a list.
async fn ids(coordinator: &Coordinator, path: &str, list: &str) -> Result<Vec<String>> {
    let body = coordinator.get(path).await?.body;
    let items = body[list].as_array().with_context(|| format!("{path} has no {list}"))?;
    Ok(items.iter().filter_map(|i| i["id"].as_str().map(str::to_owned)).collect())
}

/// Everything that is asked; the same in every run on the same library.
pub(crate) async fn all(coordinator: &Coordinator, files: usize) -> Result<Vec<Kind>> {
    let mut kinds = lists(coordinator).await?;
    kinds.extend(details(coordinator).await?);
    let albums = library::library(files);
    let tags: Vec<Tags> = albums.into_iter().flat_map(|a| a.files).filter_map(|f| f.tags).collect();
    kinds.extend(searches(&tags));
    kinds.push(Kind { name: "zones, speakers, the library's state", asked: Asked::Paths(states()) });
    Ok(kinds)
}

fn states() -> Vec<String> {
    let paths = [
        "/api/zones",
        "/api/speakers",
        "/api/clients",
        "/api/library",
        "/api/library/faults",
        "/api/playlists",
        "/api/presets",
        "/api/zones/all/queue",
        "/api/health",
    ];
    paths.iter().cycle().take(paths.len() * 40).map(|p| (*p).to_owned()).collect()
}

async fn lists(coordinator: &Coordinator) -> Result<Vec<Kind>> {
    let walk = |name, path: &str| Kind { name, asked: Asked::Walk { path: path.to_owned(), pages: 1_000 } };
    let deep = |name, path: &str| Kind { name, asked: Asked::Deep { path: path.to_owned(), pages: 100 } };
    let root = coordinator.get("/api/folders").await?.body["folders"][0]["id"].clone();
    let root = root.as_str().context("the library has no folder")?.to_owned();
    Ok(vec![
        walk("tracks by artist, every page of the list", "/api/tracks?limit=100"),
        deep("tracks by title", "/api/tracks?limit=100&sort=title"),
        deep("tracks by title, backwards", "/api/tracks?limit=100&sort=-title"),
        deep("tracks by album", "/api/tracks?limit=100&sort=album"),
        deep("tracks by year", "/api/tracks?limit=100&sort=year"),
        deep("tracks by date added, the latest first", "/api/tracks?limit=100&sort=-added"),
        deep("tracks by length", "/api/tracks?limit=100&sort=duration"),
        deep("tracks by path", "/api/tracks?limit=100&sort=path"),
        walk("albums by artist", "/api/albums?limit=100"),
        walk("albums by title", "/api/albums?limit=100&sort=title"),
        walk("albums by year, the latest first", "/api/albums?limit=100&sort=-year"),
        walk("albums by date added, the latest first", "/api/albums?limit=100&sort=-added"),
        walk("artists by name", "/api/artists?limit=100"),
        walk("artists by number of tracks", "/api/artists?limit=100&sort=-tracks"),
        walk("artists of albums", "/api/artists?limit=100&albumArtists=true"),
        walk("the folder of all, by pages", &format!("/api/folders/{root}?limit=100")),
        deep("all below a folder", &format!("/api/folders/{root}?limit=100&flat=true")),
        Kind {
            name: "genres, years, folders",
            asked: Asked::Paths(
                ["/api/genres", "/api/genres?sort=-tracks", "/api/years", "/api/folders"]
                    .iter()
                    .cycle()
                    .take(200)
                    .map(|p| (*p).to_owned())
                    .collect(),
            ),
        },
    ])
}

/// Lists of what belongs to something, and single things.
async fn details(coordinator: &Coordinator) -> Result<Vec<Kind>> {
    let mut dice = Dice::new(7);
    let albums = ids(coordinator, "/api/albums?limit=1000&sort=title", "albums").await?;
    let artists = ids(coordinator, "/api/artists?limit=1000&sort=-tracks", "artists").await?;
    let genres = ids(coordinator, "/api/genres?sort=-tracks", "genres").await?;
    let tracks = ids(coordinator, "/api/tracks?limit=1000&sort=-title", "tracks").await?;
    let mut some = |name, of: &[String], path: &dyn Fn(&str) -> String| {
        let paths = (0..300).filter(|_| !of.is_empty()).map(|_| path(&of[dice.roll(of.len())])).collect();
        Kind { name, asked: Asked::Paths(paths) }
    };
    let sorts = ["artist", "title", "year", "-added", "path"];
    let mut turn = 0;
    let mut sort = move || {
        turn += 1;
        sorts[turn % sorts.len()]
    };
    let mut kinds = vec![
        some("an album with its tracks", &albums, &|id| format!("/api/albums/{id}")),
        some("an artist with the albums", &artists, &|id| format!("/api/artists/{id}")),
        some("a track", &tracks, &|id| format!("/api/tracks/{id}")),
        some("an artist's tracks", &artists, &|id| format!("/api/tracks?limit=100&artist={id}")),
        some("an album's tracks", &albums, &|id| format!("/api/tracks?limit=100&album={id}")),
        some("a genre's albums", &genres, &|id| format!("/api/albums?limit=100&genre={id}")),
    ];
    let by_genre =
        genres.iter().cycle().take(300).map(|id| format!("/api/tracks?limit=100&genre={id}&sort={}", sort()));
    kinds.push(Kind { name: "a genre's tracks, in five orders", asked: Asked::Paths(by_genre.collect()) });
    let years =
        (0..300).map(|i| format!("/api/tracks?limit=100&year={}&sort={}", 1955 + i % 71, sorts[i % sorts.len()]));
    kinds.push(Kind { name: "a year's tracks, in five orders", asked: Asked::Paths(years.collect()) });
    Ok(kinds)
}

/// A word with one letter wrong, or one too few.
fn mistyped(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = dice.roll(letters.len());
    if dice.percent(50) || letters.len() < 4 {
        letters[at] = 'x';
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

fn searches(tags: &[Tags]) -> Vec<Kind> {
    let mut dice = Dice::new(11);
    let search = |text: &str| format!("/api/search?q={}", escaped(text));
    let letters = "abcdefghijklmnopqrstuvwxyz".chars().map(|c| search(&c.to_string()));
    let mut kinds = vec![Kind { name: "search: one letter", asked: Asked::Paths(letters.cycle().take(260).collect()) }];
    let mut some = |name, count: usize, make: &dyn Fn(&Tags, &mut Dice) -> String| {
        let paths = (0..count).map(|_| {
            let tags = &tags[dice.roll(tags.len())];
            make(tags, &mut dice)
        });
        kinds.push(Kind { name, asked: Asked::Paths(paths.collect()) });
    };
    some("search: each keystroke of a title", 1_000, &|t, dice| {
        let letters = 1 + dice.roll(14);
        search(&t.title.chars().take(letters).collect::<String>())
    });
    some("search: whole titles", 500, &|t, _| search(&t.title));
    some("search: an artist and an album", 300, &|t, _| search(&format!("{} {}", t.artists[0], t.album)));
    some("search: a mistyped word", 300, &|t, dice| {
        let word = t.title.split(' ').next().unwrap_or("x");
        search(&mistyped(word, dice))
    });
    some("search: a mistyped title", 300, &|t, dice| search(&mistyped(&t.title, dice)));
    some("search: words, fields and figures", 300, &|t, dice| {
        let start: String = t.title.chars().take(2).collect();
        search(&match dice.roll(4) {
            0 => format!("{start} year:{}.. format:flac", 1960 + dice.roll(60)),
            1 => format!("artist:{} -{start}", t.artists[0].split(' ').next().unwrap_or_default()),
            2 => format!("genre:{} year:1990s", t.genres.first().map_or("", String::as_str)),
            _ => format!("\"{}\" format:mp3", t.album),
        })
    });
    some("search: only figures", 200, &|_, dice| {
        search(&format!("year:{} format:{}", 1955 + dice.roll(71), dice.one_of(&["flac", "mp3", "ogg", "opus"])))
    });
    some("search: tracks only, 100 a page", 200, &|t, dice| {
        let letters = 1 + dice.roll(6);
        format!("{}&type=track&limit=100", search(&t.title.chars().take(letters).collect::<String>()))
    });
    some("tracks that match, by title or artist, 100 a page", 300, &|t, dice| {
        let letters = 1 + dice.roll(8);
        let typed: String = t.title.chars().take(letters).collect();
        format!("/api/tracks?limit=100&search={}&sort={}", escaped(&typed), dice.one_of(&["title", "artist"]))
    });
    // The folder that all of them lie in.
    some("a word of all tracks, more and more of it", 200, &|_, dice| {
        let typed = &"music"[..=dice.roll(5)];
        match dice.roll(3) {
            0 => search(typed),
            1 => format!("/api/tracks?limit=100&search={typed}&sort=title"),
            _ => format!("/api/tracks?limit=100&search={typed}&sort=-year"),
        }
    });
    kinds
}

/// Asks all of one kind: how long each took, milliseconds; and the processor time of the coordinator, seconds.
pub(crate) async fn ask(coordinator: &Coordinator, kind: &Kind) -> Result<(Vec<f64>, f64)> {
    // what is asked only to come to what is measured
    let mut besides = 0.0;
    let before = coordinator.usage().cpu_s;
    let mut times = Vec::new();
    let with = |path: &str, cursor: &Option<String>| match cursor {
        Some(cursor) => format!("{path}&cursor={}", escaped(cursor)),
        None => path.to_owned(),
    };
    let next = |body: &Value| body["next"].as_str().map(str::to_owned);
    match &kind.asked {
        Asked::Paths(paths) => {
            for path in paths {
                times.push(coordinator.get(path).await?.took.as_secs_f64() * 1e3);
            }
        }
        Asked::Walk { path, pages } => {
            let mut cursor = None;
            for _ in 0..*pages {
                let answer = coordinator.get(&with(path, &cursor)).await?;
                times.push(answer.took.as_secs_f64() * 1e3);
                cursor = next(&answer.body);
                if cursor.is_none() {
                    break;
                }
            }
        }
        Asked::Deep { path, pages } => {
            let far = path.replace("limit=100", "limit=1000");
            let mut cursor = None;
            for _ in 0..*pages {
                times.push(coordinator.get(&with(path, &cursor)).await?.took.as_secs_f64() * 1e3);
                let cpu = coordinator.usage().cpu_s;
                cursor = next(&coordinator.get(&with(&far, &cursor)).await?.body);
                besides += coordinator.usage().cpu_s - cpu;
                if cursor.is_none() {
                    break;
                }
            }
        }
    }
    Ok((times, coordinator.usage().cpu_s - before - besides))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_is_another_one() {
        let mut dice = Dice::new(1);
        for word in ["ночь", "lo", "Radio", "夜"] {
            for _ in 0..20 {
                assert_ne!(mistyped(word, &mut dice), word);
            }
        }
    }

    #[test]
    fn anything_can_stand_in_a_query() {
        assert_eq!(escaped("a&b é"), "a%26b%20%C3%A9");
    }
}
