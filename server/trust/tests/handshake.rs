//! Speakers and coordinators meet in real handshakes: the CA that signs, the pin that judges, the key that is proved.

#![expect(clippy::unwrap_used, reason = "a test's helpers are no tests to clippy")]

use std::{sync::Arc, time::Duration};

use downbeat_identity::{
    Dates, Fingerprint, Known, Pin, PinError, SpeakerKey, UNDATED,
    handshake::{coordinator, known, provider, speaker, speaker_of},
};
use downbeat_trust::authority::{About, Authority, DAY, Names, ServerCertificate};
use proptest::prelude::*;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Error, HandshakeKind, OtherError, RootCertStore, ServerConfig,
    ServerConnection,
    client::danger::ServerCertVerifier as _,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds.unsigned_abs()))
}

fn serve(certificate: ServerCertificate) -> Arc<ServerConfig> {
    Arc::new(coordinator(certificate.chain, certificate.key).unwrap())
}

fn connects(key: &SpeakerKey, pin: Pin) -> Arc<ClientConfig> {
    Arc::new(speaker(key, pin, Dates::default()).unwrap())
}

/// Both ends of a connection, once nothing more is to be said.
fn meet(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Result<(ClientConnection, ServerConnection), Error> {
    let name = ServerName::try_from("10.0.0.2").unwrap();
    let mut client = ClientConnection::new(Arc::clone(client), name)?;
    let mut server = ServerConnection::new(Arc::clone(server))?;
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut heard = Ok(());
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            server.read_tls(&mut wire).unwrap();
            heard = heard.and(server.process_new_packets().map(drop));
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            client.read_tls(&mut wire).unwrap();
            client.process_new_packets()?;
        }
        heard?;
    }
    assert!(!client.is_handshaking() && !server.is_handshaking(), "nothing was left out");
    Ok((client, server))
}

/// The words of a speaker that refused.
fn refusal(error: Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(why))) => why.to_string(),
        other => panic!("it failed otherwise: {other}"),
    }
}

fn learnt(pin: Pin, client: &ClientConnection) -> Known {
    known(pin, Dates::default(), client.peer_certificates(), at(NOW)).unwrap()
}

#[test]
fn the_coordinator_learns_the_key_and_the_speaker_the_ca() {
    let (key, ca) = (SpeakerKey::generate().unwrap(), Authority::generate().unwrap());
    let server = serve(ca.for_speakers(None).unwrap());
    for pin in [Pin::Open, Pin::Ca(ca.fingerprint())] {
        let (client, server) = meet(&connects(&key, pin), &server).unwrap();
        assert_eq!(speaker_of(server.peer_certificates()), Some(key.fingerprint()));
        assert_eq!(learnt(pin, &client), Known { ca: ca.fingerprint(), rotated: false });
        assert_eq!(server.alpn_protocol(), Some(&b"downbeat/1"[..]));
        assert_eq!(server.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    }
}

#[test]
fn another_coordinator_is_refused_in_words() {
    let (key, ours, theirs) =
        (SpeakerKey::generate().unwrap(), Authority::generate().unwrap(), Authority::generate().unwrap());
    let pinned = connects(&key, Pin::Ca(ours.fingerprint()));
    let words = refusal(meet(&pinned, &serve(theirs.for_speakers(None).unwrap())).unwrap_err());
    let expected = PinError::Other { shown: Some(theirs.fingerprint()), pinned: ours.fingerprint() };
    assert_eq!(words, expected.to_string());
    // the stranger shows our CA's certificate beside a chain of its own, or vouches for itself
    for more in [
        vec![ours.certificate(&About::undated(Names::default())).unwrap()],
        vec![theirs.vouch_for(&ours).unwrap()],
        vec![theirs.vouch_for(&ours).unwrap(), ours.certificate(&About::undated(Names::default())).unwrap()],
    ] {
        let mut shown = theirs.for_speakers(None).unwrap();
        shown.chain.extend(more);
        let words = refusal(meet(&pinned, &serve(shown)).unwrap_err());
        assert!(words.contains("certificates do not hold together"), "{words}");
    }
}

#[test]
fn a_speaker_follows_a_rotation_that_its_ca_signed_and_no_other() {
    let key = SpeakerKey::generate().unwrap();
    let (old, new, thief) =
        (Authority::generate().unwrap(), Authority::generate().unwrap(), Authority::generate().unwrap());
    let rotating = serve(new.for_speakers(Some(&old)).unwrap());
    let pin = Pin::Ca(old.fingerprint());
    let (client, _) = meet(&connects(&key, pin), &rotating).unwrap();
    assert_eq!(learnt(pin, &client), Known { ca: new.fingerprint(), rotated: true });
    let followed = Pin::Ca(new.fingerprint());
    let (client, _) = meet(&connects(&key, followed), &rotating).unwrap();
    assert_eq!(learnt(followed, &client), Known { ca: new.fingerprint(), rotated: false });
    let (client, _) = meet(&connects(&key, Pin::Open), &rotating).unwrap();
    assert_eq!(learnt(Pin::Open, &client).ca, new.fingerprint());
    meet(&connects(&key, followed), &serve(new.for_speakers(None).unwrap())).unwrap();
    // the one that was left is not believed any more
    assert!(meet(&connects(&key, followed), &serve(old.for_speakers(None).unwrap())).is_err());
    assert!(meet(&connects(&key, pin), &serve(new.for_speakers(Some(&thief)).unwrap())).is_err());
    // two steps at once: the old one vouches for the new one, which vouches for a third
    let third = Authority::generate().unwrap();
    let mut shown = third.for_speakers(Some(&new)).unwrap();
    let undated = About::undated(Names::default());
    shown.chain.extend([old.vouch_for(&new).unwrap(), old.certificate(&undated).unwrap()]);
    assert!(meet(&connects(&key, pin), &serve(shown)).is_err());
}

#[test]
fn a_servers_certificate_is_no_ca_and_a_speakers_is_no_servers() {
    let (key, ca) = (SpeakerKey::generate().unwrap(), Authority::generate().unwrap());
    // a speaker's own certificate in the place of a server's
    let stranger = SpeakerKey::generate().unwrap();
    let certificate = ServerCertificate {
        chain: vec![stranger.certificate().clone(), ca.certificate(&About::undated(Names::default())).unwrap()],
        key: stranger.private(),
        about: About::undated(Names::default()),
    };
    let words = refusal(meet(&connects(&key, Pin::Ca(ca.fingerprint())), &serve(certificate)).unwrap_err());
    assert!(words.contains("do not hold together"), "{words}");
    // a server's certificate in the place of a CA: it must not vouch
    let server = ca.for_speakers(None).unwrap();
    let pinned_server = Fingerprint::of_certificate(&server.chain[0]).unwrap();
    assert!(meet(&connects(&key, Pin::Ca(pinned_server)), &serve(server)).is_err());
}

#[test]
fn a_certificate_without_its_key_is_nobodys() {
    let (key, other, ca) =
        (SpeakerKey::generate().unwrap(), SpeakerKey::generate().unwrap(), Authority::generate().unwrap());
    let forged = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_client_auth_cert(vec![key.certificate().clone()], other.private());
    // rustls itself sees that they do not belong together
    assert!(matches!(forged, Err(Error::InconsistentKeys(_))));
    let bare = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let refused = meet(&Arc::new(bare), &serve(ca.for_speakers(None).unwrap())).unwrap_err();
    assert!(matches!(refused, Error::NoCertificatesPresented | Error::AlertReceived(_)), "{refused}");
}

#[test]
fn a_resumed_session_says_the_same_of_both() {
    let (key, ca) = (SpeakerKey::generate().unwrap(), Authority::generate().unwrap());
    let server = serve(ca.for_speakers(None).unwrap());
    let client = connects(&key, Pin::Ca(ca.fingerprint()));
    let (_, first) = meet(&client, &server).unwrap();
    assert_eq!(first.handshake_kind(), Some(HandshakeKind::Full));
    let (client, second) = meet(&client, &server).unwrap();
    assert_eq!(second.handshake_kind(), Some(HandshakeKind::Resumed));
    assert_eq!(speaker_of(second.peer_certificates()), Some(key.fingerprint()));
    assert_eq!(learnt(Pin::Ca(ca.fingerprint()), &client), Known { ca: ca.fingerprint(), rotated: false });
    // under the keys of another run it is whole again
    let restarted = serve(ca.for_speakers(None).unwrap());
    let again = connects(&key, Pin::Ca(ca.fingerprint()));
    meet(&again, &server).unwrap();
    assert_eq!(meet(&again, &restarted).unwrap().1.handshake_kind(), Some(HandshakeKind::Full));
}

/// The chain of a server whose certificate has dates, as a future version may make it.
fn dated(ca: &Authority, clock: i64) -> Vec<CertificateDer<'static>> {
    let mut made = ca.for_people(Some(clock), &Names::new(["music.local"], [])).unwrap();
    made.chain.push(ca.certificate(&About::of_ca(Some(clock), Names::new(["music.local"], []))).unwrap());
    made.chain
}

#[test]
fn a_wrong_clock_locks_nobody_out() {
    let ca = Authority::generate().unwrap();
    let pin = Pin::Ca(ca.fingerprint());
    let chain = ca.for_speakers(None).unwrap().chain;
    for clock in [0, 1, NOW, 4_000_000_000, UNDATED.1] {
        for kept in [0, NOW.unsigned_abs(), UNDATED.1.unsigned_abs()] {
            let dates = Dates { built: NOW.unsigned_abs(), kept };
            assert_eq!(known(pin, dates, Some(&chain), at(clock)).unwrap().ca, ca.fingerprint(), "{clock} {kept}");
        }
    }
}

#[test]
fn an_end_counts_by_the_latest_time_and_a_beginning_does_not() {
    let ca = Authority::generate().unwrap();
    let pin = Pin::Ca(ca.fingerprint());
    let chain = dated(&ca, NOW);
    let judge = |clock: i64, built: i64, kept: i64| {
        let dates = Dates { built: built.unsigned_abs(), kept: kept.unsigned_abs() };
        known(pin, dates, Some(&chain), at(clock)).is_ok()
    };
    assert!(judge(NOW, 0, 0) && judge(0, 0, 0), "1970, before it begins");
    assert!(judge(0, NOW, NOW));
    let late = NOW + 400 * DAY;
    assert!(!judge(late, 0, 0) && !judge(0, late, 0) && !judge(0, 0, late));
}

#[test]
fn browsers_believe_the_ca_for_names_of_the_house_alone() {
    let ca = Authority::generate().unwrap();
    let names = Names::new(["music.local", "music"], ["10.0.0.2".parse().unwrap()]);
    let certificate = ca.certificate(&About::of_ca(Some(NOW), names.clone())).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let check = |served: &Names, asked: &str| {
        let chain = ca.for_people(Some(NOW), served).unwrap().chain;
        let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots.clone()), provider());
        let name = ServerName::try_from(asked.to_owned()).unwrap();
        verifier.build().unwrap().verify_server_cert(&chain[0], &[], &name, &[], at(NOW)).is_ok()
    };
    for right in ["music.local", "music", "10.0.0.2", "127.0.0.1", "localhost"] {
        assert!(check(&names, right), "{right}");
    }
    assert!(!check(&names, "other.local") && !check(&names, "10.0.0.3"), "it is not for these");
    let bank = Names::new(["bank.example"], []);
    assert!(!check(&bank, "bank.example"), "the CA may not sign it");
    let later = Names::new(["music.local", "stage.local"], ["192.168.7.7".parse().unwrap()]);
    assert!(check(&later, "stage.local") && check(&later, "192.168.7.7"));
}

#[test]
fn a_ca_that_was_kept_is_the_same() {
    let ca = Authority::generate().unwrap();
    let again = Authority::from_pem(&ca.to_pem()).unwrap();
    assert_eq!(again.fingerprint(), ca.fingerprint());
    let key = SpeakerKey::generate().unwrap();
    meet(&connects(&key, Pin::Ca(ca.fingerprint())), &serve(again.for_speakers(None).unwrap())).unwrap();
    let certificate = ca.certificate(&About::of_ca(None, Names::default())).unwrap();
    assert_eq!(Fingerprint::of_certificate(&certificate).unwrap(), ca.fingerprint());
    assert!(Authority::from_pem("nothing").unwrap_err().to_string().contains("backup"));
    assert!(!format!("{ca:?} {:?}", ca.for_speakers(None)).contains("PRIVATE"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No change of one byte in a chain is believed, and none is a panic.
    #[test]
    fn a_chain_that_was_changed_is_not_believed(which in 0_usize..2, at_byte: prop::sample::Index, with in 1_u8..) {
        let ca = Authority::generate().unwrap();
        let mut chain = ca.for_speakers(None).unwrap().chain;
        let mut bytes = chain[which].to_vec();
        let place = at_byte.index(bytes.len());
        bytes[place] ^= with;
        chain[which] = bytes.into();
        let judged = known(Pin::Ca(ca.fingerprint()), Dates::default(), Some(&chain), at(NOW));
        // the CA's own certificate only brings the key; a change elsewhere in it is no harm
        prop_assert!(judged.is_err() || which == 1 && judged.unwrap().ca == ca.fingerprint());
    }
}

/// One that believes everybody, as a thief's program would.
#[derive(Debug)]
struct Anybody;

impl rustls::client::danger::ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 alone".into()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
