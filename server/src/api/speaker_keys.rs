//! The speakers' keys: `/api/speaker-keys`. Those that wait to be adopted, and what was decided about the others.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use downbeat_identity::{Fingerprint, pairing::Code};
use downbeat_trust::rights::SpeakerState;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath},
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    told::Told,
};
use crate::register::{Decided, KeyRecord, RegisterError};

/// The state of a speaker's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SpeakerKeyState)]
pub enum KeyStateView {
    /// It waits for a person.
    Pending,
    /// It is the coordinator's own.
    Adopted,
    /// A person said no.
    Refused,
    /// It was the coordinator's own.
    Revoked,
}

impl From<SpeakerState> for KeyStateView {
    fn from(state: SpeakerState) -> Self {
        match state {
            SpeakerState::Pending => Self::Pending,
            SpeakerState::Adopted => Self::Adopted,
            SpeakerState::Refused => Self::Refused,
            SpeakerState::Revoked => Self::Revoked,
        }
    }
}

/// The key of a speaker, and all that is known of it. Of one that waits, all but key, code and address is a claim.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SpeakerKey)]
pub struct KeyView {
    /// The fingerprint of the key, 64 hexadecimal digits; null: a new speaker that does not encrypt, and cannot be
    /// adopted before its agent is upgraded.
    pub key: Option<String>,
    /// The state.
    pub state: KeyStateView,
    /// The name, as claimed, or as it was when it was decided.
    pub name: String,
    /// The speaker that it speaks for, or claims to be.
    pub speaker: Option<Uuid>,
    /// The code that the speaker shows, too, while it waits.
    pub code: Option<String>,
    /// The address that it waits at.
    pub address: Option<String>,
    /// True if it is connected.
    pub connected: bool,
    /// True if the code was compared, or a join token let it in.
    pub verified: bool,
    /// By whom it was decided.
    pub decided_by: Option<String>,
    /// The join token that let it in.
    pub join_token: Option<Uuid>,
    /// True if another key speaks for the same speaker, or claims to.
    pub disputed: bool,
}

impl From<KeyRecord> for KeyView {
    fn from(record: KeyRecord) -> Self {
        Self {
            key: record.key.map(|key| key.to_string()),
            state: record.state.into(),
            name: record.name,
            speaker: record.speaker.map(|id| id.0),
            code: record.code.map(|code| code.to_string()),
            address: record.address,
            connected: record.here,
            verified: record.verified,
            decided_by: Some(record.decided_by).filter(|by| !by.is_empty()),
            join_token: record.join_token,
            disputed: record.disputed,
        }
    }
}

/// All keys.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SpeakerKeyList)]
pub struct KeyList {
    /// Those that wait, then the others by name.
    pub keys: Vec<KeyView>,
}

/// The result of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SpeakerKeyDecision)]
pub struct DecisionView {
    /// The fingerprint of the key.
    pub key: String,
    /// The name.
    pub name: String,
    /// The state from now on.
    pub state: KeyStateView,
    /// True if the code was compared, or a join token let it in.
    pub verified: bool,
}

impl From<Decided> for DecisionView {
    fn from(decided: Decided) -> Self {
        let Decided { key, name, before: _, state, verified } = decided;
        Self { key: key.to_string(), name, state: state.into(), verified }
    }
}

/// The speaker that is adopted: by its code, by its key, or by both.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = AdoptRequest)]
pub struct AdoptRequest {
    /// The code that the speaker shows, `K7QX-3M9D`. Without it nobody knows that no one stands between.
    #[serde(default)]
    code: Option<String>,
    /// The fingerprint of the key.
    #[serde(default)]
    key: Option<String>,
}

/// The keys of all speakers, those that wait to be adopted first.
#[call(get, path = "/api/speaker-keys", right = adopt, operation_id = "list_speaker_keys", tag = "speakers",
    responses((status = 200, body = KeyList)))]
pub async fn list(State(api): State<Api>) -> Json<KeyList> {
    Json(KeyList { keys: api.gateway.register.list().into_iter().map(KeyView::from).collect() })
}

/// Adopt a speaker that waits. By its code, which is looked for at the speaker itself; or by its key, which trusts that
/// nobody stands between.
#[call(post, path = "/api/speaker-keys/adopt", right = adopt, operation_id = "adopt_speaker", tag = "speakers",
    request_body = AdoptRequest,
    responses((status = 200, body = DecisionView),
              (status = 404, body = ProblemBody, description = "`speaker_key_not_found`, `code_not_found`"),
              (status = 409, body = ProblemBody, description = "`code_needed`, `speaker_key_state`")))]
pub async fn adopt(State(api): State<Api>, Body(request): Body<AdoptRequest>) -> Result<Decision, Problem> {
    let code = request.code.as_deref().map(str::parse::<Code>).transpose();
    let code = code.map_err(|error| Problem::field("code", error.to_string()))?;
    let register = &api.gateway.register;
    let key = match (request.key, code) {
        (Some(key), _) => key.parse::<Fingerprint>().map_err(|error| Problem::field("key", error.to_string()))?,
        (None, Some(code)) => register.by_code(code)?,
        (None, None) => return Err(Problem::field("code", "say the code that the speaker shows, or its key")),
    };
    Ok(decision(register.adopt(key, code, by(&api)).await?))
}

/// Refuse a speaker that waits: it is told so, and comes back in an hour at the earliest.
#[call(post, path = "/api/speaker-keys/{key}/refuse", right = adopt, operation_id = "refuse_speaker", tag = "speakers",
    params(("key" = String, Path, description = "The fingerprint of the key")),
    responses((status = 200, body = DecisionView),
              (status = 404, body = ProblemBody, description = "`speaker_key_not_found`"),
              (status = 409, body = ProblemBody, description = "`speaker_key_state`")))]
pub async fn refuse(State(api): State<Api>, InPath(key): InPath<String>) -> Result<Decision, Problem> {
    Ok(decision(api.gateway.register.refuse(in_path(&key)?, by(&api)).await?))
}

/// End the adoption of a speaker: its connection and its downloads end at once.
#[call(post, path = "/api/speaker-keys/{key}/revoke", right = adopt, operation_id = "revoke_speaker", tag = "speakers",
    params(("key" = String, Path, description = "The fingerprint of the key, or the id or name of its speaker")),
    responses((status = 200, body = DecisionView),
              (status = 404, body = ProblemBody, description = "`speaker_key_not_found`, `speaker_not_found`"),
              (status = 409, body = ProblemBody, description = "`speaker_key_state`, `speaker_ambiguous`")))]
pub async fn revoke(State(api): State<Api>, InPath(key): InPath<String>) -> Result<Decision, Problem> {
    let register = &api.gateway.register;
    let key = match key.parse() {
        Ok(key) => key,
        Err(_) => register.key_of(api.conductor.find_speaker(&key)?).ok_or(RegisterError::Unknown)?,
    };
    Ok(decision(register.revoke(key, by(&api)).await?))
}

/// Let a speaker ask again that was refused or revoked.
#[call(post, path = "/api/speaker-keys/{key}/forgive", right = adopt, operation_id = "forgive_speaker",
    tag = "speakers",
    params(("key" = String, Path, description = "The fingerprint of the key")),
    responses((status = 204),
              (status = 404, body = ProblemBody, description = "`speaker_key_not_found`"),
              (status = 409, body = ProblemBody, description = "`speaker_key_state`")))]
pub async fn forgive(State(api): State<Api>, InPath(key): InPath<String>) -> Result<StatusCode, Problem> {
    api.gateway.register.forgive(in_path(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a speaker that waits chirp, to find it.
#[call(post, path = "/api/speaker-keys/{key}/identify", right = adopt, operation_id = "identify_pending_speaker",
    tag = "speakers",
    params(("key" = String, Path, description = "The fingerprint of the key")),
    responses((status = 204),
              (status = 404, body = ProblemBody, description = "`speaker_key_not_found`"),
              (status = 409, body = ProblemBody, description = "`speaker_not_connected`")))]
pub async fn identify(State(api): State<Api>, InPath(key): InPath<String>) -> Result<StatusCode, Problem> {
    api.gateway.register.beep(in_path(&key)?)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's name, as the one that decided.
pub(super) fn by(api: &Api) -> &str {
    api.caller().name()
}

/// A decision, and its line in the audit.
type Decision = (Extension<Told>, Json<DecisionView>);

fn decision(decided: Decided) -> Decision {
    let told = Told {
        target: format!("{} ({})", decided.name, decided.key),
        before: word(decided.before).to_owned(),
        after: format!("{}{}", word(decided.state), if decided.verified { ", verified" } else { "" }),
    };
    (Extension(told), Json(decided.into()))
}

fn word(state: SpeakerState) -> &'static str {
    match state {
        SpeakerState::Pending => "pending",
        SpeakerState::Adopted => "adopted",
        SpeakerState::Refused => "refused",
        SpeakerState::Revoked => "revoked",
    }
}

fn in_path(key: &str) -> Result<Fingerprint, Problem> {
    key.parse().map_err(|_| RegisterError::Unknown.into())
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        let detail = error.to_string();
        match error {
            RegisterError::Unknown => Self::new(StatusCode::NOT_FOUND, "speaker_key_not_found", detail),
            RegisterError::NoCode => Self::new(StatusCode::NOT_FOUND, "code_not_found", detail),
            RegisterError::CodeNeeded => Self::new(StatusCode::CONFLICT, "code_needed", detail),
            RegisterError::Step(_) => Self::new(StatusCode::CONFLICT, "speaker_key_state", detail),
            RegisterError::Away => Self::new(StatusCode::CONFLICT, "speaker_not_connected", detail),
            RegisterError::Numbers => Self::field("uses", detail),
            RegisterError::Address(_) => Self::field("address", detail),
            RegisterError::Join(_) | RegisterError::Random(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
            RegisterError::Store(error) => error.into(),
        }
    }
}

/// The address that a client reached this coordinator at, `HOST:PORT`; not of this machine alone.
pub(super) fn reached_at(headers: &HeaderMap) -> Option<String> {
    let host = headers.get("host")?.to_str().ok()?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let near = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    (!near).then(|| if host.rsplit_once(':').is_some() { host.to_owned() } else { format!("{host}:80") })
}
