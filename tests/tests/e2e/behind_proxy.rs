//! A coordinator told of its proxies (`--behind-proxy`): real nginx and real HAProxy. Events and WebSockets pass
//! both, the proxies' word on their clients is believed, and nobody else's is. Where one is not installed the tests say
//! so and go on with the other.

use std::{fs, net::IpAddr, path::Path, time::Duration};

use downbeat_identity::handshake::clear_alone;
use downbeat_protocol::{
    AgentMessage, ServerMessage, SpeakerId,
    agent_message::{Capabilities, Hello},
    codec::{decode_server_message, encode_agent_message},
    handshake::{SpeakerClass, VersionRange},
};
use downbeat_tests::{
    coordinator::{Coordinator, data_of},
    patience::until,
    process::Process,
    secrets::PASSWORD,
    stage::Stage,
};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::behind_nginx::{nginx, proxy, started};

/// Longer than anything takes that is not held back.
const DEADLINE: Duration = Duration::from_secs(20);
/// The visitor's address; the proxies and the coordinator have 127.0.0.1.
const VISITOR: &str = "127.0.0.2";

/// A client at an address of its own.
fn visitor() -> Client {
    let address: IpAddr = VISITOR.parse().expect("an address");
    let client = Client::builder().tls_backend_preconfigured(clear_alone()).local_address(address);
    client.build().expect("a client can be made")
}

/// A connection from the visitor's address.
async fn connect(to: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(format!("{VISITOR}:0").parse().expect("an address")).expect("the address is this machine's");
    socket.connect(to.parse().expect("an address")).await.expect("it listens")
}

/// Starts HAProxy in front of the coordinator; its process and `HOST:PORT`.
async fn haproxy(stage: &Stage, program: &Path, coordinator: &str) -> (Process, String) {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let text = format!(
        "global\n  maxconn 64\n\
         defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\
         frontend visitors\n  bind {free}\n  option forwardfor\n  http-request set-header X-Forwarded-Proto https\n  \
         default_backend coordinator\n\
         backend coordinator\n  server one {coordinator}\n"
    );
    let file = stage.path("haproxy.cfg");
    fs::write(&file, text).expect("a file can be written");
    let words = ["-db", "-f", &file.to_string_lossy()].map(str::to_owned);
    let process = Process::start("haproxy", &program.to_string_lossy(), &words, &stage.path("haproxy.log"));
    until("HAProxy", async || TcpStream::connect(free).await.ok()).await;
    (process, free.to_string())
}

/// As nginx's own manual has it for WebSockets and forwarded headers; TLS ends before it.
fn location(coordinator: &str) -> String {
    format!(
        "location / {{ proxy_pass http://{coordinator}; proxy_http_version 1.1; proxy_set_header Host $http_host; \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto https; \
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }}"
    )
}

/// The next text frame that holds this.
async fn hears(socket: &mut WebSocketStream<TcpStream>, what: &str) -> String {
    let heard = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) if text.contains(what) => return text.to_string(),
                Some(Ok(_)) => {}
                other => panic!("{other:?} while waiting for {what}"),
            }
        }
    };
    timeout(DEADLINE, heard).await.unwrap_or_else(|_| panic!("{what} is held back"))
}

/// A page that becomes a speaker.
fn page() -> AgentMessage {
    AgentMessage::Hello(Box::new(Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(SpeakerId::random()),
        name: "Tab".into(),
        class: SpeakerClass::Browser,
        version: "0".into(),
        capabilities: Capabilities::default(),
        credentials: None,
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: None,
    }))
}

/// The addresses of those that were refused something, as the audit has them.
async fn refused_from(c: &Coordinator, what: &str) -> Vec<String> {
    let text = c.text("/api/audit?kind=refusals").await;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["what"] == what).filter_map(|line| Some(line["from"].as_str()?.to_owned())).collect()
}

/// All that a proxy must let through, and all that it must not give away.
async fn hold(c: &Coordinator, name: &str, address: &str) {
    let http = visitor();
    let url = |path: &str| format!("http://{address}{path}");
    let whoami = async |request: reqwest::RequestBuilder| -> Value {
        request.send().await.expect("it answers").json().await.expect("JSON")
    };
    // no program of this machine, though the proxy is one
    let me = whoami(http.get(url("/api/whoami"))).await;
    assert_eq!(
        (&me["role"], &me["encrypted"], &me["dataFolder"]),
        (&json!("guest"), &json!(true), &Value::Null),
        "{me}"
    );
    // the client writes the left end itself; the right end counts
    let lie = [("x-forwarded-for", "192.168.7.7"), ("x-forwarded-proto", "http"), ("x-real-ip", "127.0.0.1")];
    let zone = lie.iter().fold(http.post(url("/api/zones")), |r, (name, value)| r.header(*name, *value));
    let answer = zone.json(&json!({ "name": "Garden" })).send().await.expect("it answers");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}");
    assert_eq!(refused_from(c, "POST /api/zones").await, [VISITOR], "{name}");
    // a login, as over https
    let login = json!({ "user": "ada", "password": PASSWORD });
    let answer = http.post(url("/api/login")).json(&login).send().await.expect("it answers");
    assert_eq!(answer.status(), StatusCode::OK, "{name}");
    let cookie = answer.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("one").to_owned();
    let me = whoami(http.get(url("/api/whoami")).header("cookie", &cookie)).await;
    assert_eq!((&me["name"], &me["session"]), (&json!("ada"), &json!(true)), "{name}: {me}");

    let mut events = http.get(url("/api/events")).send().await.expect("it answers");
    let mut heard = String::new();
    let mut hear = async |what: &str| {
        while !heard.contains(what) {
            let chunk = timeout(DEADLINE, events.chunk()).await.unwrap_or_else(|_| panic!("{name} holds {what} back"));
            heard.push_str(&String::from_utf8_lossy(&chunk.expect("it goes on").expect("it goes on")));
        }
    };
    hear("event: synced").await;
    let frames = connect(address).await;
    let (mut frames, _) = client_async(format!("ws://{address}/api/events/ws"), frames).await.expect("an upgrade");
    hears(&mut frames, "\"synced\"").await;
    c.post("/api/playback/volume", json!({ "volume": 33 })).await;
    c.post("/api/playback/volume", json!({ "volume": 44 })).await;
    hear("\"volume\":44").await;
    hears(&mut frames, "\"volume\":44").await;

    let tab = connect(address).await;
    let (mut tab, _) = client_async(format!("ws://{address}/ws"), tab).await.expect("an upgrade");
    tab.send(Message::text(encode_agent_message(&page()))).await.expect("it is sent");
    let welcome = hears(&mut tab, "\"welcome\"").await;
    assert!(matches!(decode_server_message(&welcome), Ok(ServerMessage::Welcome(w)) if !w.adopted), "{welcome}");
    // an agent does not pass: what is in clear has no key
    let agent = connect(address).await;
    let (mut agent, _) = client_async(format!("ws://{address}/ws"), agent).await.expect("an upgrade");
    let AgentMessage::Hello(hello) = page() else { unreachable!() };
    let hello = AgentMessage::Hello(Box::new(Hello { class: SpeakerClass::Agent, ..*hello }));
    agent.send(Message::text(encode_agent_message(&hello))).await.expect("it is sent");
    hears(&mut agent, "\"unencrypted\"").await;
}

#[tokio::test]
async fn events_sockets_and_forwarded_headers_pass_nginx_and_haproxy() {
    for name in ["nginx", "haproxy"] {
        let Some(program) = (if name == "nginx" { nginx() } else { proxy(name) }) else { continue };
        let stage = Stage::new();
        let usual = ["--behind-proxy", "127.0.0.1", "--legacy-speakers", "none"];
        let c = Coordinator::start_with(&stage, "127.0.0.1:0", &usual).await;
        c.post("/api/users", json!({ "name": "ada", "password": PASSWORD, "role": "operator" })).await;
        let (_proxy, address) = if name == "nginx" {
            started(&stage, &program, &location(c.address())).await
        } else {
            haproxy(&stage, &program, c.address()).await
        };
        hold(&c, name, &address).await;
        // not by the proxy: the same headers are nobody's word
        let token = fs::read_to_string(data_of(&stage).join("admin-token")).expect("it is there");
        let direct = visitor().get(format!("http://{}/api/users", c.address())).bearer_auth(token.trim());
        let direct = direct.header("x-forwarded-for", "192.168.7.7").header("x-forwarded-proto", "https");
        assert_eq!(direct.send().await.expect("it answers").status(), StatusCode::FORBIDDEN);
        let zone = visitor().post(format!("http://{}/api/presets", c.address())).json(&json!({ "name": "x" }));
        let zone = zone.header("x-forwarded-for", "192.168.7.7").send().await.expect("it answers");
        assert_eq!(zone.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(refused_from(&c, "POST /api/presets").await, [VISITOR]);
    }
}
