//! The attributes of handlers and of types, from which the description of the interface is made.
//!
//! In the unit tests they are utoipa's, and one test makes the description and compares it with `server/openapi.json`,
//! which is what is served. Elsewhere they only make the routes.

pub use downbeat_describe::call;
#[cfg(not(test))]
pub use downbeat_describe::{IntoParams, ToSchema};
#[cfg(test)]
pub use utoipa::{IntoParams, ToSchema};

/// The description at `/api/openapi.json`.
pub const OPENAPI: &str = include_str!("../../openapi.json");

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use utoipa::OpenApi as _;

    use super::{
        super::{queue_view, router::Calls, search},
        OPENAPI,
    };

    #[derive(utoipa::OpenApi)]
    #[openapi(
        info(
            title = "Downbeat",
            description = "A fleet of headless speakers that play as one.\n\nTimes named `at` and `serverTime` are \
                           microseconds on the coordinator's monotonic clock. Errors are RFC 9457 problems with a \
                           stable `code`."
        ),
        components(schemas(queue_view::QueueState, queue_view::QueueOrder, search::SearchType)),
        tags(
            (name = "playback", description = "What a zone plays; the default zone unless another is named"),
            (name = "zones", description = "Zones, their playback and their queues"),
            (name = "presets", description = "Sets of zones that are saved and recalled"),
            (name = "speakers", description = "Speakers and what people set for them"),
            (name = "library", description = "The music"),
            (name = "playlists", description = "Lists of tracks that people made, and rules that find them"),
            (name = "history", description = "What was played where, and when"),
            (name = "health", description = "The coordinator itself"),
        )
    )]
    struct Description;

    #[test]
    fn the_description_is_what_is_there() {
        let mut description = Description::openapi();
        description.merge(Calls::openapi());
        let made = description.to_pretty_json().unwrap() + "\n";
        if env::var_os("DOWNBEAT_DESCRIBE").is_some() {
            fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &made).unwrap();
            return;
        }
        let differs = made.lines().zip(OPENAPI.lines()).position(|(made, kept)| made != kept);
        let line = differs.unwrap_or(made.lines().count().min(OPENAPI.lines().count()));
        assert!(
            made == OPENAPI,
            "server/openapi.json is not what the handlers say, from line {} on:\n  it has       {}\n  they say     {}\n\
             Make it anew with DOWNBEAT_DESCRIBE=1, and read the difference.",
            line + 1,
            OPENAPI.lines().nth(line).unwrap_or_default(),
            made.lines().nth(line).unwrap_or_default(),
        );
    }

    #[test]
    fn what_is_referred_to_is_there() {
        let description: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let references: Vec<_> =
            OPENAPI.split("\"$ref\": \"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(references.len() > 100);
        for reference in references {
            assert!(description.pointer(reference).is_some(), "{reference}");
        }
    }
}
