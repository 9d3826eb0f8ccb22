//! The refusals that follow from the form of a call. A handler's attribute names those that are its own.

use std::collections::{BTreeMap, BTreeSet};

use downbeat_trust::rights::{Guests, Right};
use serde_json::Value;

use super::super::{need::Need, router::need_of, turns};

/// Codes of problems by their status.
pub(super) type Refusals = BTreeMap<u16, BTreeSet<String>>;

/// Calls that write nothing on the disk.
const NOTHING_KEPT: [&str; 7] = [
    "scan_library",
    "rescan_library",
    "identify_speaker",
    "set_metronome",
    "begin_calibration",
    "end_calibration",
    "create_setup_link",
];

/// The code of a path's part that names nothing, by the beginning of the path.
const NOT_FOUND: [(&str, &str); 15] = [
    ("/api/zones/", "zone_not_found"),
    ("/api/presets/", "preset_not_found"),
    ("/api/speakers/", "speaker_not_found"),
    ("/api/tracks/", "track_not_found"),
    ("/api/albums/", "album_not_found"),
    ("/api/composers/", "composer_not_found"),
    ("/api/artists/", "artist_not_found"),
    ("/api/folders/", "folder_not_found"),
    ("/api/playlists/", "playlist_not_found"),
    ("/api/edits/", "edit_not_found"),
    ("/api/books/", "book_not_found"),
    ("/api/covers/", "no_cover"),
    ("/api/library/uploads/", "upload_not_found"),
    ("/api/users/", "user_not_found"),
    ("/api/tokens/", "token_not_found"),
];

/// The refusals of a call of this form.
pub(super) fn of(method: &str, path: &str, call: &Value) -> Refusals {
    let id = call["operationId"].as_str().unwrap_or_default();
    let parameters = call["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let has = |place: &str| parameters.iter().any(|p| p["in"] == place);
    let named = |name: &str| parameters.iter().any(|p| p["name"] == name);
    let json = !call["requestBody"]["content"]["application/json"].is_null();
    let changes = method != "get";
    let mut refusals = Refusals::new();
    let mut add = |status: u16, code: &str| _ = refusals.entry(status).or_default().insert(code.to_owned());

    if let Some(need) = need_of(method, path) {
        by_right(need, &mut add);
    }
    add(403, "unknown_host");
    add(403, "foreign_site");
    if path.starts_with("/media/") {
        return refusals;
    }
    add(500, "storage_failed");
    if changes {
        add(500, "internal");
    }
    if has("path") {
        add(404, "route_not_found");
        for (_, code) in NOT_FOUND.iter().filter(|(begin, _)| path.starts_with(begin)) {
            add(404, code);
        }
    }
    if has("query") || json {
        add(422, "invalid_field");
    }
    if json {
        add(413, "body_too_large");
        add(415, "unsupported_charset");
        add(415, "unsupported_encoding");
    }
    if !call["requestBody"].is_null() || method == "post" {
        add(408, "body_timeout");
    }
    if method.to_uppercase().parse().is_ok_and(|method| turns::costs_work(&method, path)) {
        add(503, "too_busy");
    }
    if method == "post" && !matches!(id, "restore" | "preview_restore" | "backup") {
        add(409, "idempotency_outcome_unknown");
        add(413, "body_too_large");
        add(422, "idempotency_key_reused");
        add(422, "invalid_field");
    }
    if named("If-Match") {
        add(412, "precondition_failed");
    }
    let conductors = ["/api/playback/", "/api/zones", "/api/presets", "/api/speakers"];
    if changes && conductors.iter().any(|begin| path.starts_with(begin)) {
        add(503, "stopping");
    }
    if changes && !NOTHING_KEPT.contains(&id) {
        add(507, "disk_full");
        if conductors.iter().any(|begin| path.starts_with(begin)) {
            add(507, "not_kept");
        }
    }
    refusals
}

/// The refusals of callers that may not.
fn by_right(need: Need, add: &mut impl FnMut(u16, &str)) {
    let row = need.right.row();
    add(401, "invalid_credentials");
    add(401, "password_again");
    add(403, "tls_required");
    if row.nobody {
        return;
    }
    add(401, "login_required");
    for code in ["role_required", "scope_missing", "speaker_not_allowed", "out_of_bounds"] {
        add(403, code);
    }
    if row.guests != Guests::No {
        add(429, "over_budget");
    }
    if row.guests == Guests::OpenZones {
        add(401, "zone_closed");
    }
    if matches!(need.right, Right::Volume | Right::Arrange) {
        add(403, "too_loud");
    }
}

/// The codes that a description names, in backticks.
pub(super) fn named_in(description: &str) -> impl Iterator<Item = String> {
    let codes = description.split('`').skip(1).step_by(2);
    codes.filter(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).map(str::to_owned)
}
