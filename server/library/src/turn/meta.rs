//! Tags of files that no reader of tags here knows, as ffmpeg writes them down.

use crate::{separators::Separators, tags::Tags};

/// No text of tags is longer, bytes.
pub(crate) const MOST: u64 = 256 * 1024;

/// The tags in a text of ffmpeg's own form: a line for each, of a name, a sign of equality and a value, in which some
/// signs follow a backslash.
pub(crate) fn read(text: &str, separators: &Separators) -> Tags {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut signs = text.chars();
    let (mut name, mut value, mut is_value, mut is_comment) = (String::new(), String::new(), false, false);
    loop {
        let sign = signs.next();
        match sign {
            Some('\n') | None => {
                let pair = (std::mem::take(&mut name), std::mem::take(&mut value));
                if is_value && !is_comment {
                    pairs.push(pair);
                }
                (is_value, is_comment) = (false, false);
                if sign.is_none() {
                    break;
                }
            }
            Some(';' | '#') if name.is_empty() && !is_value => is_comment = true,
            // A part of the file with tags of its own: a chapter, a stream.
            Some('[') if name.is_empty() && !is_value => break,
            Some('=') if !is_value => is_value = true,
            Some(sign) => {
                let sign = if sign == '\\' { signs.next().unwrap_or('\\') } else { sign };
                if is_value { value.push(sign) } else { name.push(sign) }
            }
        }
    }
    Tags::of_pairs(pairs, separators)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ffmpeg_s_own_form_is_read() {
        let text = ";FFMETADATA1\nTitle=Hé\\=x\\\nnext\nartist=A\\;B\nalbum_artist=Various\nalbum=Al\ntrack=3/12\n\
                    date=1999-05-01\ngenre=Polka\nencoder=Lavf\n[CHAPTER]\ntitle=no\n";
        let read = |text: &str| read(text, &Separators::default());
        let tags = read(text);
        assert_eq!(
            (tags.title.as_str(), tags.album.as_str(), tags.album_artist.as_str()),
            ("Hé=x next", "Al", "Various")
        );
        assert_eq!((tags.track_no, tags.year, tags.genre.as_str()), (Some(3), Some(1999), "Polka"));
        assert_eq!(tags.artists, ["A;B"]);
        assert_eq!(read("nonsense"), Tags::default());
        assert_eq!(read("\\"), Tags::default());
    }
}
