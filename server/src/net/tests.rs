//! The port over sockets.

use std::{
    io::{self, Read as _},
    sync::Arc,
    time::Duration,
};

use downbeat_identity::{
    Dates, Pin, SpeakerKey,
    handshake::{coordinator, provider, speaker},
};
use downbeat_trust::authority::{About, Authority, Names, pem};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion,
    pki_types::{CertificateDer, ServerName},
    version,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;

/// None of it runs out in a test.
const LONG: Duration = Duration::from_hours(1);

struct Rig {
    listener: TcpListener,
    met: Met,
    ca: Authority,
    names: Names,
}

impl Rig {
    async fn new(deadline: Duration) -> Self {
        let ca = Authority::generate().unwrap();
        let names = Names::new(["music.local"], []);
        let certificates = Certificates::new(for_speakers(&ca), for_people(&ca, &names));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, met: Met { certificates, turns: Turns::default(), deadline }, ca, names }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap()
    }

    /// Takes the next connection in.
    async fn accept(&self) -> io::Result<(Stream, Peer)> {
        let (socket, address) = self.listener.accept().await?;
        meet(socket, address, &self.met).await
    }

    fn speaker(&self, key: &SpeakerKey) -> Arc<ClientConfig> {
        Arc::new(speaker(key, Pin::Ca(self.ca.fingerprint()), Dates::default()).unwrap())
    }

    /// A browser that believes the CA.
    fn browser(&self, alpn: &[&str], versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.certificate(&About::of_ca(None, self.names.clone())).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// Both ends of a connection over TLS, after a word each way.
    async fn meet(&self, config: &Arc<ClientConfig>) -> (TlsStream<TcpStream>, Stream, Peer) {
        let socket = self.connect().await;
        let client = async {
            let mut client = secure(config, socket).await.unwrap();
            client.write_all(b"ping").await.unwrap();
            client
        };
        let (mut client, accepted) = tokio::join!(client, self.accept());
        let (mut server, peer) = accepted.unwrap();
        let mut word = [0; 4];
        server.read_exact(&mut word).await.unwrap();
        server.write_all(&word).await.unwrap();
        server.flush().await.unwrap();
        client.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"ping");
        (client, server, peer)
    }

    /// The port still takes somebody in.
    async fn lives(&self) {
        let mut client = self.connect().await;
        client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        let (_, peer) = self.accept().await.unwrap();
        assert_eq!((peer.secured, peer.address), (None, client.local_addr().unwrap()));
    }
}

fn for_speakers(ca: &Authority) -> rustls::ServerConfig {
    let made = ca.for_speakers(None).unwrap();
    coordinator(made.chain, made.key).unwrap()
}

fn for_people(ca: &Authority, names: &Names) -> rustls::ServerConfig {
    let made = ca.for_people(None, names).unwrap();
    people(made.chain, made.key).unwrap()
}

async fn secure(config: &Arc<ClientConfig>, socket: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("music.local").unwrap();
    TlsConnector::from(Arc::clone(config)).connect(name, socket).await
}

#[tokio::test]
async fn tls_and_clear_are_told_apart_by_the_first_byte_and_nothing_of_it_is_lost() {
    let rig = Rig::new(LONG).await;
    let mut client = rig.connect().await;
    client.write_all(b"GET /").await.unwrap();
    let (mut server, peer) = rig.accept().await.unwrap();
    assert_eq!(peer.secured, None);
    let mut word = [0; 5];
    server.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"GET /");
    for alpn in [&["http/1.1"][..], &["h2", "http/1.1"], &[]] {
        let browser = rig.browser(alpn, &[&version::TLS13]);
        let (client, _, peer) = rig.meet(&browser).await;
        assert_eq!(peer.secured, Some(Secured { speaker: None, resumed: false }), "{alpn:?}");
        assert_eq!(client.get_ref().1.alpn_protocol().is_some(), !alpn.is_empty());
    }
    let old = rig.browser(&["http/1.1"], &[&version::TLS12]);
    let (client, ..) = rig.meet(&old).await;
    assert_eq!(client.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
}

#[tokio::test]
async fn a_speaker_proves_its_key_and_again_by_a_ticket() {
    let rig = Rig::new(LONG).await;
    let key = SpeakerKey::generate().unwrap();
    let config = rig.speaker(&key);
    for resumed in [false, true, true] {
        let (_, _, peer) = rig.meet(&config).await;
        assert_eq!(peer.secured, Some(Secured { speaker: Some(key.fingerprint()), resumed }));
    }
}

#[tokio::test]
async fn who_says_to_be_a_speaker_needs_a_key_and_the_newest_tls() {
    let rig = Rig::new(LONG).await;
    for version in [&version::TLS13, &version::TLS12] {
        let bare = rig.browser(&["downbeat/1"], &[version]);
        let socket = rig.connect().await;
        let (_, accepted) = tokio::join!(secure(&bare, socket), rig.accept());
        assert!(accepted.is_err(), "{version:?}");
    }
    rig.lives().await;
}

#[tokio::test]
async fn a_certificate_that_was_made_anew_is_shown_from_the_next_handshake_on() {
    let rig = Rig::new(LONG).await;
    let browser = rig.browser(&["http/1.1"], &[&version::TLS13]);
    let leaf = |client: &TlsStream<TcpStream>| client.get_ref().1.peer_certificates().unwrap()[0].clone();
    let (mut before, mut server, _) = rig.meet(&browser).await;
    rig.met.certificates.set_people(for_people(&rig.ca, &rig.names));
    let browser = rig.browser(&["http/1.1"], &[&version::TLS13]);
    let (after, ..) = rig.meet(&browser).await;
    assert_ne!(leaf(&before), leaf(&after));
    server.write_all(b"still").await.unwrap();
    server.flush().await.unwrap();
    let mut word = [0; 5];
    before.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"still", "what was open stays");
    let key = SpeakerKey::generate().unwrap();
    let stranger = Authority::generate().unwrap();
    rig.met.certificates.set_speakers(for_speakers(&stranger));
    let config = rig.speaker(&key);
    let socket = rig.connect().await;
    let (client, _) = tokio::join!(secure(&config, socket), rig.accept());
    assert!(client.is_err());
}

/// Replaces a file, as an ACME client does. The clock of files is too coarse to tell two writes in a row apart.
fn put(path: &std::path::Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

/// Writes a certificate of this CA for people into two files.
fn write_pair(ca: &Authority, names: &Names, files: &PairFiles) -> CertificateDer<'static> {
    let made = ca.for_people(None, names).unwrap();
    put(&files.key, &pem("PRIVATE KEY", made.key.secret_der()));
    put(&files.certificate, &pem("CERTIFICATE", &made.chain[0]));
    made.chain[0].clone()
}

#[tokio::test]
async fn a_certificate_in_files_is_read_anew_when_it_changes_and_half_a_change_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let files = PairFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    let mut rig = Rig::new(LONG).await;
    let missing = Certificates::with_files(for_speakers(&rig.ca), files.clone()).unwrap_err().to_string();
    assert!(missing.contains("cert.pem") && missing.contains("no such file"), "{missing}");
    let first = write_pair(&rig.ca, &rig.names, &files);
    rig.met.certificates = Certificates::with_files(for_speakers(&rig.ca), files.clone()).unwrap();
    let shown = async |rig: &Rig| {
        let browser = rig.browser(&["http/1.1"], &[&version::TLS13]);
        let (client, ..) = rig.meet(&browser).await;
        client.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    assert_eq!(shown(&rig).await, first);
    rig.met.certificates.set_people(for_people(&rig.ca, &rig.names));
    assert_eq!(shown(&rig).await, first, "the own CA's does not take its place");
    let second = rig.ca.for_people(None, &rig.names).unwrap();
    put(&files.certificate, &pem("CERTIFICATE", &second.chain[0]));
    assert_eq!(shown(&rig).await, first, "its key is not there yet");
    put(&files.key, &pem("PRIVATE KEY", second.key.secret_der()));
    assert_eq!(shown(&rig).await, second.chain[0]);
    std::fs::remove_file(&files.certificate).unwrap();
    assert_eq!(shown(&rig).await, second.chain[0], "it is gone for a moment");
    let third = write_pair(&rig.ca, &rig.names, &files);
    assert_eq!(shown(&rig).await, third);
}

#[tokio::test]
async fn what_shows_nothing_in_time_is_let_go_and_garbage_harms_nobody() {
    let rig = Rig::new(Duration::from_millis(50)).await;
    for begun in [&[][..], &[0x16], &[0x16, 3, 1]] {
        let mut socket = rig.connect().await;
        socket.write_all(begun).await.unwrap();
        assert_eq!(rig.accept().await.unwrap_err().kind(), io::ErrorKind::TimedOut, "{begun:?}");
    }
    let rig = Rig::new(LONG).await;
    drop(rig.connect().await);
    assert_eq!(rig.accept().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    for garbage in [vec![0x16; 600], [vec![0x16, 3, 1, 0, 5], vec![0xff; 5]].concat()] {
        let mut socket = rig.connect().await;
        socket.write_all(&garbage).await.unwrap();
        assert!(rig.accept().await.is_err());
    }
    rig.lives().await;
}

/// The first message of a handshake.
fn first_words(config: &Arc<ClientConfig>) -> Vec<u8> {
    let name = ServerName::try_from("music.local").unwrap();
    let mut client = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut said = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut said).unwrap();
    }
    said
}

#[tokio::test]
async fn an_address_with_hundreds_of_handshakes_keeps_a_newcomer_waiting_for_a_few_of_them() {
    let mut rig = Rig::new(LONG).await;
    rig.met.turns = Turns::new(1);
    let hello = first_words(&rig.speaker(&SpeakerKey::generate().unwrap()));
    let connect = async |last: u8| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, last], 0).into()).unwrap();
        let client = socket.connect(rig.listener.local_addr().unwrap()).await.unwrap();
        let (server, address) = rig.listener.accept().await.unwrap();
        (client, server, address)
    };
    let busy = rig.met.turns.turn([127, 0, 0, 9].into()).await;
    let (mut handshakes, mut crowd) = (JoinSet::new(), Vec::new());
    let mut begin = |server, address| {
        let met = rig.met.clone();
        handshakes.spawn(async move { meet(server, address, &met).await });
    };
    for _ in 0..300 {
        let (mut client, server, address) = connect(2).await;
        client.write_all(&hello).await.unwrap();
        crowd.push(client);
        begin(server, address);
    }
    let (mut newcomer, server, address) = connect(3).await;
    newcomer.write_all(&hello).await.unwrap();
    begin(server, address);
    while rig.met.turns.waiting() < 301 {
        tokio::task::yield_now().await;
    }
    let mut newcomer = newcomer.into_std().unwrap();
    drop(busy);
    while newcomer.read(&mut [0; 16]).is_err() {
        tokio::task::yield_now().await;
    }
    let is_answered = |client: TcpStream| client.into_std().unwrap().read(&mut [0; 16]).is_ok();
    let answered = crowd.into_iter().map(is_answered).filter(|answered| *answered).count();
    // the test itself runs once in 61 steps of the others
    assert!(answered < 150, "{answered} were answered before");
}
