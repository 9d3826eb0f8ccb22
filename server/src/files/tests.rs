use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime},
};

use downbeat_identity::handshake::clear_alone;
use downbeat_library::{Catalog, Library, LibrarySettings};
use downbeat_protocol::TrackId;
use downbeat_store::Store;
use reqwest::{Client, Method, StatusCode, header};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::sockets::{Bounds, Places, places::PER_ADDRESS};

/// A time that no file had before: a file system's own clock may tick too slowly for a test.
static SECONDS: AtomicI64 = AtomicI64::new(1_000_000_000);

/// A folder of music and a folder of data.
struct Bench {
    music: tempfile::TempDir,
    data: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { music: tempfile::tempdir().unwrap(), data: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.music.path().join(name)
    }

    /// The library on these folders, after its first scan, with all hashes.
    async fn library(&self) -> Library {
        let store = Store::open(self.data.path()).await.unwrap();
        let folders = vec![self.music.path().to_owned()];
        let library = Library::start(store, folders, LibrarySettings::default()).await.unwrap();
        library.fulfilled(1).await;
        identify_all(&library).await;
        library
    }

    /// A WAV file of `frames` frames whose samples depend on `seed`.
    fn wav(&self, name: &str, seed: i16, frames: u32) -> PathBuf {
        let path = self.path(name);
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(&path, spec).unwrap();
        for i in 0..frames {
            wav.write_sample((i % 10_000) as i16).unwrap();
            wav.write_sample(seed).unwrap();
        }
        wav.finalize().unwrap();
        let seconds = SECONDS.fetch_add(1, Ordering::Relaxed) as u64;
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        path
    }
}

async fn identify_all(library: &Library) {
    let ids: Vec<TrackId> = library.catalog().all().iter().map(|t| t.id).collect();
    library.find_hashes(&ids).await;
}

/// Another scan, with all hashes.
async fn rescan(library: &Library) {
    library.fulfilled(library.rescan()).await;
    identify_all(library).await;
}

fn hash_of(path: &Path) -> String {
    blake3::hash(&fs::read(path).unwrap()).to_hex().to_string()
}

/// Waits until the catalog `is_so`; a test that waits in vain is ended by this.
async fn eventually(library: &Library, is_so: impl Fn(&Catalog) -> bool) {
    let mut news = library.news();
    let wait = async {
        while !is_so(news.catalog()) {
            news.next().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.expect("the library did not come to this within a minute");
}

/// The media routes on a real socket.
async fn served(library: &Library) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = media_router(library.clone(), Places::new(Bounds::within_limit(None, PER_ADDRESS, &[])));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address.to_string()
}

struct One {
    bench: Bench,
    library: Library,
    path: PathBuf,
    bytes: Vec<u8>,
    hash: String,
    url: String,
    address: String,
}

/// One served file of `frames` frames.
async fn one(frames: u32) -> One {
    let bench = Bench::new();
    let path = bench.wav("a.wav", 1, frames);
    let library = bench.library().await;
    let address = served(&library).await;
    let hash = hash_of(&path);
    let url = format!("http://{address}/media/{hash}");
    One { bytes: fs::read(&path).unwrap(), bench, library, path, hash, url, address }
}

async fn get(url: &str, headers: &[(header::HeaderName, &str)]) -> reqwest::Response {
    request(Method::GET, url, headers).await
}

/// A client of HTTP in clear.
fn client() -> Client {
    Client::builder().tls_backend_preconfigured(clear_alone()).build().unwrap()
}

async fn request(method: Method, url: &str, headers: &[(header::HeaderName, &str)]) -> reqwest::Response {
    let mut request = client().request(method, url);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.send().await.unwrap()
}

fn text<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |v| v.to_str().unwrap())
}

async fn assert_problem(response: reqwest::Response, status: StatusCode, code: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(text(&response, "content-type"), "application/problem+json");
    assert_eq!(text(&response, "cache-control"), "no-store");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(
        (body["code"].as_str(), body["status"].as_u64()),
        (Some(code), Some(u64::from(status.as_u16()))),
        "{body}"
    );
    assert!(body["detail"].as_str().is_some_and(|d| !d.is_empty()) && body["title"].is_string(), "{body}");
}

#[tokio::test]
async fn a_file_is_served_whole_with_its_headers() {
    let one = one(100_000).await;
    let response = get(&one.url, &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(&response, "content-type"), "audio/wav");
    assert_eq!(text(&response, "content-length"), one.bytes.len().to_string());
    assert_eq!(text(&response, "accept-ranges"), "bytes");
    assert_eq!(text(&response, "etag"), format!("\"{}\"", one.hash));
    assert_eq!(text(&response, "cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(text(&response, "content-range"), "");
    assert_eq!(response.bytes().await.unwrap(), one.bytes);
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let one = one(1_000).await;
    // A range means nothing to HEAD.
    for headers in [&[][..], &[(header::RANGE, "bytes=1-2")][..]] {
        let response = request(Method::HEAD, &one.url, headers).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(&response, "content-length"), one.bytes.len().to_string());
        assert_eq!(text(&response, "accept-ranges"), "bytes");
        assert!(response.bytes().await.unwrap().is_empty());
    }
    let missing = format!("http://{}/media/{}", one.address, "0".repeat(64));
    assert_eq!(request(Method::HEAD, &missing, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ranges() {
    let one = one(100_000).await;
    let len = one.bytes.len();
    let cases = [
        ("bytes=0-0", 0, 0),
        ("bytes=0-65535", 0, 65_535),
        ("bytes=65535-65536", 65_535, 65_536),
        ("bytes=1000-", 1_000, len - 1),
        ("bytes=-1", len - 1, len - 1),
        ("bytes=-99999999", 0, len - 1),
        ("bytes=5-99999999", 5, len - 1),
    ];
    for (range, first, last) in cases {
        let response = get(&one.url, &[(header::RANGE, range)]).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(text(&response, "content-range"), format!("bytes {first}-{last}/{len}"), "{range}");
        assert_eq!(text(&response, "content-length"), (last - first + 1).to_string(), "{range}");
        assert_eq!(response.bytes().await.unwrap(), one.bytes[first..=last], "{range}");
    }
    for ignored in ["bytes=0-1,5-6", "bytes=x", "lines=1-2", "bytes=5-1"] {
        let response = get(&one.url, &[(header::RANGE, ignored)]).await;
        assert_eq!(response.status(), StatusCode::OK, "{ignored}");
        assert_eq!(response.bytes().await.unwrap().len(), len, "{ignored}");
    }
    for outside in [format!("bytes={len}-"), "bytes=-0".into()] {
        let response = get(&one.url, &[(header::RANGE, &outside)]).await;
        assert_eq!(text(&response, "content-range"), format!("bytes */{len}"), "{outside}");
        assert_problem(response, StatusCode::RANGE_NOT_SATISFIABLE, "media_out_of_range").await;
    }
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let one = one(1_000).await;
    let tag = format!("\"{}\"", one.hash);
    for has in [tag.as_str(), "*", &format!("\"other\", W/{tag}")] {
        let response = get(&one.url, &[(header::IF_NONE_MATCH, has), (header::RANGE, "bytes=0-1")]).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{has}");
        assert_eq!(text(&response, "etag"), tag);
        assert!(response.bytes().await.unwrap().is_empty());
    }
    assert_eq!(get(&one.url, &[(header::IF_NONE_MATCH, "\"other\"")]).await.status(), StatusCode::OK);

    let range = (header::RANGE, "bytes=0-1");
    let if_range = |tag| [range.clone(), (header::IF_RANGE, tag)];
    assert_eq!(get(&one.url, &if_range(&tag)).await.status(), StatusCode::PARTIAL_CONTENT);
    let other = get(&one.url, &if_range("\"other\"")).await;
    assert_eq!(other.status(), StatusCode::OK, "another version: all of it");
    assert_eq!(other.bytes().await.unwrap(), one.bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_read_at_once_and_one_that_leaves_disturbs_nobody() {
    let one = one(700_000).await;
    let (url, len) = (one.url.clone(), one.bytes.len());
    let mut leaver = get(&url, &[]).await;
    assert!(leaver.chunk().await.unwrap().is_some());
    drop(leaver);

    let parts = 16;
    let step = len.div_ceil(parts);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..parts {
        let url = url.clone();
        tasks.spawn(async move {
            let range = format!("bytes={}-{}", n * step, (n + 1) * step - 1);
            (n, get(&url, &[(header::RANGE, &range)]).await.bytes().await.unwrap())
        });
    }
    let mut read = tasks.join_all().await;
    read.sort_by_key(|(n, _)| *n);
    let joined: Vec<u8> = read.into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert_eq!(joined, one.bytes);
}

#[tokio::test]
async fn nothing_but_a_known_hash_gets_a_file() {
    let one = one(100).await;
    fs::write(one.bench.path("secret.txt"), "secret").unwrap();
    let hash = &one.hash;
    let named = |name: String| format!("/media/{name}");
    let known_route = [
        named("0".repeat(64)),
        named(hash.to_uppercase()),
        named(hash[..63].to_owned()),
        named(format!("{hash}0")),
        named(format!("{hash}.wav")),
        named(format!("%2f{}", &hash[..61])),
        named("..%2f..%2f..%2fetc%2fpasswd".into()),
        named("%2e%2e%2fsecret.txt".into()),
        named("a.wav".into()),
        named("%00".into()),
        named("%ff%fe".into()),
        named("%zz".into()),
        named("%e2%82%ac".repeat(20)),
        named("a".repeat(5_000)),
    ];
    for path in known_route {
        let response = raw(&one.address, &path).await;
        assert!(response.starts_with("HTTP/1.1 404"), "{path}: {response}");
        assert!(response.contains("media_not_found"), "{path}: {response}");
    }
    let elsewhere =
        [format!("/media/../media/{hash}"), "/media/".into(), "/media//etc/passwd".into(), "/media/a/../b".into()];
    for path in elsewhere {
        let response = raw(&one.address, &path).await;
        assert!(response.starts_with("HTTP/1.1 404"), "{path}: {response}");
        assert!(!response.contains("root:"), "{path}: {response}");
    }
    let posted = request(Method::POST, &one.url, &[]).await;
    assert_eq!(text(&posted, "allow"), "GET, HEAD");
    assert_problem(posted, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed").await;
    // Header bytes that are no text.
    let mut socket = TcpStream::connect(&one.address).await.unwrap();
    let request = [
        b"GET /media/" as &[u8],
        hash.as_bytes(),
        b" HTTP/1.1\r\nhost: x\r\nrange: \xff\xfe\r\nconnection: close\r\n\r\n",
    ];
    socket.write_all(&request.concat()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&answer));
}

/// A request whose path no client library tidies up.
async fn raw(address: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_replaced_file_is_refused_and_read_again() {
    let one = one(1_000).await;
    let id = one.library.catalog().list()[0].id;
    one.bench.wav("a.wav", 2, 1_000);
    assert_problem(get(&one.url, &[]).await, StatusCode::CONFLICT, "media_changed").await;
    let new = hash_of(&one.path);
    eventually(&one.library, |c| c.with_hash(&new).len() == 1).await;
    assert_eq!(one.library.catalog().with_hash(&new)[0].id, id);
    assert_problem(get(&one.url, &[]).await, StatusCode::NOT_FOUND, "media_not_found").await;
    let served = get(&format!("http://{}/media/{new}", one.address), &[]).await;
    assert_eq!(served.bytes().await.unwrap(), fs::read(&one.path).unwrap());
}

#[tokio::test]
async fn a_vanished_file_is_said_to_be_and_a_twin_stands_in() {
    let one = one(1_000).await;
    let away = one.bench.path("away");
    fs::rename(&one.path, &away).unwrap();
    assert_problem(get(&one.url, &[]).await, StatusCode::NOT_FOUND, "media_unavailable").await;
    eventually(&one.library, |c| !c.list()[0].available).await;
    // Back at its place, it is served at once, without a scan.
    fs::rename(&away, &one.path).unwrap();
    assert_eq!(get(&one.url, &[]).await.bytes().await.unwrap(), one.bytes);

    fs::copy(&one.path, one.bench.path("twin.wav")).unwrap();
    rescan(&one.library).await;
    assert_eq!(one.library.catalog().with_hash(&one.hash).len(), 2);
    fs::remove_file(&one.path).unwrap();
    assert_eq!(get(&one.url, &[]).await.bytes().await.unwrap(), one.bytes);
}
