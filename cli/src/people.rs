//! Logins, users and tokens.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use downbeat_identity::{Fingerprint, Pin, handshake::Seen};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    args::{ApiTokens, Users},
    client::Client,
    dates,
    error::CliError,
    secured::{self, Login, Logins},
    table,
    task::{Task, print_json},
};

impl Task<'_> {
    pub(crate) async fn log_in(
        &self,
        user: Option<&str>,
        fingerprint: Option<&str>,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let file =
            secured::file().ok_or_else(|| CliError::NotFound("neither HOME nor XDG_CONFIG_HOME is set".into()))?;
        let ca = self.believed(fingerprint, out).await?;
        let user = match user {
            Some(user) => user.to_owned(),
            None => asked("User: ", out)?,
        };
        let password = password("Password: ")?;
        let login = self.client.log_in(&user, &password, ca, &name_of_this()).await?;
        let mut logins = Logins::load(&file);
        let answer = json!({ "user": login.user, "fingerprint": login.fingerprint });
        logins.set(self.client.address(), Some(login));
        logins.save(&file)?;
        self.say(out, &answer, &format!("Logged in as {user}; `downbeat logout` ends it"))
    }

    /// The CA that the person believes.
    async fn believed(&self, fingerprint: Option<&str>, out: &mut impl Write) -> Result<Fingerprint, CliError> {
        if let Some(text) = fingerprint {
            return text.parse().map_err(|error| CliError::NotFound(format!("{error}")));
        }
        let shown = self.client.fingerprint().await?;
        writeln!(out, "The coordinator's CA has the fingerprint\n  {shown}")?;
        writeln!(out, "Compare it with the one that `downbeat whoami` shows on its machine.")?;
        match asked("Is it the same? (yes/no) ", out)?.as_str() {
            "yes" | "y" => Ok(shown),
            _ => Err(CliError::NotFound("not logged in: somebody may stand between you and the coordinator".into())),
        }
    }

    pub(crate) async fn log_out(&self, out: &mut impl Write) -> Result<(), CliError> {
        let none = || CliError::NotFound("there is no login for this coordinator".into());
        let file = secured::file().ok_or_else(none)?;
        let mut logins = Logins::load(&file);
        let login = logins.get(self.client.address()).cloned().ok_or_else(none)?;
        let ended = self.client.call(Method::DELETE, &["tokens", &login.id], None).await;
        logins.set(self.client.address(), None);
        logins.save(&file)?;
        ended?;
        self.say(out, &json!({ "user": login.user }), "Logged out")
    }

    pub(crate) async fn whoami(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::GET, &["whoami"], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let text = |name: &str| answer[name].as_str().unwrap_or_default();
        writeln!(out, "{} ({})", text("name"), text("role"))?;
        let rights: Vec<_> = answer["rights"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        writeln!(out, "may: {}", rights.join(", "))?;
        if let Some(bound) = answer.get("bound").filter(|bound| !bound.is_null()) {
            writeln!(out, "bound to: {bound}")?;
        }
        if let Some(most) = answer["maxVolume"].as_f64() {
            writeln!(out, "makes nothing louder than {most:.0}")?;
        }
        if let Ok(shown) = self.client.fingerprint().await {
            writeln!(out, "the coordinator's CA: {shown}")?;
        }
        Ok(())
    }

    pub(crate) async fn users(&self, what: &Users, out: &mut impl Write) -> Result<(), CliError> {
        match what {
            Users::List => {
                let answer = self.client.call(Method::GET, &["users"], None).await?;
                if self.args.json {
                    return print_json(out, &answer);
                }
                let users = answer["users"].as_array().map(Vec::as_slice).unwrap_or_default();
                if users.is_empty() {
                    writeln!(out, "There are no users. `downbeat setup-link` makes a link for the first admin.")?;
                }
                for user in users {
                    let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
                    let bound = if user["bound"].is_null() { String::new() } else { format!("  {}", user["bound"]) };
                    writeln!(out, "{}  {}{bound}", text("name"), text("role"))?;
                }
                Ok(())
            }
            Users::Add { name, admin, bound, max_volume } => {
                let role = if *admin { "admin" } else { "operator" };
                let mut body = json!({ "name": name, "role": role, "password": password("Their password: ")? });
                if !bound.is_empty() {
                    body["bound"] = bound_of(bound);
                }
                if let Some(most) = max_volume {
                    body["maxVolume"] = json!(most);
                }
                let answer = self.client.call(Method::POST, &["users"], Some(&body)).await?;
                self.say(out, &answer, &format!("{name} is {role} now"))
            }
            Users::Password { name } => {
                let body = json!({ "password": password("The new password: ")? });
                let answer = self.client.call(Method::PATCH, &["users", name], Some(&body)).await?;
                self.say(out, &answer, &format!("{name} has another password"))
            }
            Users::Delete { name } => {
                let answer = self.client.call(Method::DELETE, &["users", name], None).await?;
                self.say(out, &answer, &format!("{name} is deleted, with sessions and tokens"))
            }
        }
    }

    pub(crate) async fn api_tokens(&self, what: &ApiTokens, out: &mut impl Write) -> Result<(), CliError> {
        match what {
            ApiTokens::List { all } => {
                let query = [("all".to_owned(), all.to_string())];
                let answer = self.client.send(Method::GET, "tokens", &query, None).await?;
                if self.args.json {
                    return print_json(out, &answer);
                }
                let now = dates::now();
                let mut rows = table::new(&["id", "user", "name", "ends", "last used", ""]);
                for token in answer["tokens"].as_array().into_iter().flatten() {
                    let text = |name: &str| token[name].as_str().unwrap_or_default().to_owned();
                    let ends = token["ends"].as_i64().map_or_else(String::new, |at| dates::until(at - now));
                    let used = token["used"].as_i64().map_or_else(|| "never".to_owned(), |at| dates::since(now - at));
                    let exposed = if token["exposed"] == true { "came in clear: replace it" } else { "" };
                    rows.add_row([text("id"), text("user"), text("name"), ends, used, exposed.to_owned()]);
                }
                Ok(write!(out, "{}", table::text(&rows))?)
            }
            ApiTokens::Create { name, user, scopes, days } => {
                let mut body = json!({ "name": name, "days": days });
                if let Some(user) = user {
                    body["user"] = json!(user);
                }
                if !scopes.is_empty() {
                    body["scopes"] = json!(scopes);
                }
                let answer = self.client.call(Method::POST, &["tokens"], Some(&body)).await?;
                let secret = answer["secret"].as_str().unwrap_or_default().to_owned();
                self.say(out, &answer, &format!("{secret}\nIt is shown this once. Send it as Authorization: Bearer"))
            }
            ApiTokens::Delete { id } => {
                let answer = self.client.call(Method::DELETE, &["tokens", id], None).await?;
                self.say(out, &answer, "The token is ended")
            }
        }
    }

    pub(crate) async fn setup_link(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::POST, &["setup-link"], None).await?;
        let links: Vec<_> = answer["links"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fingerprint = answer["fingerprint"].as_str().unwrap_or_default();
        let sentence = format!(
            "Open one of these within a day, and set the password:\n  {}\nThe browser warns of the certificate; the CA's \
             fingerprint is\n  {fingerprint}",
            links.join("\n  ")
        );
        self.say(out, &answer, &sentence)
    }
}

impl Client {
    /// The fingerprint of the CA that the coordinator shows; nobody vouches for it yet.
    pub(crate) async fn fingerprint(&self) -> Result<Fingerprint, CliError> {
        let seen = Seen::default();
        let http = secured::secure(Self::builder(), Pin::Open, None, seen.clone()).map_err(|e| self.odd(e))?;
        let url = self.https(&["whoami"])?;
        http.get(url).send().await.map_err(|error| self.unreachable(&error))?;
        seen.get().ok_or_else(|| self.odd("it shows no CA of its own".into()))
    }

    /// Logs in, and makes a token of it for this person.
    pub(crate) async fn log_in(
        &self,
        user: &str,
        password: &str,
        ca: Fingerprint,
        name: &str,
    ) -> Result<Login, CliError> {
        let http = secured::secure(Self::builder(), Pin::Ca(ca), None, Seen::default()).map_err(|e| self.odd(e))?;
        let body = json!({ "user": user, "password": password });
        let answer = http.post(self.https(&["login"])?).json(&body).send().await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await);
        }
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie = cookies.filter_map(|value| value.split(';').next()).find(|pair| pair.starts_with("__Host-"));
        let cookie = cookie.ok_or_else(|| self.odd("it gave no session".into()))?.to_owned();
        let ask = async |method: Method, path: &[&str], body: Value| {
            let request = http.request(method, self.https(path)?).header("cookie", &cookie).json(&body);
            request.send().await.map_err(|error| self.unreachable(&error))
        };
        // a user has no two tokens of one name
        let listed = ask(Method::GET, &["tokens"], Value::Null).await?;
        let listed: Value = listed.json().await.map_err(|error| self.unreachable(&error))?;
        let taken = |name: &str| listed["tokens"].as_array().into_iter().flatten().any(|token| token["name"] == name);
        let names = std::iter::once(format!("downbeat at {name}"));
        let mut names = names.chain((2..).map(|number: u32| format!("downbeat at {name}, {number}")));
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        let made = ask(Method::POST, &["tokens"], json!({ "name": name })).await?;
        if !made.status().is_success() {
            return Err(self.refused(made).await);
        }
        let made: Value = made.json().await.map_err(|error| self.unreachable(&error))?;
        ask(Method::POST, &["logout"], json!({})).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Login {
            user: user.to_owned(),
            token: text(&made["secret"]),
            id: text(&made["token"]["id"]),
            fingerprint: ca.to_string(),
        })
    }
}

/// Zones by their ids, and labels as `site=41`.
fn bound_of(words: &[String]) -> Value {
    let (mut zones, mut labelled) = (Vec::new(), serde_json::Map::new());
    for word in words {
        match word.split_once('=') {
            Some((key, value)) => {
                let values = labelled.entry(key.to_owned()).or_insert_with(|| json!([]));
                if let Some(values) = values.as_array_mut() {
                    values.push(json!(value));
                }
            }
            None => zones.push(word.clone()),
        }
    }
    json!({ "zones": zones, "labelled": labelled })
}

/// The name of this machine.
fn name_of_this() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()).unwrap_or_default()
}

fn asked(question: &str, out: &mut impl Write) -> Result<String, CliError> {
    write!(out, "{question}")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// A password: from the terminal, without being shown, or the next line of what is piped in.
fn password(question: &str) -> Result<String, CliError> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(question)?);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_labels_are_told_apart() {
        let words = ["site=41", "site=42", "0000"].map(str::to_owned);
        assert_eq!(bound_of(&words), json!({ "zones": ["0000"], "labelled": { "site": ["41", "42"] } }));
    }
}
