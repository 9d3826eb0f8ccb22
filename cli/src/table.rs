//! Tables for people. Plain columns without frames: they can be read, copied, and cut by `awk`.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets::NOTHING};

use crate::{
    model::{Album, Artist, Playlist, Speaker, Track},
    quantity::clock,
};

/// The sign for a value that is not known.
pub const UNKNOWN: &str = "-";

/// An empty table with a header; columns named with a leading `>` are aligned to the right.
pub fn new(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    // Only a terminal has a width to fit in; a file or a pipe gets whole lines.
    table.set_content_arrangement(if std::io::stdout().is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    });
    table.set_header(columns.iter().map(|name| Cell::new(name.trim_start_matches('>')).add_attribute(Attribute::Bold)));
    for (column, name) in table.column_iter_mut().zip(columns) {
        if name.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding((0, 2));
    }
    table
}

/// The table as text, without blanks at the ends of lines.
pub fn text(table: &Table) -> String {
    table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// `value` with `digits` decimals and its sign, or a dash.
pub fn signed(value: Option<f64>, digits: usize) -> String {
    match value.filter(|value| value.is_finite()) {
        // What rounds to nothing has no sign.
        Some(value) if format!("{:.digits$}", value.abs()).parse() == Ok(0.0) => format!("{:.digits$}", 0.0),
        Some(value) => format!("{value:+.digits$}"),
        None => UNKNOWN.to_owned(),
    }
}

/// `value` with `digits` decimals, or a dash.
pub fn plain(value: Option<f64>, digits: usize) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| UNKNOWN.to_owned(), |value| format!("{value:.digits$}"))
}

/// `value`, or a dash.
pub fn or_unknown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

/// The tracks, numbered from 1.
pub fn tracks(tracks: &[Track]) -> String {
    let mut table = new(&[">#", "title", "artist", "album", ">length", "format", "id"]);
    for (index, track) in tracks.iter().enumerate() {
        let title = track.title.clone().unwrap_or_else(|| UNKNOWN.to_owned());
        table.add_row([
            (index + 1).to_string(),
            match &track.fault {
                Some(fault) => format!("{title} (cannot be played: {fault})"),
                None => title,
            },
            or_unknown(track.artist.clone()),
            or_unknown(track.album.clone()),
            track.duration.map_or_else(|| UNKNOWN.to_owned(), clock),
            or_unknown(track.format.clone()),
            track.id.clone(),
        ]);
    }
    text(&table)
}

/// The albums.
pub fn albums(albums: &[Album]) -> String {
    let mut table = new(&["album", "artist", ">year", ">tracks", ">length", "id"]);
    for album in albums {
        table.add_row([
            or_unknown(album.title.clone()),
            or_unknown(album.artist.clone()),
            or_unknown(album.year),
            or_unknown(album.track_count),
            album.duration.map_or_else(|| UNKNOWN.to_owned(), clock),
            album.id.clone(),
        ]);
    }
    text(&table)
}

/// The artists.
pub fn artists(artists: &[Artist]) -> String {
    let mut table = new(&["artist", ">albums", ">tracks", "id"]);
    for artist in artists {
        table.add_row([
            or_unknown(artist.name.clone()),
            or_unknown(artist.album_count),
            or_unknown(artist.track_count),
            artist.id.clone(),
        ]);
    }
    text(&table)
}

/// The playlists.
pub fn playlists(playlists: &[Playlist]) -> String {
    let mut table = new(&["playlist", ">tracks", ">length", "rule", "id"]);
    for playlist in playlists {
        table.add_row([
            or_unknown(playlist.name.clone()),
            or_unknown(playlist.track_count),
            playlist.duration.map_or_else(|| UNKNOWN.to_owned(), clock),
            or_unknown(playlist.rule.clone().map(|rule| rule.query)),
            playlist.id.clone(),
        ]);
    }
    text(&table)
}

/// The speakers, with what is set for them.
pub fn speakers(speakers: &[Speaker]) -> String {
    let mut table = new(&["name", "zone", "class", "state", ">volume", "output", "version", "id"]);
    for speaker in speakers {
        let health = speaker.health.clone().unwrap_or_default();
        table.add_row([
            speaker.name.clone(),
            or_unknown(speaker.zone.clone()),
            or_unknown(speaker.class.clone()),
            speaker.condition().to_owned(),
            if speaker.muted { "muted".to_owned() } else { plain(speaker.volume, 0) },
            match health.output_fault {
                Some(fault) => format!("{} ({fault})", or_unknown(health.output)),
                None => or_unknown(health.output),
            },
            or_unknown(health.version),
            speaker.id.clone(),
        ]);
    }
    text(&table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(signed(Some(12.34), 1), "+12.3");
        assert_eq!(signed(Some(-0.04), 1), "0.0");
        assert_eq!(signed(None, 1), "-");
        assert_eq!(signed(Some(f64::NAN), 1), "-");
        assert_eq!(plain(Some(3.16), 1), "3.2");
    }

    #[test]
    fn a_track_that_cannot_be_played_says_why() {
        let good = Track {
            id: "a".into(),
            title: Some("Slow River".into()),
            duration: Some(65.0),
            format: Some("flac".into()),
            ..Track::default()
        };
        let bad = Track { fault: Some("empty file".into()), ..good.clone() };
        let text = tracks(&[good, bad]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1].split_whitespace().collect::<Vec<_>>(),
            ["1", "Slow", "River", "-", "-", "1:05", "flac", "a"]
        );
        assert!(lines[2].contains("Slow River (cannot be played: empty file)"));
    }

    #[test]
    fn columns_align() {
        let make =
            |name: &str| Speaker { name: name.into(), connected: true, volume: Some(70.0), ..Speaker::default() };
        let text = speakers(&[make("a"), make("a much longer name")]);
        let column = |line: &str| line.find("connected");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(column(lines[1]), column(lines[2]));
        assert!(column(lines[1]).is_some());
    }
}
