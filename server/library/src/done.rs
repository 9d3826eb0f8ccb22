//! The bits of [`TrackRow::done`](crate::TrackRow): the work that was done for a track in the background.

/// Its picture was looked for.
pub(super) const COVER_DONE: u32 = 1;
/// Its sound was listened to.
pub(super) const SOUND_DONE: u32 = 2;
/// Beside [`COVER_DONE`], and cleared with it: its picture is the one in its own file. Equal pictures are kept once,
/// wherever they are, so that only the track can say.
pub(super) const COVER_OWN: u32 = 4;
/// Its file is of a kind that has no decoder here, or no whole one: ffmpeg is to turn it. [`TrackRow::source`] says
/// that this was done.
///
/// [`TrackRow::source`]: crate::TrackRow::source
pub(super) const TO_TURN: u32 = 8;
/// Beside [`TO_TURN`]: ffmpeg could not, and it was the file's fault.
pub(super) const TURN_FAILED: u32 = 16;
