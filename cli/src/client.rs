//! HTTP to the coordinator. Answers come back as JSON values, so that `--json` shows what was said and not what this
//! client understood; whatever went wrong comes back in words.

use std::time::Duration;

use downbeat_identity::{
    Fingerprint, Pin,
    handshake::{Seen, clear_alone},
};
use reqwest::{
    Method, StatusCode, Url,
    header::{HOST, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{
    address::{Address, addresses},
    between::{self, Answer},
    error::CliError,
    model::{Playback, Speaker, SpeakerList, Track, TrackPage},
    pick::Library,
    secured::{self, Logins},
};

/// How long a coordinator may take to take up the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// How long it may take to answer. A start waits for its speakers to be ready, so this is generous.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a file may be on its way.
const LARGE_TIMEOUT: Duration = Duration::from_hours(1);
/// How long something may be followed before it is asked for anew.
const STREAM_TIMEOUT: Duration = Duration::from_hours(24);
/// The zone that is meant if none is named.
const DEFAULT_ZONE: &str = "all";
/// How many tracks are asked for at once.
const PAGE: u32 = 500;
/// A library of more pages than this is a coordinator whose cursor runs in a circle.
const MOST_PAGES: usize = 10_000;

/// A coordinator and the zone that is meant.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    /// The address, for people.
    shown: String,
    zone: Option<String>,
    /// The way over https with a credential, once there is one.
    raised: OnceCell<Raised>,
}

/// A body that is sent once.
pub(crate) struct Upload {
    /// Its content type.
    pub(crate) kind: &'static str,
    /// Its bytes.
    pub(crate) body: reqwest::Body,
}

/// The way over https with a credential.
#[derive(Debug)]
struct Raised {
    http: reqwest::Client,
    base: Url,
    /// The CA that was believed.
    seen: Seen,
    /// By a login that is kept.
    by_login: bool,
}

impl Client {
    /// A client of the coordinator at `server`: where more than one address is meant, at the first that has one.
    pub async fn find(server: &str, zone: Option<&str>) -> Result<Self, CliError> {
        let mut candidates = Self::candidates(server, zone)?.into_iter();
        let bad = |reason: &str| CliError::BadAddress { url: server.to_owned(), reason: reason.to_owned() };
        let first = candidates.next().ok_or_else(|| bad("it is empty"))?;
        match candidates.next() {
            Some(second) => Self::first_that_answers(first, second).await,
            None => Ok(first),
        }
    }

    /// The first of two at whose address a coordinator answers.
    async fn first_that_answers(first: Self, second: Self) -> Result<Self, CliError> {
        match first.is_there().await {
            Ok(()) | Err(CliError::Refused { .. }) => Ok(first),
            Err(CliError::Unreachable { url, reason } | CliError::NotACoordinator { url, reason }) => {
                match second.is_there().await {
                    Ok(()) | Err(CliError::Refused { .. }) => Ok(second),
                    Err(
                        CliError::Unreachable { reason: other, .. } | CliError::NotACoordinator { reason: other, .. },
                    ) => {
                        let reason = format!("{reason}; at {}: {other}", second.shown);
                        Err(CliError::Unreachable { url, reason })
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Fails unless it is a coordinator that answers: other programs have an `/api/health`, too.
    async fn is_there(&self) -> Result<(), CliError> {
        let health = self.health().await?;
        if health["clockId"].is_string() {
            return Ok(());
        }
        let text = health.to_string();
        Err(self.odd(Answer { status: StatusCode::OK, server: None, text: &text }.sentence()))
    }

    /// A client for each address that `server` may mean. Nothing is sent yet.
    fn candidates(server: &str, zone: Option<&str>) -> Result<Vec<Self>, CliError> {
        let bad = |reason: String| CliError::BadAddress { url: server.to_owned(), reason };
        let client = |address: Address| {
            // in clear, and over https with a credential alone
            let mut http = Self::builder().tls_backend_preconfigured(clear_alone());
            if let Some((name, leads_to, said)) = address.stand_in() {
                let host = HeaderValue::try_from(said).map_err(|error| bad(error.to_string()))?;
                http = http.resolve_to_addrs(name, &leads_to).default_headers([(HOST, host)].into_iter().collect());
            }
            let http = http.build().map_err(|error| bad(cause(&error)))?;
            let shown = address.shown();
            let raised = OnceCell::new();
            Ok(Self { http, base: address.url, shown, zone: zone.map(str::to_owned), raised })
        };
        addresses(server).map_err(bad)?.into_iter().map(client).collect()
    }

    /// What every client of ours has.
    pub(crate) fn builder() -> reqwest::ClientBuilder {
        // A coordinator is in the house: no proxy of the environment leads there.
        reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).timeout(ANSWER_TIMEOUT).no_proxy()
    }

    /// The address of a call over https.
    pub(crate) fn https(&self, path: &[&str]) -> Result<Url, CliError> {
        let base = secured::https(&self.base).ok_or_else(|| self.odd("its address is not one of https".into()))?;
        Ok(below(&base, path, &[]))
    }

    /// Goes over https with the login that is kept for this coordinator, if there is one.
    pub(crate) fn with_login(&self, logins: &Logins) -> Result<(), CliError> {
        let Some(login) = logins.get(&self.base) else { return Ok(()) };
        let odd = || self.odd("the login that is kept for it is damaged; run `downbeat login` again".into());
        let pin = login.fingerprint.parse().map_err(|_| odd())?;
        self.raise_with(&login.token, pin, true)
    }

    /// Goes over https with this token.
    fn raise_with(&self, token: &str, pin: Fingerprint, by_login: bool) -> Result<(), CliError> {
        let seen = Seen::default();
        let http = secured::secure(Self::builder(), Pin::Ca(pin), Some(token), seen.clone());
        let http = http.map_err(|reason| self.odd(reason))?;
        let base = secured::https(&self.base).ok_or_else(|| self.odd("its address is not one of https".into()))?;
        let _ = self.raised.set(Raised { http, base, seen, by_login });
        Ok(())
    }

    /// Takes the admin's token of a coordinator on this machine, if this user may read it. Answers whether it is there.
    async fn raise_on_this_machine(&self) -> Result<bool, CliError> {
        if self.raised.initialized() || !secured::is_of_this_machine(&self.base) {
            return Ok(false);
        }
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "whoami"]);
        }
        // a stranger at this port may name any folder: the token goes to the coordinator of that folder's CA alone
        let Ok(answer) = self.http.get(url).send().await else { return Ok(false) };
        let Ok(answer) = answer.json::<Value>().await else { return Ok(false) };
        let folder = answer["dataFolder"].as_str().map(std::path::PathBuf::from);
        let Some((token, pin)) = folder.and_then(|folder| secured::of_data_folder(&folder)) else { return Ok(false) };
        self.raise_with(&token, pin, false)?;
        Ok(true)
    }

    /// The way that is taken: in clear, or over https.
    fn way(&self) -> (&reqwest::Client, &Url) {
        self.raised.get().map_or((&self.http, &self.base), |raised| (&raised.http, &raised.base))
    }

    /// The CA that was believed by the login that is kept.
    pub(crate) fn believed_ca(&self) -> Option<Fingerprint> {
        self.raised.get().filter(|raised| raised.by_login).and_then(|raised| raised.seen.get())
    }

    /// Makes sure that what is sent next goes over https, or stays on this machine.
    pub(crate) async fn keep_secret(&self) -> Result<(), CliError> {
        self.raise_on_this_machine().await?;
        if self.raised.initialized() || secured::is_of_this_machine(&self.base) {
            return Ok(());
        }
        Err(self.odd("a passphrase is sent over https alone: run `downbeat login` first".to_owned()))
    }

    /// Sends a request; where that is refused and the admin's token is at hand, once more with it.
    async fn ask(
        &self,
        make: impl Fn(&reqwest::Client, &Url) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, CliError> {
        let send = async || {
            let (http, base) = self.way();
            make(http, base).send().await.map_err(|error| self.unreachable(&error))
        };
        let response = send().await?;
        let refused = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if refused && self.raise_on_this_machine().await? { send().await } else { Ok(response) }
    }

    /// The coordinator's address.
    pub fn address(&self) -> &Url {
        &self.base
    }

    /// One page of tracks that match `search`, as said.
    pub async fn tracks_page(&self, search: &str, cursor: Option<&str>) -> Result<Value, CliError> {
        let mut query = vec![("limit".to_owned(), PAGE.to_string())];
        if !search.is_empty() {
            query.push(("search".to_owned(), search.to_owned()));
        }
        if let Some(cursor) = cursor {
            query.push(("cursor".to_owned(), cursor.to_owned()));
        }
        self.send(Method::GET, "tracks", &query, None).await
    }

    /// All tracks that match `search`, over all pages, as `{"tracks": [...]}`.
    pub async fn tracks(&self, search: &str) -> Result<Value, CliError> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut page = self.tracks_page(search, cursor.as_deref()).await?;
            if let Some(Value::Array(tracks)) = page.get_mut("tracks") {
                all.append(tracks);
            }
            match page.get("next").and_then(Value::as_str) {
                Some(next) if cursor.as_deref() != Some(next) => cursor = Some(next.to_owned()),
                _ => break,
            }
        }
        Ok(json!({ "tracks": all }))
    }

    /// The same, read.
    pub async fn track_list(&self, search: &str) -> Result<Vec<Track>, CliError> {
        let page: TrackPage = self.read(self.tracks(search).await?)?;
        Ok(page.tracks)
    }

    /// The track of this id; `None` if there is none.
    pub async fn track(&self, id: &str) -> Result<Option<Track>, CliError> {
        match self.send_to(Method::GET, &["tracks", id], &[], None).await {
            Ok(track) => self.read(track).map(Some),
            Err(CliError::Refused { code, .. }) if code == "track_not_found" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The track at this place of the whole list, from 0.
    async fn track_at(&self, index: usize) -> Result<Option<Track>, CliError> {
        let (mut before, mut cursor) = (0, None::<String>);
        loop {
            let page = self.tracks_page("", cursor.as_deref()).await?;
            cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
            let tracks = self.read::<TrackPage>(page)?.tracks;
            if let Some(track) = tracks.get(index - before) {
                return Ok(Some(track.clone()));
            }
            before += tracks.len();
            if cursor.is_none() || tracks.is_empty() {
                return Ok(None);
            }
        }
    }

    /// The finds of a search for `words`, as said.
    pub async fn search(&self, words: &str, limit: u32) -> Result<Value, CliError> {
        let query = [("q".to_owned(), words.to_owned()), ("limit".to_owned(), limit.to_string())];
        self.send(Method::GET, "search", &query, None).await
    }

    /// All items of the list at `/api/{list}`, over all pages, as `{list: [...]}`.
    pub async fn all(&self, list: &str) -> Result<Value, CliError> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = vec![("limit".to_owned(), PAGE.to_string())];
            query.extend(cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
            let mut page = self.send(Method::GET, list, &query, None).await?;
            if let Some(Value::Array(items)) = page.get_mut(list) {
                all.append(items);
            }
            match page.get("next").and_then(Value::as_str) {
                Some(next) if cursor.as_deref() != Some(next) => cursor = Some(next.to_owned()),
                _ => break,
            }
        }
        Ok(json!({ list: all }))
    }

    /// The zone's playback, as said.
    pub async fn playback(&self) -> Result<Value, CliError> {
        let query: Vec<_> = self.zone.iter().map(|zone| ("zone".to_owned(), zone.clone())).collect();
        self.send(Method::GET, "playback/state", &query, None).await
    }

    /// The same, read.
    pub async fn playback_state(&self) -> Result<Playback, CliError> {
        let value = self.playback().await?;
        self.read(value)
    }

    /// All speakers, as said.
    pub async fn speakers(&self) -> Result<Value, CliError> {
        self.send(Method::GET, "speakers", &[], None).await
    }

    /// The same, read.
    pub async fn speaker_list(&self) -> Result<Vec<Speaker>, CliError> {
        let value = self.speakers().await?;
        let list: SpeakerList = self.read(value)?;
        Ok(list.speakers)
    }

    /// `POST /api/playback/{action}` with `body`, an object, and the zone.
    pub async fn transport(&self, action: &str, mut body: Value) -> Result<Value, CliError> {
        if let (Some(zone), Value::Object(fields)) = (&self.zone, &mut body) {
            fields.insert("zone".to_owned(), json!(zone));
        }
        self.send(Method::POST, &format!("playback/{action}"), &[], Some(&body)).await
    }

    /// `PATCH /api/speakers/{id}`.
    pub async fn patch_speaker(&self, id: &str, body: &Value) -> Result<Value, CliError> {
        self.send(Method::PATCH, &format!("speakers/{id}"), &[], Some(body)).await
    }

    /// `POST /api/speakers/{id}/identify`.
    pub async fn identify(&self, id: &str) -> Result<Value, CliError> {
        self.send(Method::POST, &format!("speakers/{id}/identify"), &[], Some(&json!({}))).await
    }

    /// Any call under `/api`; each part of the path is one segment, whatever is in it.
    pub async fn call(&self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value, CliError> {
        self.send_to(method, path, &[], body).await
    }

    /// The same, with a query.
    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
    ) -> Result<Value, CliError> {
        self.send_to(method, path, query, None).await
    }

    /// The zone that is meant.
    pub fn zone(&self) -> &str {
        self.zone.as_deref().unwrap_or(DEFAULT_ZONE)
    }

    /// A call for what belongs to the zone that is meant: `/api/zones/{zone}/` and `path`.
    pub async fn of_zone(
        &self,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Value, CliError> {
        let path: Vec<&str> = ["zones", self.zone()].into_iter().chain(path.iter().copied()).collect();
        self.send_to(method, &path, query, body).await
    }

    /// An answer that is read as it comes, for as long as it comes.
    pub(crate) async fn stream(
        &self,
        path: &str,
        query: &[(String, String)],
        header: Option<(&'static str, &str)>,
    ) -> Result<reqwest::Response, CliError> {
        let response = self
            .ask(|http, base| {
                let request = http.get(below(base, &[path], query)).timeout(STREAM_TIMEOUT);
                match header {
                    Some((name, value)) => request.header(name, value),
                    None => request,
                }
            })
            .await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    /// Has every speaker that `select` picks do something.
    pub async fn act(&self, select: &str, body: &Value) -> Result<Value, CliError> {
        let query = [("select".to_owned(), select.to_owned())];
        self.send_to(Method::POST, &["speakers", "actions"], &query, Some(body)).await
    }

    /// The speakers that `select` picks, as said.
    pub async fn selected(&self, select: &str) -> Result<Value, CliError> {
        self.send(Method::GET, "speakers", &[("select".to_owned(), select.to_owned())], None).await
    }

    /// `POST /api/zones/{zone}/metronome`, of the zone that is meant.
    pub async fn metronome(&self, on: bool) -> Result<Value, CliError> {
        self.of_zone(Method::POST, &["metronome"], &[], Some(&json!({ "on": on }))).await
    }

    /// Reads an answer of the coordinator.
    pub fn read<T: DeserializeOwned>(&self, value: Value) -> Result<T, CliError> {
        serde_json::from_value(value).map_err(|error| self.odd(error.to_string()))
    }

    /// `GET /api/health`, as said.
    pub async fn health(&self) -> Result<Value, CliError> {
        self.send(Method::GET, "health", &[], None).await
    }

    /// A call whose body or answer is a file, which takes as long as it takes. A refusal is an error.
    pub(crate) async fn large(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<Upload>,
    ) -> Result<reqwest::Response, CliError> {
        let parts: Vec<&str> = path.split('/').collect();
        let response = match body {
            // it is sent once: the credential is taken first
            Some(Upload { kind, body }) => {
                self.raise_on_this_machine().await?;
                let (http, base) = self.way();
                let request = http.request(method, below(base, &parts, query)).timeout(LARGE_TIMEOUT);
                let request = request.header("content-type", kind).body(body);
                request.send().await.map_err(|error| self.unreachable(&error))?
            }
            None => {
                self.ask(|http, base| http.request(method.clone(), below(base, &parts, query)).timeout(LARGE_TIMEOUT))
                    .await?
            }
        };
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    /// The refusal that an answer is.
    pub(crate) async fn refused(&self, response: reqwest::Response) -> CliError {
        let (status, server) = (response.status(), server_of(&response));
        match response.text().await {
            Ok(text) => self.refusal(Answer { status, server: server.as_deref(), text: &text }),
            Err(error) => self.unreachable(&error),
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Value, CliError> {
        self.send_to(method, &path.split('/').collect::<Vec<_>>(), query, body).await
    }

    async fn send_to(
        &self,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Value, CliError> {
        let response = self
            .ask(|http, base| {
                let request = http.request(method.clone(), below(base, path, query));
                match body {
                    Some(body) => request.json(body),
                    None => request,
                }
            })
            .await?;
        let (status, server) = (response.status(), server_of(&response));
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        let answer = Answer { status, server: server.as_deref(), text: &text };
        // an answer that says of each target what it did is one, whatever they did
        let told = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|v| v["targets"].is_array());
        if !status.is_success() && !told(&text) {
            return Err(self.refusal(answer));
        }
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text)
            .map_err(|error| self.odd(format!("its answer is not JSON ({error}); {}", answer.sentence())))
    }

    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> CliError {
        let reason = match cause(error) {
            reason if error.is_timeout() => format!("{reason}: {}", between::of_timeout(!error.is_connect())),
            reason => reason,
        };
        CliError::Unreachable { url: self.shown.clone(), reason }
    }

    pub(crate) fn odd(&self, reason: String) -> CliError {
        CliError::NotACoordinator { url: self.shown.clone(), reason }
    }

    /// A coordinator's problem document (RFC 9457) in words. Anything else is another program's.
    fn refusal(&self, answer: Answer<'_>) -> CliError {
        let problem: Value = serde_json::from_str(answer.text).unwrap_or_default();
        let string = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
        match (string("code"), string("detail")) {
            (Some(code), Some(detail)) => CliError::Refused { code, detail, field: string("field") },
            _ => self.odd(answer.sentence()),
        }
    }
}

/// The address of a call.
fn below(base: &Url, path: &[&str], query: &[(String, String)]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("api").extend(path);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// The program that answers, as it names itself.
fn server_of(response: &reqwest::Response) -> Option<String> {
    response.headers().get("server")?.to_str().ok().map(str::to_owned)
}

/// The innermost reason: "connection refused", not "error sending request".
fn cause(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

impl Library for Client {
    async fn by_id(&self, id: &str) -> Result<Option<Track>, CliError> {
        self.track(id).await
    }

    async fn at(&self, index: usize) -> Result<Option<Track>, CliError> {
        self.track_at(index).await
    }

    async fn search(&self, words: &str) -> Result<Vec<Track>, CliError> {
        self.track_list(words).await
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use tokio::net::TcpListener;

    use super::*;

    /// The port at which everything is answered so.
    async fn answering(status: StatusCode, body: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(move || async move { (status, body) });
        tokio::spawn(async move { axum::serve(listener, router).await });
        port
    }

    #[tokio::test]
    async fn of_two_ports_the_first_with_a_coordinator_is_taken() {
        let at = |port: u16| Client::candidates(&format!("127.0.0.1:{port}"), None).unwrap().remove(0);
        let find = async |first, second| {
            let found = Client::first_that_answers(at(first), at(second)).await;
            found.map(|client| client.address().port().unwrap()).map_err(|error| error.to_string())
        };
        let coordinator = answering(StatusCode::OK, r#"{"status":"healthy","clockId":"a"}"#).await;
        let refusing = answering(StatusCode::FORBIDDEN, r#"{"code":"foreign_host","detail":"no"}"#).await;
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let page = answering(StatusCode::OK, "<!doctype html><title>It works</title>").await;
        let proxy = answering(StatusCode::BAD_GATEWAY, "<html>").await;
        // Grafana's port is the same
        let grafana = answering(StatusCode::OK, r#"{"database":"ok","version":"11.2.0"}"#).await;
        let others = answering(StatusCode::OK, r#"{"status":"healthy","version":"1"}"#).await;
        let locked = answering(StatusCode::UNAUTHORIZED, r#"{"message":"Unauthorized","code":401}"#).await;
        let missing = answering(StatusCode::NOT_FOUND, r#"{"message":"Not found"}"#).await;
        let list = answering(StatusCode::OK, "[]").await;
        for other in [closed, page, proxy, grafana, others, locked, missing, list] {
            assert_eq!(find(coordinator, other).await, Ok(coordinator));
            assert_eq!(find(other, coordinator).await, Ok(coordinator));
            assert_eq!(find(other, refusing).await, Ok(refusing), "a refusal is a coordinator's");
            let said = find(other, closed).await.expect_err("nobody is there");
            assert!(said.contains(&other.to_string()) && said.contains(&closed.to_string()), "{said}");
        }
        assert_eq!(find(refusing, coordinator).await, Ok(refusing), "and the first one counts");
    }

    #[test]
    fn a_problem_is_shown_as_its_sentence_code_and_field() {
        let client = Client::candidates("h:1", None).unwrap().remove(0);
        let refusal =
            |status, text| client.refusal(Answer { status: StatusCode::from_u16(status).unwrap(), server: None, text });
        let text = r#"{"title":"Unprocessable","detail":"volume is 0 to 100","code":"invalid_field","field":"volume"}"#;
        assert_eq!(refusal(422, text).to_string(), "volume is 0 to 100 (field volume) [invalid_field]");
        for others in ["{}", r#"{"code":404,"detail":"x"}"#, r#"{"error":"x"}"#, "null", "[]"] {
            assert!(matches!(refusal(404, others), CliError::NotACoordinator { .. }), "{others}");
        }
        assert!(matches!(refusal(502, "<html>"), CliError::NotACoordinator { .. }));
    }
}
