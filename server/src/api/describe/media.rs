//! Files, which the interface's table of calls does not have: `/media/{hash}` is answered to speakers too.

use super::super::problem::ProblemBody;

/// A file of the library, by the hash of its bytes (`hash` of a track). It never changes and may be kept for ever.
#[utoipa::path(get, path = "/media/{hash}", operation_id = "get_media", tag = "library",
    params(("hash" = String, Path, description = "`hash` of a track", pattern = "^[0-9a-f]{64}$"),
           ("Range" = Option<String>, Header, description = "One range of bytes; several are answered with the whole"),
           ("If-Range" = Option<String>, Header, description = "The ETag for which the range is meant"),
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, description = "The whole file; its type follows from its format", content(
                  (String = "application/octet-stream"), (String = "audio/aac"), (String = "audio/aiff"),
                  (String = "audio/flac"), (String = "audio/mp4"), (String = "audio/mpeg"), (String = "audio/ogg"),
                  (String = "audio/wav"))),
              (status = 206, description = "The part of the file that was asked for", content(
                  (String = "application/octet-stream"), (String = "audio/aac"), (String = "audio/aiff"),
                  (String = "audio/flac"), (String = "audio/mp4"), (String = "audio/mpeg"), (String = "audio/ogg"),
                  (String = "audio/wav"))),
              (status = 304),
              (status = 404, body = ProblemBody, description = "`media_not_found`, `media_unavailable`"),
              (status = 409, body = ProblemBody, description = "`media_changed`"),
              (status = 416, body = ProblemBody, description = "`media_out_of_range`")))]
#[expect(dead_code, reason = "the description is made of its attributes")]
fn media() {}

#[derive(utoipa::OpenApi)]
#[openapi(paths(media))]
pub(super) struct Media;
