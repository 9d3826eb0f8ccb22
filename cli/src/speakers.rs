//! The commands for one speaker, or the list of them.

use std::io::Write;

use reqwest::Method;
use serde_json::json;

use crate::{
    error::CliError,
    model::SpeakerList,
    pick,
    quantity::Delay,
    table,
    task::{Task, print_json},
};

impl Task<'_> {
    pub(crate) async fn mute(&self, muted: bool, speaker: Option<&str>, out: &mut impl Write) -> Result<(), CliError> {
        let word = if muted { "muted" } else { "no longer muted" };
        let body = json!({ "muted": muted });
        let Some(name) = speaker else {
            let answer = self.client.transport("volume", body).await?;
            return self.say(out, &answer, &format!("The zone is {word}"));
        };
        let speakers = self.client.speaker_list().await?;
        let speaker = pick::speaker(name, &speakers)?;
        let answer = self.client.patch_speaker(&speaker.id, &body).await?;
        self.say(out, &answer, &format!("{} is {word}", speaker.name))
    }

    pub(crate) async fn delay(
        &self,
        name: &str,
        delay: Option<Delay>,
        by: Option<Delay>,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let speakers = self.client.speaker_list().await?;
        let speaker = pick::speaker(name, &speakers)?;
        let present = Delay { micros: speaker.output_delay_us };
        let wanted = match (delay, by) {
            (Some(delay), _) => delay,
            (None, Some(by)) => Delay { micros: present.micros.saturating_add(by.micros) },
            (None, None) => {
                let sentence = format!("{}: output delay {present}", speaker.name);
                return self.say(out, &json!({ "outputDelayUs": present.micros }), &sentence);
            }
        };
        let answer = self.client.patch_speaker(&speaker.id, &json!({ "outputDelayUs": wanted.micros })).await?;
        self.say(out, &answer, &format!("{}: output delay {wanted}", speaker.name))
    }

    pub(crate) async fn metronome(&self, on: bool, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.metronome(on).await?;
        let sentence = if on {
            "Every speaker of the zone ticks once a second, for ten minutes or until `downbeat metronome off`"
        } else {
            "The metronome is off"
        };
        self.say(out, &answer, sentence)
    }

    /// `downbeat replace`
    pub(crate) async fn replace(&self, gone: &str, new: Option<&str>, out: &mut impl Write) -> Result<(), CliError> {
        let name = if let Some(new) = new {
            new.to_owned()
        } else {
            // the one that is connected wins the name
            let known = self.client.call(Method::GET, &["speakers", gone], None).await?;
            known["name"].as_str().unwrap_or(gone).to_owned()
        };
        let body = json!({ "speaker": gone });
        let taken = self.client.call(Method::POST, &["speakers", &name, "replace"], Some(&body)).await?;
        let text = |field: &str| taken[field].as_str().unwrap_or_default().to_owned();
        self.say(out, &taken, &format!("{} has taken its place, in the zone {}", text("name"), text("zone")))
    }

    pub(crate) async fn identify(&self, name: &str, out: &mut impl Write) -> Result<(), CliError> {
        let speakers = self.client.speaker_list().await?;
        let speaker = pick::speaker(name, &speakers)?;
        let answer = self.client.identify(&speaker.id).await?;
        self.say(out, &answer, &format!("{} chirps", speaker.name))
    }

    pub(crate) async fn speakers(&self, select: Option<&str>, out: &mut impl Write) -> Result<(), CliError> {
        let answer = match select {
            Some(select) => self.client.selected(select).await?,
            None => self.client.speakers().await?,
        };
        if self.args.json {
            return print_json(out, &answer);
        }
        let speakers = self.client.read::<SpeakerList>(answer)?.speakers;
        if speakers.is_empty() && select.is_some() {
            writeln!(out, "No speaker is picked by that.")?;
        } else if speakers.is_empty() {
            writeln!(out, "No speaker has joined yet: start downbeat-agent on one.")?;
        } else {
            write!(out, "{}", table::speakers(&speakers))?;
        }
        Ok(())
    }
}
