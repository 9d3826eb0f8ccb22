//! The coordinator's CA: shown, and given way to a new one.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    args::Ca,
    error::CliError,
    task::{Task, print_json},
};

impl Task<'_> {
    /// `downbeat ca`
    pub(crate) async fn ca(&self, what: Option<&Ca>, out: &mut impl Write) -> Result<(), CliError> {
        match what {
            None => self.show_ca(out).await,
            Some(Ca::Rotate { without_old }) => {
                let before = self.client.started_at().await?;
                let body = json!({ "withoutOld": without_old });
                let answer = self.client.call(Method::POST, &["ca", "rotate"], Some(&body)).await?;
                self.client.back_since(&before).await?;
                let new = answer["fingerprint"].as_str().unwrap_or_default();
                let next = if *without_old {
                    "Nobody vouches for it: run `downbeat-agent forget` at each speaker and adopt it anew, and log in \
                     again."
                } else {
                    "Speakers and logins follow when they connect; `downbeat ca` lists the speakers that have not yet."
                };
                self.say(out, &answer, &format!("The CA is {new} now. {next}"))
            }
            Some(Ca::EndOld) => {
                let answer = self.client.call(Method::DELETE, &["ca", "old"], None).await?;
                self.say(out, &answer, "The old CA is forgotten; what has not followed is adopted anew")
            }
        }
    }

    async fn show_ca(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::GET, &["ca"], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        writeln!(out, "The CA is {}", answer["fingerprint"].as_str().unwrap_or_default())?;
        if let Some(old) = answer["old"].as_str() {
            writeln!(out, "It took the place of {old}, which vouches for it; `downbeat ca end-old` ends that")?;
        }
        let waiting: Vec<_> = answer["waiting"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !waiting.is_empty() {
            writeln!(out, "Not here since: {}", waiting.join(", "))?;
        }
        Ok(())
    }
}
