//! How a request becomes somebody: the way it came, the credential that it carries, and what was set.
//!
//! A credential that is wrong never falls back to a lesser caller, and none is looked at that came in clear.

use std::net::IpAddr;

use downbeat_protocol::volume::Volume;
use serde::{Deserialize, Serialize};

use crate::rights::{Caller, GuestLevel, Person, Role, Way};

/// The rights of clear HTTP from the local network: `--plain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plain {
    /// Nothing.
    None,
    /// Look and listen.
    Listen,
    /// The rights of guests.
    #[default]
    Guest,
    /// And tokens are taken.
    All,
}

/// The settings that decide about a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// `--plain`.
    pub plain: Plain,
    /// `--guests`; `None`: there are no guests.
    pub guests: Option<GuestLevel>,
    /// Guests make nothing louder than this.
    pub guest_volume: Option<Volume>,
    /// Programs on this machine are operators.
    pub loopback: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { plain: Plain::default(), guests: Some(GuestLevel::Control), guest_volume: None, loopback: true }
    }
}

/// The way that a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Channel {
    /// Over TLS, here or at a proxy that is believed.
    pub encrypted: bool,
    /// From the local network.
    pub local: bool,
    /// From this machine itself, and no proxy said that it comes from further away: nobody else reads it on its way.
    pub near: bool,
    /// The loopback rule holds ([`Loopback::holds`]).
    pub loopback: bool,
}

/// The kinds of secrets that a request can carry or be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// A password or a session.
    Session,
    /// An API token.
    Token,
}

/// Why a request is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 403 `tls_required`, with the https address.
    #[error("this is answered over https only")]
    TlsRequired,
    /// 401.
    #[error("this token or session is not valid, or has ended")]
    Wrong,
    /// 401 `password_again`: a session from another place.
    #[error("this session began elsewhere: give your password once more")]
    PasswordAgain,
}

/// A credential, after it was looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum Credential {
    /// None was sent.
    None,
    /// It is right.
    Of(Box<Person>),
    /// It is wrong.
    Wrong(Refusal),
}

impl Policy {
    /// Refuses a secret on a way where none may be taken or given. The caller asks before it looks the secret up.
    pub fn secret(&self, channel: Channel, kind: Secrecy) -> Result<(), Refusal> {
        let clear = match kind {
            Secrecy::Token => channel.near || self.plain == Plain::All && channel.local,
            Secrecy::Session => false,
        };
        if channel.encrypted || clear { Ok(()) } else { Err(Refusal::TlsRequired) }
    }

    /// The caller of a request of people and programs.
    pub fn caller(&self, channel: Channel, credential: Credential) -> Result<Caller, Refusal> {
        match credential {
            Credential::Of(person) => Ok(Caller::Person(person)),
            Credential::Wrong(refusal) => Err(refusal),
            Credential::None if channel.loopback && self.loopback => Ok(Caller::Person(Box::new(loopback()))),
            Credential::None => self.anonymous(channel),
        }
    }

    fn anonymous(&self, channel: Channel) -> Result<Caller, Refusal> {
        let guest = |level| Caller::Guest { level, max_volume: self.guest_volume };
        if !channel.encrypted && (self.plain == Plain::None || !channel.local) {
            return Err(Refusal::TlsRequired);
        }
        Ok(match (self.guests, channel.local) {
            (Some(_), true) if !channel.encrypted && self.plain == Plain::Listen => guest(GuestLevel::Listen),
            (Some(level), true) => guest(level),
            _ => Caller::Nobody,
        })
    }
}

/// A program on this machine.
fn loopback() -> Person {
    Person {
        name: "loopback".into(),
        role: Role::Operator,
        bound: None,
        way: Way::Loopback,
        scopes: None,
        token_bound: None,
        max_volume: None,
        fresh: false,
    }
}

/// Headers that proxies add. With one of them a request came from further away than its socket says.
pub const PROXY_HEADERS: &[&str] = &[
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "cf-ray",
    "fastly-client-ip",
    "via",
];

/// The facts by which a request may be one of a program on this machine. A proxy or a forwarded port makes the whole
/// world loopback, so each of them must speak for it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and each alone decides")]
pub struct Loopback<'a> {
    /// The address at the other end of the socket.
    pub peer: IpAddr,
    /// The own address of the socket.
    pub own: IpAddr,
    /// The own port.
    pub port: u16,
    /// The `Host` that was named.
    pub host: Option<&'a str>,
    /// The peer's address is one of a proxy that is believed.
    pub is_proxy: bool,
    /// One of [`PROXY_HEADERS`] is there.
    pub forwarded: bool,
    /// The browser or the page says that another site made the request.
    pub foreign: bool,
    /// HTTP/1.1.
    pub http11: bool,
    /// The user that the process at the other end belongs to, as the kernel says.
    pub owner: Option<u32>,
    /// The user that this process belongs to.
    pub user: u32,
}

/// The ids of people on Linux, by convention of every distribution; below are services, above containers and others.
const PEOPLE: std::ops::RangeInclusive<u32> = 1_000..=59_999;

impl Loopback<'_> {
    /// True if the request is one of a program on this machine.
    pub fn holds(&self) -> bool {
        let near = self.peer.to_canonical().is_loopback() && self.own.to_canonical().is_loopback();
        // root's processes are no people, unless this program is root's, too
        let owner = self.owner.is_some_and(|owner| owner == self.user || PEOPLE.contains(&owner));
        near && owner && !self.is_proxy && !self.forwarded && !self.foreign && self.http11 && self.named()
    }

    /// `Host` is a name of loopback with the own port; without a port it is that of `http`.
    fn named(&self) -> bool {
        let Some(host) = self.host else { return false };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let loopback = address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        port == Some(self.port) && (loopback || name.eq_ignore_ascii_case("localhost"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TLS: Channel = Channel { encrypted: true, local: true, near: false, loopback: false };
    const CLEAR: Channel = Channel { encrypted: false, ..TLS };

    fn guest(level: GuestLevel) -> Caller {
        Caller::Guest { level, max_volume: None }
    }

    #[test]
    fn secrets_are_taken_in_clear_over_loopback_alone_and_passwords_never() {
        let far = Channel { local: false, ..CLEAR };
        // of root's processes, too, for which the loopback rule does not hold
        let near = Channel { near: true, ..CLEAR };
        for plain in [Plain::None, Plain::Listen, Plain::Guest, Plain::All] {
            let policy = Policy { plain, ..Policy::default() };
            for channel in [CLEAR, far, near] {
                let session = policy.secret(channel, Secrecy::Session);
                assert_eq!(session, Err(Refusal::TlsRequired), "{plain:?} {channel:?}");
                let token = policy.secret(channel, Secrecy::Token).is_ok();
                assert_eq!(token, channel.near || plain == Plain::All && channel.local, "{plain:?} {channel:?}");
            }
            assert_eq!(policy.secret(Channel { local: false, ..TLS }, Secrecy::Session), Ok(()));
        }
    }

    #[test]
    fn who_comes_without_a_credential_is_what_was_set() {
        let ask =
            |plain, guests, channel| Policy { plain, guests, ..Policy::default() }.caller(channel, Credential::None);
        let control = Some(GuestLevel::Control);
        assert_eq!(ask(Plain::Guest, control, CLEAR), Ok(guest(GuestLevel::Control)));
        assert_eq!(ask(Plain::All, control, CLEAR), Ok(guest(GuestLevel::Control)));
        assert_eq!(ask(Plain::Listen, control, CLEAR), Ok(guest(GuestLevel::Listen)));
        assert_eq!(ask(Plain::None, control, CLEAR), Err(Refusal::TlsRequired));
        assert_eq!(ask(Plain::Listen, control, TLS), Ok(guest(GuestLevel::Control)), "https is not clear");
        assert_eq!(ask(Plain::None, Some(GuestLevel::Listen), TLS), Ok(guest(GuestLevel::Listen)));
        assert_eq!(ask(Plain::Guest, None, CLEAR), Ok(Caller::Nobody));
        let far = |encrypted| Channel { encrypted, local: false, near: false, loopback: false };
        assert_eq!(ask(Plain::Guest, control, far(true)), Ok(Caller::Nobody));
        assert_eq!(ask(Plain::All, control, far(false)), Err(Refusal::TlsRequired));
    }

    #[test]
    fn a_wrong_credential_is_no_guest() {
        let policy = Policy::default();
        for channel in [TLS, CLEAR, Channel { loopback: true, ..CLEAR }] {
            for refusal in [Refusal::Wrong, Refusal::PasswordAgain] {
                assert_eq!(policy.caller(channel, Credential::Wrong(refusal)), Err(refusal));
            }
        }
    }

    #[test]
    fn a_program_on_this_machine_is_an_operator_unless_that_was_ended() {
        let channel = Channel { loopback: true, ..CLEAR };
        let Ok(Caller::Person(person)) = Policy::default().caller(channel, Credential::None) else { panic!("nobody") };
        assert_eq!((person.role, person.name.as_str(), person.fresh), (Role::Operator, "loopback", false));
        let ended = Policy { loopback: false, ..Policy::default() };
        assert_eq!(ended.caller(channel, Credential::None), Ok(guest(GuestLevel::Control)));
        let none = Policy { plain: Plain::None, ..Policy::default() };
        assert!(matches!(none.caller(channel, Credential::None), Ok(Caller::Person(_))));
    }

    fn local<'a>() -> Loopback<'a> {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        Loopback {
            peer: loopback,
            own: loopback,
            port: 3000,
            host: Some("localhost:3000"),
            is_proxy: false,
            forwarded: false,
            foreign: false,
            http11: true,
            owner: Some(1000),
            user: 999,
        }
    }

    #[test]
    fn each_point_of_the_loopback_rule_must_hold() {
        assert!(local().holds());
        let far = IpAddr::from([10, 0, 0, 7]);
        let coat: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
        for (case, request) in [
            ("from elsewhere", Loopback { peer: far, ..local() }),
            ("to elsewhere", Loopback { own: far, ..local() }),
            ("a proxy that is believed", Loopback { is_proxy: true, ..local() }),
            ("a proxy's header", Loopback { forwarded: true, ..local() }),
            ("a page", Loopback { foreign: true, ..local() }),
            ("nginx's HTTP/1.0", Loopback { http11: false, ..local() }),
            ("nginx's user", Loopback { owner: Some(33), ..local() }),
            ("root, as a container's proxy", Loopback { owner: Some(0), ..local() }),
            ("nobody", Loopback { owner: Some(65534), ..local() }),
            ("a dynamic user of a service", Loopback { owner: Some(61_200), ..local() }),
            ("not known", Loopback { owner: None, ..local() }),
        ] {
            assert!(!request.holds(), "{case}");
        }
        assert!(Loopback { owner: Some(999), ..local() }.holds(), "the own user");
        assert!(Loopback { owner: Some(0), user: 0, ..local() }.holds(), "root, where this is root's, too");
        assert!(Loopback { peer: coat, own: coat, ..local() }.holds());
    }

    #[test]
    fn host_is_a_name_of_loopback_with_the_own_port() {
        let named = |host| Loopback { host, ..local() }.holds();
        for right in ["localhost:3000", "LOCALHOST:3000", "127.0.0.1:3000", "127.8.8.8:3000", "[::1]:3000"] {
            assert!(named(Some(right)), "{right}");
        }
        let wrong =
            ["localhost", "localhost:80", "music.local:3000", "localhost.evil.example:3000", "127.0.0.1.nip.io:3000"];
        for wrong in wrong.into_iter().chain(["", ":3000", "[::2]:3000", "::1", "10.0.0.1:3000", "localhost:3000:3000"])
        {
            assert!(!named(Some(wrong)), "{wrong}");
        }
        assert!(!named(None));
        assert!(Loopback { host: Some("localhost"), port: 80, ..local() }.holds());
    }
}
