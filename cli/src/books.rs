//! `downbeat books`: books that were begun, and where each goes on.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::{
    args::Books,
    error::CliError,
    quantity::clock,
    table,
    task::{Task, print_json},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct List {
    books: Vec<Book>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Book {
    id: String,
    title: String,
    author: String,
    chapters: u64,
    duration: f64,
    places: Vec<Place>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Place {
    chapter: u64,
    book_position: f64,
    zone: Option<String>,
}

impl Book {
    /// "3:12:05, chapter 7 of 20".
    fn place(&self) -> String {
        let Some(place) = self.places.first() else { return String::new() };
        let chapter =
            if self.chapters > 1 { format!(", chapter {} of {}", place.chapter, self.chapters) } else { String::new() };
        format!("{}{chapter}", clock(place.book_position))
    }
}

impl Task<'_> {
    pub(crate) async fn books(&self, what: Option<&Books>, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.send(Method::GET, "books", &[], None).await?;
        let Some(what) = what else {
            if self.args.json {
                return print_json(out, &answer);
            }
            let books = self.client.read::<List>(answer)?.books;
            if books.is_empty() {
                return Ok(writeln!(out, "No book was begun.")?);
            }
            let mut lines = table::new(&[">#", "BOOK", "AUTHOR", "GOES ON AT", ">LENGTH", "LEFT IN"]);
            for (i, book) in books.iter().enumerate() {
                let zones: Vec<_> = book.places.iter().filter_map(|place| place.zone.as_deref()).collect();
                lines.add_row([
                    (i + 1).to_string(),
                    book.title.clone(),
                    book.author.clone(),
                    book.place(),
                    clock(book.duration),
                    zones.join(", "),
                ]);
            }
            return Ok(write!(out, "{}", table::text(&lines))?);
        };
        let books = self.client.read::<List>(answer)?.books;
        match what {
            Books::Resume { book } => {
                let book = pick(&books, book)?;
                let answer = self.client.transport("play", json!({ "book": book.id })).await?;
                self.say(out, &answer, &format!("Going on with {} at {}", book.title, book.place()))
            }
            Books::Forget { book } => {
                let book = pick(&books, book)?;
                let answer = self.client.call(Method::DELETE, &["books", &book.id], None).await?;
                self.say(out, &answer, &format!("{} begins anew", book.title))
            }
        }
    }
}

/// The book of this number, or the one whose title and author have all these words; without any, the latest.
fn pick<'a>(books: &'a [Book], words: &[String]) -> Result<&'a Book, CliError> {
    if let [number] = words
        && let Ok(number) = number.parse::<usize>()
        && let Some(book) = number.checked_sub(1).and_then(|i| books.get(i))
    {
        return Ok(book);
    }
    let words: Vec<String> = words.iter().flat_map(|word| word.split_whitespace()).map(str::to_lowercase).collect();
    let fits = |book: &&Book| {
        let text = format!("{} {}", book.title, book.author).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut found = books.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(book), None) => Ok(book),
        (Some(book), Some(_)) if words.is_empty() => Ok(book),
        (Some(one), Some(other)) => Err(CliError::NotFound(format!(
            "several books match: {}, {}; say more of the title",
            one.title, other.title
        ))),
        (None, _) => Err(CliError::NotFound("no book that was begun matches; `downbeat books` lists them".into())),
    }
}
