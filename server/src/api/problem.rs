//! Errors as RFC 9457 problems: a stable `code` for programs, a sentence for people, and the field if one is to blame.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    describe::ToSchema,
    etag::{self, ETag},
    json::Json,
};
use crate::{
    access::{LoginError, PeopleError},
    conductor::ConductorError,
    control::{ChoiceError, PlayError},
    shortened::{MAX_DETAIL_BYTES, shortened},
};
use downbeat_library::selection::SelectionError;
use downbeat_store::{PresetError, SpeakerError, StoreError, UserError, ZoneError};
use downbeat_trust::{password::PasswordError, rights::Denied, tokens::TokenError};
use downbeat_zone::Refusal;

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    /// Seconds after which it may be asked again.
    after: Option<u64>,
    current: Option<Box<(serde_json::Value, ETag)>>,
}

/// The code of an answer that is a problem, for those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemCode(pub &'static str);

/// The body of every answer that is an error, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Names the kind of problem: `urn:downbeat:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words, always the same for a code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This case, for people, with what to do.
    pub detail: String,
    /// Stable, for programs.
    pub code: String,
    /// The field of the request that is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// `precondition_failed`: the resource as it is now; its type is described by [`Changed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub current: Option<serde_json::Value>,
}

/// The problem `precondition_failed`: another change came first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Changed<T> {
    /// The problem.
    #[serde(flatten)]
    pub problem: ProblemBody,
    /// The resource as it is now. The answer's `ETag` is its version.
    pub current: T,
}

impl From<Problem> for ProblemBody {
    fn from(problem: Problem) -> Self {
        let mut title = problem.code.replace('_', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind: format!("urn:downbeat:problem:{}", problem.code),
            title,
            status: problem.status.as_u16(),
            detail: problem.detail,
            code: problem.code.to_owned(),
            field: problem.field,
            current: problem.current.map(|c| c.0),
        }
    }
}

impl Problem {
    /// A problem with this code. A detail that quotes a long text is cut.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = shortened(&detail.into(), MAX_DETAIL_BYTES);
        Self { status, code, detail, field: None, after: None, current: None }
    }

    /// The same, with the resource as it is now and its version.
    #[must_use]
    pub fn with_current(self, current: serde_json::Value, tag: ETag) -> Self {
        Self { current: Some(Box::new((current, tag))), ..self }
    }

    /// The same, to be asked again after so many seconds.
    #[must_use]
    pub fn again_after(self, seconds: u64) -> Self {
        Self { after: Some(seconds), ..self }
    }

    /// Its code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// This case, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The field of the request that is to blame.
    pub fn blamed(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The same, with the field of the request that is to blame.
    #[must_use]
    pub fn blaming(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    /// The same, blaming no field: what is wrong stands in the path.
    #[must_use]
    pub fn in_path(self) -> Self {
        Self { field: None, ..self }
    }

    /// The same, with the things that it is about.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        let detail = shortened(&format!("{}: {what}", self.detail), MAX_DETAIL_BYTES);
        Self { detail, ..self }
    }

    /// A field of the request has a value that cannot be.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail);
        Self { field: Some(shortened(&field.into(), MAX_DETAIL_BYTES)), ..problem }
    }

    /// No track has this id.
    pub fn unknown_track(id: &str) -> Self {
        let detail = format!("there is no track {id:?}; GET /api/tracks lists those there are");
        Self { field: Some("trackId".into()), ..Self::new(StatusCode::NOT_FOUND, "track_not_found", detail) }
    }

    /// The track is known and cannot be played.
    pub fn unplayable(title: &str, reason: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "track_unplayable", format!("{title:?} cannot be played: {reason}"))
    }

    /// An `at` beyond what is possible for this.
    pub fn at_too_far(seconds: i64) -> Self {
        let detail = format!("here an instant lies at most {seconds} seconds ahead");
        Self { field: Some("at".into()), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "at_too_far", detail) }
    }

    /// In clear what is answered over https only.
    pub fn tls_required(address: &str) -> Self {
        let detail = format!(
            "this is answered over https only: {address}. A browser warns of the certificate unless the coordinator's CA \
             was installed; the page /trust says how"
        );
        Self::new(StatusCode::FORBIDDEN, "tls_required", detail)
    }

    /// A path that declares no right.
    pub fn undeclared() -> Self {
        Self::new(StatusCode::FORBIDDEN, "right_undeclared", "nobody may ask for this: it declares no right")
    }

    /// A WebSocket was asked for as if it were none.
    pub fn no_upgrade(what: &str, why: &str) -> Self {
        let detail = format!(
            "{what}: {why}. If a reverse proxy is between, it does not pass WebSockets on: in nginx say \
             proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade and proxy_set_header Connection \"upgrade\""
        );
        Self::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
    }

    /// The speaker would have to be there.
    pub fn speaker_away() -> Self {
        Self::new(StatusCode::CONFLICT, "speaker_not_connected", "the speaker is not connected")
    }

    /// No speaker has this id.
    pub fn unknown_speaker(id: &str) -> Self {
        let detail = format!("there is no speaker {id:?}; GET /api/speakers lists those there are");
        Self::new(StatusCode::NOT_FOUND, "speaker_not_found", detail)
    }
}

/// Beside an answer that tells of a fault: what was asked for is done all the same, and must not be done again.
#[derive(Debug, Clone, Copy)]
pub struct InForce;

/// Beside an answer that shows a secret: it is shown once, and kept nowhere.
#[derive(Debug, Clone, Copy)]
pub struct Secretive;

/// In force, but not on disk.
const NOT_KEPT: &str = "not_kept";

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let tag = self.current.as_ref().map(|c| c.1.clone());
        let code = self.code;
        let unauthorized = self.status == StatusCode::UNAUTHORIZED;
        let after = self.after.unwrap_or(1);
        let again = matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let mut response = (self.status, Json(ProblemBody::from(self))).into_response();
        if let Some(tag) = tag {
            etag::mark(response.headers_mut(), &tag);
        }
        response.extensions_mut().insert(ProblemCode(code));
        if code == NOT_KEPT {
            response.extensions_mut().insert(InForce);
        }
        if unauthorized {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if again {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after));
        }
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        let detail = error.to_string();
        match error {
            LoginError::Wrong => Self::new(StatusCode::UNAUTHORIZED, "wrong_password", detail),
            LoginError::Wait(time) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "wait", detail).again_after(time.as_secs().max(1))
            }
            LoginError::People(error) => error.into(),
        }
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        let detail = error.to_string();
        let conflict = |code| Self::new(StatusCode::CONFLICT, code, detail.clone());
        match error {
            PeopleError::NoUser(_) => Self::new(StatusCode::NOT_FOUND, "user_not_found", detail),
            PeopleError::NoToken(_) => Self::new(StatusCode::NOT_FOUND, "token_not_found", detail),
            PeopleError::Name | PeopleError::Token(TokenError::Name) => Self::field("name", detail),
            PeopleError::TooMany => conflict("too_many_users"),
            PeopleError::Password(PasswordError::Busy) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_logins", detail)
            }
            PeopleError::Password(PasswordError::Length | PasswordError::Common) => Self::field("password", detail),
            PeopleError::Password(PasswordError::System(_))
            | PeopleError::Random(_)
            | PeopleError::Token(TokenError::Random(_)) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
            PeopleError::Token(TokenError::Days) => Self::field("days", detail),
            PeopleError::Token(TokenError::NameTaken(_)) | PeopleError::User(UserError::NameTaken(_)) => {
                conflict("name_taken").blaming("name")
            }
            PeopleError::Token(TokenError::TooMany) => conflict("too_many_tokens"),
            PeopleError::User(UserError::LastAdmin(_)) => conflict("last_admin"),
            PeopleError::User(UserError::Store(error)) | PeopleError::Store(error) => error.into(),
            PeopleError::Setup => Self::new(StatusCode::UNAUTHORIZED, "setup_link_invalid", detail),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let mut detail = denied.to_string();
        if matches!(denied, Denied::Login | Denied::ClosedZone | Denied::PasswordAgain) {
            detail.push_str(": open /login over https, or run `downbeat login`");
        }
        let (status, code) = match denied {
            Denied::Login => (StatusCode::UNAUTHORIZED, "login_required"),
            Denied::ClosedZone => (StatusCode::UNAUTHORIZED, "zone_closed"),
            Denied::PasswordAgain => (StatusCode::UNAUTHORIZED, "password_again"),
            Denied::Role(_) => (StatusCode::FORBIDDEN, "role_required"),
            Denied::Bound => (StatusCode::FORBIDDEN, "out_of_bounds"),
            Denied::Scope(_) => (StatusCode::FORBIDDEN, "scope_missing"),
            Denied::Speaker => (StatusCode::FORBIDDEN, "speaker_not_allowed"),
        };
        Self::new(status, code, detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::QueueEmpty => Self::new(StatusCode::CONFLICT, "queue_empty", detail),
            Refusal::NothingPlaying => Self::new(StatusCode::CONFLICT, "nothing_playing", detail),
            Refusal::NoSuchEntry(_) => Self::new(StatusCode::NOT_FOUND, "entry_not_found", detail),
            Refusal::Unplayable { .. } => Self::new(StatusCode::CONFLICT, "track_unplayable", detail),
            Refusal::PastEnd { .. } => Self::field("position", detail),
            Refusal::BadLoop { .. } => Self::field("loop", detail),
            Refusal::QueueFull { .. } => Self::new(StatusCode::CONFLICT, "queue_full", detail),
            Refusal::TooMuchPending { .. } => Self::new(StatusCode::CONFLICT, "too_much_pending", detail),
        }
    }
}

impl From<ConductorError> for Problem {
    fn from(error: ConductorError) -> Self {
        let detail = error.to_string();
        match error {
            ConductorError::Refused(refusal) => refusal.into(),
            ConductorError::Store(error)
            | ConductorError::Zone(ZoneError::Store(error))
            | ConductorError::Preset(PresetError::Store(error))
            | ConductorError::Speaker(SpeakerError::Store(error)) => error.into(),
            ConductorError::Zone(ZoneError::NameTaken(_))
            | ConductorError::Preset(PresetError::NameTaken(_))
            | ConductorError::SpeakerNameTaken { .. } => {
                Self { field: Some("name".into()), ..Self::new(StatusCode::CONFLICT, "name_taken", detail) }
            }
            ConductorError::Zone(ZoneError::Default) => Self::new(StatusCode::CONFLICT, "default_zone", detail),
            ConductorError::Speaker(SpeakerError::NoSuchZone(_)) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "storage_failed", detail)
            }
            ConductorError::UnknownZone(_) => {
                let detail = format!("{detail}; GET /api/zones lists those there are");
                Self { field: Some("zone".into()), ..Self::new(StatusCode::NOT_FOUND, "zone_not_found", detail) }
            }
            ConductorError::UnknownSpeaker(id) => Self::unknown_speaker(&id.to_string()),
            ConductorError::NoSuchSpeaker(name) => Self::unknown_speaker(&name),
            ConductorError::AmbiguousSpeaker(..) => Self::new(StatusCode::CONFLICT, "speaker_ambiguous", detail),
            ConductorError::UnknownPreset(_) => {
                let detail = format!("{detail}; GET /api/presets lists those there are");
                Self::new(StatusCode::NOT_FOUND, "preset_not_found", detail)
            }
            ConductorError::Changed => Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", detail),
            ConductorError::BoundsCross(_) => Self::field("minVolume", detail),
            ConductorError::Label(_) => Self::field("labels", detail),
            ConductorError::ReservedName(_) => Self::field("name", detail),
            ConductorError::NotKept(_) => Self::new(StatusCode::INSUFFICIENT_STORAGE, NOT_KEPT, detail),
            ConductorError::NotGone(_) | ConductorError::SpeakerConnected(_) => {
                Self::new(StatusCode::CONFLICT, "speaker_connected", detail)
            }
            ConductorError::TooMany { what, .. } => {
                let code = match what {
                    "zones" => "too_many_zones",
                    "presets" => "too_many_presets",
                    "queue entries" => "too_many_queue_entries",
                    _ => "too_many_speakers",
                };
                Self::new(StatusCode::CONFLICT, code, detail)
            }
            ConductorError::TooManyNewcomers | ConductorError::TooOften(_) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_often", detail)
            }
            ConductorError::Copied => Self::new(StatusCode::CONFLICT, "speaker_connected", detail),
            ConductorError::Calibrates(_) => Self::new(StatusCode::CONFLICT, "calibration_running", detail),
            ConductorError::NobodyToCalibrate(_) => Self::new(StatusCode::CONFLICT, "no_speakers", detail),
            ConductorError::TooManyToCalibrate { .. } => Self::new(StatusCode::CONFLICT, "too_many_at_once", detail),
            ConductorError::Stopping => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail),
        }
    }
}

impl From<ChoiceError> for Problem {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::NoTracks => Self::field("trackIds", error.to_string()),
            ChoiceError::UnknownTrack(id) => Self::unknown_track(&id),
            ChoiceError::Unplayable { title, reason } => Self::unplayable(&title, &reason),
            ChoiceError::Selection(error) => error.into(),
        }
    }
}

impl From<PlayError> for Problem {
    fn from(error: PlayError) -> Self {
        match error {
            PlayError::Choice(error) => error.into(),
            PlayError::StartPastEnd { .. } => Self::field("startIndex", error.to_string()),
            PlayError::Conductor(error) => error.into(),
        }
    }
}

impl From<SelectionError> for Problem {
    fn from(error: SelectionError) -> Self {
        let detail = error.to_string();
        match error {
            SelectionError::UnknownTrack(id) => Self::unknown_track(&id.to_string()),
            SelectionError::Index(error) => error.into(),
            SelectionError::Nothing { what, .. } => {
                let field = Some(if what == "track for" { "search" } else { what }.to_owned());
                Self { field, ..Self::new(StatusCode::NOT_FOUND, "nothing_found", detail) }
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::Full { .. } => Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "storage_failed", detail),
        }
    }
}

/// Every path that is none.
pub async fn no_route(uri: axum::http::Uri) -> Problem {
    let detail = format!("there is nothing at {}; /api/openapi.json lists what there is", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "route_not_found", detail)
}

/// Every method that a path does not have.
pub async fn no_method(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}
