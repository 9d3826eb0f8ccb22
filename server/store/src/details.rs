//! What a file says of its track beyond what every list shows.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

static NONE: LazyLock<Arc<Details>> = LazyLock::new(Arc::default);

/// Names for sorting, the release, the work, and how its text was read. Empty where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Where the title stands in lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title_sort: String,
    /// Where the artist stands in lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub artist_sort: String,
    /// Where the album stands in lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub album_sort: String,
    /// Where the album's artist stands in lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub album_artist_sort: String,
    /// Where the composer stands in lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub composer_sort: String,
    /// True if the album has many artists.
    #[serde(skip_serializing_if = "is_false")]
    pub compilation: bool,
    /// MusicBrainz's id of the release.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub release: String,
    /// The label's number of the release.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub catalog: String,
    /// The words that tell the release from others: "Deluxe Edition".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub edition: String,
    /// The year of this release, where the tags tell it from that of the music.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_year: Option<u32>,
    /// The title of the disc.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub disc_title: String,
    /// How many tracks the disc has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_total: Option<u32>,
    /// How many discs the album has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_total: Option<u32>,
    /// The composers, each by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub composers: Vec<String>,
    /// The piece of which it is a part.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub work: String,
    /// The name of the part.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub movement: String,
    /// The number of the part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement_no: Option<u32>,
    /// How many parts the piece has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement_total: Option<u32>,
    /// The encoding of its texts, where the file does not say it and it was guessed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub charset_guessed: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Details {
    /// Nothing said.
    pub fn none() -> Arc<Self> {
        Arc::clone(&NONE)
    }

    /// The same, shared with all that say nothing.
    pub fn shared(self) -> Arc<Self> {
        if self == **NONE { Self::none() } else { Arc::new(self) }
    }

    /// As it is kept; `None`: it says nothing.
    pub(crate) fn json(&self) -> Option<String> {
        if *self == **NONE { None } else { serde_json::to_string(self).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_kept_once_and_not_written() {
        assert!(Arc::ptr_eq(&Details::default().shared(), &Details::none()));
        assert_eq!(Details::default().json(), None);
        let details = Details { work: "W".into(), movement_no: Some(2), compilation: true, ..Details::default() };
        let json = details.json().unwrap();
        assert_eq!(json, r#"{"compilation":true,"work":"W","movement_no":2}"#);
        assert_eq!(serde_json::from_str::<Details>(&json).unwrap(), details);
    }
}
