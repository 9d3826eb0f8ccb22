//! A request becomes somebody.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::request::Parts;
use downbeat_host::interfaces::own_addresses;
use downbeat_identity::Fingerprint;
use downbeat_protocol::SpeakerId;
use downbeat_trust::{
    admission::{Channel, Credential, Policy, Refusal, Secrecy},
    place::Range,
    rights::{Caller, Person, Role, SpeakerState, Way},
};
use nix::unistd::geteuid;
use tokio::time::Instant;

use super::{
    AccessSettings, AdminToken, People, Source,
    credentials::{bearer, cookie},
    source,
};
use crate::net::{self, Peer};

/// The machine's networks are read anew at most this often.
const NETWORKS: Duration = Duration::from_secs(10);
/// How often it is looked at whether a login or token that a connection was made with is still good.
const LOOK: Duration = Duration::from_millis(500);
/// The name of the token in the data folder.
const ADMIN_TOKEN: &str = "admin-token";

/// Looks up whose key it is, and its state.
pub type KeyStates = Arc<dyn Fn(Fingerprint) -> (Option<SpeakerId>, SpeakerState) + Send + Sync>;

/// Makes callers of requests; clones share it.
#[derive(Clone)]
pub struct Access(Arc<AccessState>);

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

struct AccessState {
    settings: AccessSettings,
    admin: AdminToken,
    people: People,
    keys: KeyStates,
    networks: Mutex<(Vec<Range>, Instant)>,
    user: u32,
}

/// A request that is somebody's.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The caller.
    pub caller: Caller,
    /// The place that it comes from, and its way.
    pub source: Source,
    /// The session's cookie, if that is how the caller showed who they are.
    pub session: Option<String>,
}

/// Why a request is nobody's.
#[derive(Debug, Clone)]
pub struct NotAdmitted {
    /// Why.
    pub refusal: Refusal,
    /// The place that it comes from.
    pub source: Source,
    /// The session's cookie that was sent.
    pub session: Option<String>,
    /// A token was sent.
    pub token: bool,
}

impl Access {
    /// With these settings, this admin's token, these people, and what is known of speakers' keys.
    pub fn new(settings: AccessSettings, admin: AdminToken, people: People, keys: KeyStates) -> Self {
        let networks = Mutex::new((read_networks(), Instant::now()));
        Self(Arc::new(AccessState { settings, admin, people, keys, networks, user: geteuid().as_raw() }))
    }

    /// The settings.
    pub fn settings(&self) -> &AccessSettings {
        &self.0.settings
    }

    /// True for the address of a proxy whose headers are believed.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.0.settings.proxies.iter().any(|proxy| proxy.holds(address.to_canonical()))
    }

    /// The people.
    pub fn people(&self) -> &People {
        &self.0.people
    }

    /// True if a label of this key decides what some operator or token may.
    pub fn decides(&self, key: &str) -> bool {
        self.0.people.decides(key)
    }

    /// Refuses to take or give a secret by this way.
    pub fn secret(&self, channel: Channel, kind: Secrecy) -> Result<(), Refusal> {
        self.policy().secret(channel, kind)
    }

    /// Makes a caller of a request. A credential that is wrong never falls back to a lesser one.
    ///
    /// Without an `owner` the loopback rule is not asked: it reads the kernel's table of sockets, and thousands of
    /// speakers on one machine, as in a measurement, would have it read for each of them.
    pub async fn admit(&self, peer: &Peer, owner: Option<&Owner>, request: &Parts) -> Result<Admitted, NotAdmitted> {
        let state = &*self.0;
        let mut source = Source::of(&state.settings, &self.networks(), peer, request);
        if let Some(key) = peer.secured.and_then(|secured| secured.speaker) {
            let (id, key_state) = (state.keys)(key);
            let caller = Caller::Speaker { key: Some(key), id, state: key_state };
            return Ok(Admitted { caller, source, session: None });
        }
        let (credential, session) = self.credential(&source, request);
        if credential == Credential::None
            && source.channel.near
            && !source.channel.encrypted
            && self.policy().loopback
            && let Some(owner) = owner
        {
            let owner = owner.ask(peer).await;
            source.channel.loopback = source::is_of_this_machine(&state.settings, peer, request, owner, state.user);
        }
        let token = credential != Credential::None && session.is_none();
        match self.policy().caller(source.channel, credential) {
            Ok(caller) => Ok(Admitted { caller, source, session }),
            Err(refusal) => Err(NotAdmitted { refusal, source, session, token }),
        }
    }

    /// Returns when who was admitted would be admitted no more.
    pub async fn lost(&self, admitted: &Admitted) {
        while self.still_admits(admitted) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// True if who was admitted a while ago would be admitted still.
    fn still_admits(&self, admitted: &Admitted) -> bool {
        match &admitted.caller {
            Caller::Person(person) if person.name == ADMIN_TOKEN || person.way == Way::Loopback => true,
            Caller::Person(person) => self.0.people.still(person, admitted.session.as_deref(), admitted.source.place()),
            _ => true,
        }
    }

    /// The credential of a request, and its session. One that came in clear is not looked up.
    fn credential(&self, source: &Source, request: &Parts) -> (Credential, Option<String>) {
        let state = &*self.0;
        if let Some(text) = bearer(&request.headers) {
            if let Err(refusal) = self.secret(source.channel, Secrecy::Token) {
                if let Some((user, name)) = state.people.expose(text) {
                    tracing::warn!(user, name, from = %source.place(), "a token came in clear: replace it");
                }
                return (Credential::Wrong(refusal), None);
            }
            if state.admin.is(text) {
                return (Credential::Of(Box::new(admin())), None);
            }
            return (state.people.by_token(text, source.place()), None);
        }
        let Some(cookie) = cookie(&request.headers) else { return (Credential::None, None) };
        let credential = match self.secret(source.channel, Secrecy::Session) {
            Err(refusal) => Credential::Wrong(refusal),
            Ok(()) if Self::is_of_own_page(request) => state.people.by_cookie(cookie, source.place()),
            // a page of another site, which the browser gave the cookie all the same
            Ok(()) => Credential::Wrong(Refusal::Wrong),
        };
        (credential, Some(cookie.to_owned()))
    }

    /// True if a request with a cookie is one of our own page's, or of a program. `SameSite=Strict` does not say so: a
    /// page of another port of the same host is the same site, and one that came in clear may be another's.
    fn is_of_own_page(request: &Parts) -> bool {
        let text = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let own = text("origin").is_none_or(|origin| {
            origin.strip_prefix("https://").zip(source::host(request)).is_some_and(|(site, host)| {
                let plain = |name: &str| name.strip_suffix(":443").unwrap_or(name).to_ascii_lowercase();
                plain(site) == plain(host)
            })
        });
        own && text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
    }

    fn policy(&self) -> &Policy {
        &self.0.settings.policy
    }

    fn networks(&self) -> Vec<Range> {
        let mut networks = self.0.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if networks.1.elapsed() >= NETWORKS {
            *networks = (read_networks(), Instant::now());
        }
        networks.0.clone()
    }
}

/// The user that a connection's other end belongs to, asked for once.
#[derive(Debug, Clone, Default)]
pub struct Owner(Arc<tokio::sync::OnceCell<Option<u32>>>);

impl Owner {
    async fn ask(&self, peer: &Peer) -> Option<u32> {
        let (address, own) = (peer.address, peer.own);
        *self.0.get_or_init(|| net::owner(address, own)).await
    }
}

fn read_networks() -> Vec<Range> {
    own_addresses().into_iter().filter_map(|own| Range::new(own.address, own.bits)).collect()
}

fn admin() -> Person {
    Person {
        name: ADMIN_TOKEN.into(),
        role: Role::Admin,
        bound: None,
        way: Way::Token(ADMIN_TOKEN.into()),
        scopes: None,
        token_bound: None,
        max_volume: None,
        fresh: true,
    }
}
