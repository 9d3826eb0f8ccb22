//! The coordinator's REST calls, as a script makes them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use downbeat_identity::handshake::clear_alone;
use reqwest::{Client, Method};
use serde_json::Value;

/// A way to one coordinator.
#[derive(Debug, Clone)]
pub struct Rest {
    base: String,
    /// The file with the admin's token; read for each request, since it may come later.
    token: PathBuf,
    http: Client,
}

/// The answer of the coordinator.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub kind: String,
    /// The body; null if it is no JSON.
    pub body: Value,
}

/// A client of HTTP in clear, with a connection for each request, as a script's: one that it kept could be closed, as
/// one of the idle, under the next request.
pub fn client() -> Client {
    Client::builder()
        .pool_max_idle_per_host(0)
        .tls_backend_preconfigured(clear_alone())
        .build()
        .expect("a client can be made")
}

impl Rest {
    /// To the coordinator at `http://HOST:PORT`, as the admin of its data folder.
    pub fn new(base: &str, data: &Path) -> Self {
        Self { base: base.to_owned(), token: data.join("admin-token"), http: client() }
    }

    /// Any call, with any body. Panics only if nothing comes back.
    pub async fn call(&self, method: Method, path: &str, body: &str) -> Answer {
        self.attempt(method.clone(), path, body).await.unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    /// Any call; an error if nothing comes back.
    pub async fn attempt(&self, method: Method, path: &str, body: &str) -> Result<Answer, reqwest::Error> {
        self.attempt_with(method, path, body, &[]).await
    }

    /// Any call with more headers; an error if nothing comes back.
    pub async fn attempt_with(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Ok(token) = fs::read_to_string(&self.token) {
            request = request.bearer_auth(token.trim());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if method != Method::GET {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let text = response.text().await?;
        Ok(Answer { status, kind, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }

    /// A GET that must succeed.
    pub async fn get(&self, path: &str) -> Value {
        self.succeed(Method::GET, path, "").await
    }

    /// The text of a GET that must succeed.
    pub async fn text(&self, path: &str) -> String {
        let token = fs::read_to_string(&self.token).unwrap_or_default();
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(token.trim());
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        let answer = answer.unwrap_or_else(|e| panic!("GET {path}: {e}"));
        answer.text().await.unwrap_or_else(|e| panic!("GET {path}: {e}"))
    }

    /// A POST that must succeed.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.succeed(Method::POST, path, &body.to_string()).await
    }

    async fn succeed(&self, method: Method, path: &str, body: &str) -> Value {
        let answer = self.call(method.clone(), path, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path} {body}: {} {}", answer.status, answer.body);
        answer.body
    }
}
