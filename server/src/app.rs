//! The composition root: makes every part, connects them, and takes them down again.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::Utc;
use downbeat_host::{data_lock::DataLock, files};
use downbeat_identity::Fingerprint;
use downbeat_protocol::server_message::Settings;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{Notify, Semaphore},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{self, Access, AdminToken, AdminTokenFault, AuditLog, KeyStates, People, PeopleError},
    announce::Announcement,
    api::{self, Api, budgets::Budgets, events::Events, foreign_site::Sites, half_uploads, router, uploads},
    authority::{AuthorityFault, OwnAuthority, https_addresses, keep_current, own_names, set_clock},
    backup::{self, RestoreError},
    clock::{self, ServerClock},
    conductor::{Conductor, ConductorSettings},
    config::Config,
    data_folder::{self, FolderInUse},
    doctor::{facts::Examined, kept},
    gateway::{Gateway, GatewaySettings},
    halves::Pieces,
    house::{House, Kept},
    metrics::Tally,
    net::{Certificates, PairError},
    register::{KnownParts, Register, RegisterSettings},
    sockets::{self, Bounds, Places, Served},
    web::Page,
};
use downbeat_library::{Library, LibraryError, LibrarySettings, TurnSettings, edit::Editor, upload::Uploads};
use downbeat_store::{Store, StoreError};
use downbeat_trust::{admission::Plain, audit::AuditError, rights::GuestLevel};
use downbeat_zone::ZoneSettings;

/// How long requests under way may still take after the stop was asked for.
const GRACE: Duration = Duration::from_millis(900);

/// Files and folders of the data folder that earlier versions left readable for others.
const PRIVATE: [&str; 10] = [
    "downbeat.db",
    "downbeat.db-wal",
    "downbeat.db-shm",
    "downbeat.lock",
    "covers",
    backup::ASIDE,
    access::ADMIN_TOKEN_FILE,
    "audit",
    "trust",
    kept::FILE,
];

/// Why the coordinator does not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {source}. {advice}")]
    Listen {
        /// As configured.
        listen: String,
        /// The system's error.
        source: io::Error,
        /// The advice for people.
        advice: String,
    },
    /// The data folder is somebody else's.
    #[error(transparent)]
    FolderInUse(#[from] FolderInUse),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A restored database that waits.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The music folders.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The admin's token.
    #[error(transparent)]
    AdminToken(#[from] AdminTokenFault),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Users, sessions and tokens.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The own CA.
    #[error(transparent)]
    Authority(#[from] AuthorityFault),
    /// The certificate of somebody else.
    #[error(transparent)]
    Pair(#[from] PairError),
}

/// A coordinator at work. Dropping it leaves it running; [`Running::shutdown`] ends it.
pub struct Running {
    /// The address that it listens on.
    pub addr: SocketAddr,
    stopping: CancellationToken,
    server: JoinHandle<()>,
    connections: TaskTracker,
    conductor: Conductor,
    store: Store,
    start_anew: Arc<Notify>,
    /// Ends with the run.
    announcement: Option<Announcement>,
    authority: Arc<OwnAuthority>,
    access: Access,
    data_lock: DataLock,
}

/// A coordinator that is being started.
pub type Starting = Pin<Box<dyn Future<Output = Result<Running, AppError>> + Send>>;

/// Starts a coordinator. It answers as soon as this returns; the scan of the music folders goes on behind it.
///
/// The future is boxed, so that every test that awaits it does not compile the coordinator again.
pub fn start(config: Config) -> Starting {
    Box::pin(assemble(config))
}

async fn assemble(config: Config) -> Result<Running, AppError> {
    let listener = listen(&config.listen).await?;
    let addr = listener.local_addr().map_err(|e| cannot_listen(&config.listen, e))?;
    let data_lock = data_folder::take(&config.data).await?;
    if backup::take_up(&config.data)? {
        tracing::info!(before = %config.data.join(backup::ASIDE).display(), "what was restored is in its place");
    }
    let authority = Arc::new(OwnAuthority::open(&config.data, set_clock(), &own_names(&config.allow_host))?);
    let certificates = certificates(&config, &authority)?;
    let store = Store::open(&config.data).await?;
    files::make_private(&config.data, &PRIVATE);
    let house = House { start: config };
    let config = house.in_force(&Kept::load(&store).await?);
    complete_index(&store).await;
    let people = People::load(store.clone()).await?;
    let audit = AuditLog::open(&config.data)?;
    let admin = AdminToken::open(&config.data)?;
    let library = Library::start(store.clone(), config.music.clone(), library_settings(&config)).await?;
    let clock = ServerClock::named(store.clock(clock::boot().as_deref(), ServerClock::new().now()).await?);
    let conductor = Conductor::start(clock, library, store.clone(), conductor_settings(&config)).await?;
    let stopping = CancellationToken::new();
    let connections = TaskTracker::new();
    let known = known_parts(&store, &conductor, &authority, &audit);
    let register = Register::open(known, register_settings(&config)).await?;
    let access = Access::new(config.access.clone(), admin, people, key_states(&register));
    let gateway = Gateway {
        conductor: conductor.clone(),
        register,
        settings: gateway_settings(&config),
        stopping: stopping.clone(),
        connections: connections.clone(),
    };
    let start_anew = Arc::new(Notify::new());
    let events = Events::new(conductor.changes().clone(), uuid::Uuid::new_v4().as_u64_pair().0);
    let music: Arc<[_]> = conductor.library().folders().into();
    let places =
        Places::new(Bounds::within_limit(config.connections, config.connections_per_address, &config.proxy_address));
    let editor = Editor::new(Arc::clone(&music), config.data.join("edits"), config.keep_edits_days);
    let tally = Tally::default();
    let examined = Arc::new(Examined::new(config.clone(), addr));
    let api = Api {
        asker: None,
        access: access.clone(),
        audit: audit.clone(),
        authority: Arc::clone(&authority),
        certificates: certificates.clone(),
        port: addr.port(),
        conductor: conductor.clone(),
        store: store.clone(),
        house: Arc::new(house),
        music: Arc::clone(&music),
        allow_delete: config.allow_delete,
        uploads: Uploads::new(Arc::clone(&music), config.data.join("edits")).leaving_out(config.leave_out.clone()),
        pieces: Pieces::default(),
        uploading: Arc::new(Semaphore::new(uploads::AT_A_TIME)),
        edits: Arc::new(tokio::sync::Mutex::new(Arc::new(editor))),
        scans: Arc::default(),
        backups: Arc::new(Semaphore::new(1)),
        gateway,
        places: places.clone(),
        started: Utc::now(),
        sites: Sites::new(&config.allow_host, &config.access.cors),
        page: Page::new(config.web_dir.clone()),
        start_anew: start_anew.clone(),
        budgets: Budgets::default(),
        events,
        detail: config.metrics,
        tally: tally.clone(),
        examined: Arc::clone(&examined),
    };
    in_background(&api, &config, &stopping);
    let parts = Served {
        router: router::router(api),
        places,
        certificates,
        patience: config.patience,
        stopping: stopping.clone(),
        tally,
    };
    let server = tokio::spawn(sockets::serve(listener, parts));
    tell_policy(&config);
    tell_address(&config, addr);
    let announcement = Announcement::begin(addr, authority.fingerprint(), authority.old());
    examined.announced.store(announcement.is_some(), Ordering::Relaxed);
    Ok(Running {
        addr,
        stopping,
        server,
        connections,
        conductor,
        store,
        start_anew,
        announcement,
        authority,
        access,
        data_lock,
    })
}

/// Begins what goes on until the coordinator stops.
fn in_background(api: &Api, config: &Config, stopping: &CancellationToken) {
    tokio::spawn(sweep(api.access.people().clone(), stopping.clone()));
    tokio::spawn(half_uploads::sweep(api.pieces.clone(), stopping.clone()));
    tokio::spawn(api::events::publish(api.clone()));
    tokio::spawn(keep_current(
        Arc::clone(&api.authority),
        api.certificates.clone(),
        config.allow_host.clone(),
        stopping.clone(),
    ));
}

fn certificates(config: &Config, authority: &OwnAuthority) -> Result<Certificates, AppError> {
    Ok(match &config.tls_files {
        Some(files) => Certificates::with_files(authority.for_speakers()?, files.clone())?,
        None => Certificates::new(authority.for_speakers()?, authority.for_people()?),
    })
}

/// The parts that the register stands on.
fn known_parts(store: &Store, conductor: &Conductor, authority: &OwnAuthority, audit: &AuditLog) -> KnownParts {
    KnownParts {
        store: store.clone(),
        fleet: conductor.fleet().clone(),
        ca: authority.fingerprint(),
        audit: audit.clone(),
    }
}

fn register_settings(config: &Config) -> RegisterSettings {
    RegisterSettings {
        legacy: config.legacy_speakers,
        adopt_all_for: config.adopt_all_for,
        own_user_waits: !config.access.policy.loopback,
    }
}

fn gateway_settings(config: &Config) -> GatewaySettings {
    GatewaySettings {
        ping_interval: config.ping_interval,
        ping_timeout: config.ping_timeout,
        ..GatewaySettings::default()
    }
}

/// The lookup of whose a speaker's key is.
fn key_states(register: &Register) -> KeyStates {
    let register = register.clone();
    Arc::new(move |key| register.whose(key))
}

fn library_settings(config: &Config) -> LibrarySettings {
    let turn = config.ffmpeg.clone().map(|ffmpeg| TurnSettings {
        ffmpeg: Some(ffmpeg),
        cache_bytes: config.convert_cache_bytes,
        at_once: config.convert_cores,
        ..TurnSettings::new(config.data.join("converted"))
    });
    let (leave_out, separators) = (config.leave_out.clone(), config.separators.clone());
    LibrarySettings { rescan: config.rescan, leave_out, separators, turn }
}

fn conductor_settings(config: &Config) -> ConductorSettings {
    ConductorSettings {
        zone: ZoneSettings { ready_deadline_us: micros(config.ready_deadline), ..ZoneSettings::default() },
        speaker: Settings {
            max_drift_us: micros(config.max_drift),
            ping_interval_ms: config.ping_interval.as_millis() as u32,
            ..Settings::default()
        },
        position_check: config.position_check,
        history: config.history,
        max_speakers: config.max_speakers,
        max_zones: config.max_zones,
        proxies: config.proxy_address.clone(),
    }
}

impl Running {
    /// The parts, for tests.
    pub fn conductor(&self) -> &Conductor {
        &self.conductor
    }

    /// The own CA.
    pub fn authority(&self) -> &OwnAuthority {
        &self.authority
    }

    /// True if somebody can log in as an admin.
    pub fn has_admin(&self) -> bool {
        self.access.people().has_admin()
    }

    /// A link that makes the first admin, while there is none, and the CA's fingerprint: for the console, and in no
    /// log.
    pub fn setup_link(&self) -> Option<(String, Fingerprint)> {
        let people = self.access.people();
        if people.has_admin() {
            return None;
        }
        let secret = people.make_setup().ok()?;
        let port = self.addr.port();
        let own = if self.addr.ip().is_unspecified() { https_addresses(port) } else { Vec::new() };
        let base = own.into_iter().next().unwrap_or_else(|| format!("https://{}", self.addr));
        Some((format!("{base}/setup#{}", secret.reveal()), self.authority.fingerprint()))
    }

    /// Returns when the coordinator is to be shut down and started anew, on the same address, to take up what was
    /// restored.
    pub async fn start_anew(&self) {
        self.start_anew.notified().await;
    }

    /// Says goodbye to every speaker, finishes requests under way, keeps the last state. Takes less than two seconds.
    pub async fn shutdown(mut self) {
        drop(self.announcement.take());
        self.stopping.cancel();
        self.connections.close();
        let _ = timeout(GRACE, self.connections.wait()).await;
        if timeout(GRACE / 2, &mut self.server).await.is_err() {
            self.server.abort();
        }
        if timeout(GRACE / 2, self.conductor.stop()).await.is_err() {
            tracing::warn!("the last positions could not be kept in time");
        }
        // With the last handle of the library its scan ends, before the store does.
        drop(self.conductor);
        let _ = timeout(GRACE / 3, self.store.close()).await;
        drop(self.data_lock);
    }
}

/// Says what callers without a login may.
fn tell_policy(config: &Config) {
    let policy = &config.access.policy;
    let guests = match policy.guests {
        None => "may nothing",
        Some(GuestLevel::Listen) => "look and listen",
        Some(GuestLevel::Control) => "control playback",
    };
    match policy.plain {
        Plain::None => {
            tracing::info!("guests {guests}, over https alone; clear HTTP is answered with the way to https");
        }
        Plain::Listen => tracing::info!("guests {guests} over https; in clear they look and listen (--plain)"),
        Plain::Guest => tracing::info!("guests of the local network {guests}, in clear, too (--guests, --plain)"),
        Plain::All => tracing::warn!("guests {guests}, and tokens are taken in clear: others in the network read them"),
    }
}

fn tell_address(config: &Config, addr: SocketAddr) {
    let folders = config.music.iter().map(|m| m.display().to_string()).collect::<Vec<_>>().join(", ");
    let folders = if folders.is_empty() { "no folder yet: the page asks for one" } else { &folders };
    tracing::info!(
        "listening on http://{addr}, and with https on the same port, music in {folders}, data in {}, version {}",
        config.data.display(),
        env!("CARGO_PKG_VERSION")
    );
}

/// How often sessions that have ended are forgotten.
const SWEEP: Duration = Duration::from_hours(1);

/// Forgets sessions that have ended, until the coordinator stops.
async fn sweep(people: People, stopping: CancellationToken) {
    while timeout(SWEEP, stopping.cancelled()).await.is_err() {
        people.sweep().await;
    }
}

/// How long the first answer waits for the lists of an older database to be made.
const INDEX_TIME: Duration = Duration::from_secs(1);

/// Makes what is browsed from tracks that an older version saved. Of many this takes longer than people wait for the
/// coordinator: then it goes on behind it.
async fn complete_index(store: &Store) {
    let store = store.clone();
    let complete = tokio::spawn(async move {
        if let Err(error) = store.complete_index().await {
            tracing::error!(%error, "the lists of the library may be incomplete");
        }
    });
    let _ = timeout(INDEX_TIME, complete).await;
}

/// Connections that may wait to be taken in: a whole fleet comes back within a second after a power cut, and one that
/// finds no room tries again only after a second or three. The system may allow fewer (net.core.somaxconn).
const BACKLOG: u32 = 16 * 1024;

async fn listen(address: &str) -> Result<TcpListener, AppError> {
    let fail = |e| cannot_listen(address, e);
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for candidate in tokio::net::lookup_host(address).await.map_err(fail)? {
        match listen_at(candidate) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(fail(failed))
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn cannot_listen(listen: &str, source: io::Error) -> AppError {
    let port = listen.rsplit(':').next().unwrap_or(listen);
    let advice = match source.kind() {
        io::ErrorKind::AddrInUse => {
            format!("Another program uses port {port}; end it, or choose another port with --listen 0.0.0.0:PORT")
        }
        io::ErrorKind::PermissionDenied => format!("Port {port} is reserved; choose one from 1024 on with --listen"),
        io::ErrorKind::AddrNotAvailable => "This machine has no such address; 0.0.0.0 means all it has".to_owned(),
        _ => "Say where as --listen ADDR:PORT, for example --listen 0.0.0.0:3000".to_owned(),
    };
    AppError::Listen { listen: listen.to_owned(), source, advice }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
