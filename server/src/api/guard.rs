//! The guard in front of all that is answered: it makes a caller of each request, and lets through what the caller may
//! ask for at all. A path that declares no right is not answered.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{FromRequestParts as _, MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::MethodFilter,
};
use downbeat_protocol::handshake::WEBSOCKET_PATH;
use downbeat_trust::{
    admission::Refusal,
    rights::{Caller, Denied, Right, SpeakerState, Target, may, may_some},
};
use tokio::time::Instant;

use super::{
    asker::Asker,
    audit,
    glance::Eyes,
    need::{About, Need},
    problem::Problem,
    told::Told,
    trail::Trail,
};
use crate::{
    access::{Access, Admitted, AuditLog, NotAdmitted, Owner, Source, without_session},
    conductor::Conductor,
    files::MEDIA_PATH,
    fleet::Speaker,
    net::Peer,
    register::Register,
    sockets::Place,
};

/// The rights that the paths ask for.
#[derive(Debug, Clone, Default)]
pub struct Rights(HashMap<&'static str, Vec<(MethodFilter, Need)>>);

impl Rights {
    /// Declares the right of a path and a method.
    pub fn declare(&mut self, path: &'static str, method: MethodFilter, need: Need) {
        self.0.entry(path).or_default().push((method, need));
    }

    /// All that are declared: method, path, right.
    pub fn all(&self) -> impl Iterator<Item = (MethodFilter, &'static str, Need)> {
        self.0.iter().flat_map(|(path, methods)| methods.iter().map(|(method, need)| (*method, *path, *need)))
    }

    /// The right that a request asks for.
    fn of(&self, path: &str, method: &Method) -> Asked {
        let Some(methods) = self.0.get(path) else { return Asked::Undeclared };
        // a HEAD is a GET without its body
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        let filter = MethodFilter::try_from(method).ok();
        match methods.iter().find(|(declared, _)| Some(*declared) == filter) {
            Some((_, need)) => Asked::For(*need),
            None => Asked::NoMethod,
        }
    }
}

/// The need of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    For(Need),
    /// The path has rights, and none for this method.
    NoMethod,
    /// The path was forgotten.
    Undeclared,
}

/// The guard; clones share it.
#[derive(Clone)]
pub struct Guard {
    /// Makes callers.
    pub access: Access,
    /// The rights of the paths.
    pub rights: Arc<Rights>,
    /// Is told.
    pub audit: AuditLog,
    /// Knows from where speakers are connected.
    pub conductor: Conductor,
    /// Knows the speakers' keys.
    pub register: Register,
}

/// Lets through what the caller may ask for.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let need = match parts.extensions.get::<MatchedPath>().map(|path| guard.rights.of(path.as_str(), &parts.method)) {
        // the page's files, and what is not there
        None => Need::PAGE,
        Some(Asked::For(need)) => need,
        // it is answered as such, which says nothing
        Some(Asked::NoMethod) => Need::OPEN,
        Some(Asked::Undeclared) => return Problem::undeclared().into_response(),
    };
    let owner = parts.extensions.get::<Owner>().cloned().unwrap_or_default();
    let Some(peer) = parts.extensions.get::<Peer>().copied() else { return Problem::undeclared().into_response() };
    let admitted = match guard.access.admit(&peer, guard.asks_owner(&path).then_some(&owner), &parts).await {
        Ok(admitted) => admitted,
        Err(refused) => match in_spite_of(refused, need).or_else(|refused| guard.fetches(refused, &path, &parts)) {
            Ok(admitted) => admitted,
            Err(refused) => {
                let answer = answer(&refused, &parts);
                guard.tell(None, refused.source, &parts, &path, &answer);
                return answer;
            }
        },
    };
    let admitted = match allowed(&admitted.caller, need) {
        Err(_) if path == MEDIA_PATH && guard.plays(&admitted, &parts) => Admitted { caller: LEGACY, ..admitted },
        Err(denied) => {
            let answer = Problem::from(denied).into_response();
            guard.tell(Some(&admitted), admitted.source, &parts, &path, &answer);
            return answer;
        }
        Ok(()) => admitted,
    };
    if let Some(place) = parts.extensions.get::<Arc<Place>>() {
        place.work();
    }
    let https = https_address(&parts);
    let trail = guard.trail(&admitted.caller, &mut parts, &path).await;
    parts.extensions.insert(Asker::new(admitted.clone(), need, https, trail.clone()));
    let told = parts.clone();
    let mut answer = next.run(Request::from_parts(parts, body)).await;
    if let Some(trail) = trail {
        let seen = trail.end(&guard.eyes()).await;
        let said = answer.extensions_mut().remove::<Told>().unwrap_or_default();
        answer.extensions_mut().insert(said.or(seen));
    }
    guard.tell(Some(&admitted), admitted.source, &told, &path, &answer);
    answer
}

/// A speaker from before keys.
const LEGACY: Caller = Caller::Speaker { key: None, id: None, state: SpeakerState::Adopted };

impl Guard {
    fn eyes(&self) -> Eyes {
        Eyes { conductor: self.conductor.clone(), access: self.access.clone() }
    }

    /// The trail of a request that the audit will tell of, with the thing that its path names.
    async fn trail(&self, caller: &Caller, parts: &mut Parts, path: &str) -> Option<Trail> {
        if !audit::changes(&parts.method) || !matches!(caller, Caller::Person(_)) {
            return None;
        }
        let (trail, eyes) = (Trail::default(), self.eyes());
        if let Ok(parameters) = RawPathParams::from_request_parts(parts, &()).await {
            let parameters: Vec<_> = parameters.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            if let Some(thing) = eyes.named_by(path, &parameters).await {
                let look = eyes.look(&thing).await;
                trail.note(thing, || look);
            }
        }
        Some(trail)
    }

    /// True if it is worth looking whether a program of a person on this machine asks: not for what speakers do.
    fn asks_owner(&self, path: &str) -> bool {
        match path {
            WEBSOCKET_PATH | "/" => false,
            MEDIA_PATH => self.access.settings().policy.guests.is_none(),
            _ => true,
        }
    }

    /// True if it is a speaker from before keys that plays: in clear, or over TLS while its key waits to be adopted.
    fn plays(&self, admitted: &Admitted, parts: &Parts) -> bool {
        match &admitted.caller {
            Caller::Speaker { key: Some(key), .. } => self.register.plays_pending(*key),
            _ => self.plays_from(&admitted.source, parts),
        }
    }

    /// True if a speaker is connected from there, in clear, that was told of this file: it fetches what it plays, whatever
    /// guests may.
    fn plays_from(&self, source: &Source, parts: &Parts) -> bool {
        let (fleet, now) = (self.conductor.fleet(), Instant::now());
        let hash = parts.uri.path().rsplit('/').next().unwrap_or_default();
        let from = |speaker: &Speaker| {
            let clear = speaker.connection.as_ref().filter(|c| !c.encrypted);
            let here = clear.filter(|c| c.peer.ip().to_canonical() == source.address);
            here.filter(|_| speaker.told.names(hash, now)).map(drop)
        };
        // all the world has a proxy's address
        let own = !source.channel.encrypted && !self.access.is_proxy(source.address);
        own && !fleet.look_at(&fleet.ids_by_name(), from).is_empty()
    }

    /// The same, where nothing is answered in clear.
    fn fetches(&self, refused: NotAdmitted, path: &str, parts: &Parts) -> Result<Admitted, NotAdmitted> {
        let plain = refused.refusal == Refusal::TlsRequired && refused.session.is_none() && !refused.token;
        if path == MEDIA_PATH && plain && self.plays_from(&refused.source, parts) {
            return Ok(Admitted { caller: LEGACY, source: refused.source, session: None });
        }
        Err(refused)
    }

    fn tell(&self, admitted: Option<&Admitted>, source: Source, parts: &Parts, path: &str, answer: &Response) {
        if let Some(entry) = audit::entry(admitted, source, parts, path, answer) {
            self.audit.note(entry);
        }
    }
}

/// Refuses a caller that may ask for it nowhere.
fn allowed(caller: &Caller, need: Need) -> Result<(), Denied> {
    match need.about {
        About::All => may(caller, need.right, &Target::All),
        About::Target | About::Own => may_some(caller, need.right),
    }
}

/// A call that needs no right is answered to nobody, too: the login to a session that has ended, `/trust` in clear.
fn in_spite_of(refused: NotAdmitted, need: Need) -> Result<Admitted, NotAdmitted> {
    let anonymous = refused.session.is_none() && refused.refusal == Refusal::TlsRequired && !refused.token;
    let open = need.right == Right::Public && (need.in_clear && anonymous || refused.session.is_some());
    if !open {
        return Err(refused);
    }
    Ok(Admitted { caller: Caller::Nobody, source: refused.source, session: refused.session })
}

fn answer(refused: &NotAdmitted, parts: &Parts) -> Response {
    let mut response = match refused.refusal {
        Refusal::TlsRequired => Problem::tls_required(&https_address(parts)).into_response(),
        Refusal::Wrong => {
            Problem::new(StatusCode::UNAUTHORIZED, "invalid_credentials", refused.refusal.to_string()).into_response()
        }
        Refusal::PasswordAgain => {
            Problem::new(StatusCode::UNAUTHORIZED, "password_again", refused.refusal.to_string()).into_response()
        }
    };
    if refused.session.is_some() && refused.refusal == Refusal::Wrong && refused.source.channel.encrypted {
        response.headers_mut().insert(header::SET_COOKIE, without_session());
    }
    response
}

/// The address of the same over https.
fn https_address(parts: &Parts) -> String {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("HOST:3000");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    format!("https://{host}{path}")
}

/// Headers of every answer: browsers take it for what it says it is, and no other site embeds it or learns where its
/// reader came from.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    harden(response.headers_mut());
    response
}

fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // data is no page: nothing of it runs, wherever it is opened
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_without_a_right_is_known_as_such() {
        let mut rights = Rights::default();
        rights.declare("/a/{x}", MethodFilter::GET, Need::new(Right::Look));
        assert_eq!(rights.of("/a/{x}", &Method::GET), Asked::For(Need::new(Right::Look)));
        assert_eq!(rights.of("/a/{x}", &Method::HEAD), Asked::For(Need::new(Right::Look)));
        assert_eq!(rights.of("/a/{x}", &Method::POST), Asked::NoMethod);
        assert_eq!(rights.of("/b", &Method::GET), Asked::Undeclared);
    }
}
