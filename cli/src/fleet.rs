//! The commands for zones, presets, labels, and many speakers at once.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    args::{Channels, Presets, Switch, Zones},
    error::CliError,
    model::{Playback, SpeakerList},
    quantity::{LabelChange, Level},
    table,
    task::{Task, print_json},
};

/// The zones.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ZoneList {
    zones: Vec<Zone>,
}

/// A zone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Zone {
    id: String,
    name: String,
    speakers: Vec<String>,
    open_to_guests: Option<bool>,
    state: Playback,
}

/// The presets.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PresetList {
    presets: Vec<Preset>,
}

/// A preset.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Preset {
    id: String,
    name: String,
    saved_at: String,
    zones: Vec<PresetZone>,
}

/// A zone of a preset.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PresetZone {
    name: String,
    volume: Option<f64>,
    speakers: Vec<PresetSpeaker>,
}

/// A speaker of a preset.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PresetSpeaker {
    name: String,
    volume: Option<f64>,
    muted: bool,
}

/// The result of every target.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Targets {
    zones: Vec<Target>,
    targets: Vec<Target>,
}

/// The result of one target.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    name: String,
    ok: bool,
    code: Option<String>,
    detail: Option<String>,
}

impl Task<'_> {
    /// Has every speaker that `select` picks do something, and says what each of them did.
    async fn act(&self, select: &str, body: Value, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.act(select, &body).await?;
        self.say_targets(&answer, out)
    }

    fn say_targets(&self, answer: &Value, out: &mut impl Write) -> Result<(), CliError> {
        let said: Targets = self.client.read(answer.clone())?;
        if self.args.json {
            print_json(out, answer)?;
        } else {
            let mut rows = table::new(&["target", "done", "why"]);
            let zones = said.zones.iter().map(|z| (format!("zone {}", z.name), z));
            for (name, target) in zones.chain(said.targets.iter().map(|t| (t.name.clone(), t))) {
                let done = match (target.ok, target.code.as_deref()) {
                    (true, Some("speaker_away")) => "when it returns",
                    (true, _) => "yes",
                    (false, _) => "no",
                };
                let why = target.detail.clone().filter(|_| !target.ok);
                rows.add_row([name, done.to_owned(), why.unwrap_or_default()]);
            }
            write!(out, "{}", table::text(&rows))?;
        }
        let all = || said.zones.iter().chain(&said.targets);
        let failed = all().filter(|t| !t.ok).count();
        if failed == 0 { Ok(()) } else { Err(CliError::Partly { failed, of: all().count() }) }
    }

    /// `downbeat volume LEVEL --select ...`
    pub(crate) async fn volumes(&self, select: &str, level: Level, out: &mut impl Write) -> Result<(), CliError> {
        let body = match level {
            Level::To(volume) => json!({ "action": "volume", "volume": volume }),
            Level::By(change) => json!({ "action": "volume", "volumeDelta": change }),
        };
        self.act(select, body, out).await
    }

    /// `downbeat mute --select ...`, and `unmute`.
    pub(crate) async fn mute_all(&self, select: &str, muted: bool, out: &mut impl Write) -> Result<(), CliError> {
        self.act(select, json!({ "action": "mute", "muted": muted }), out).await
    }

    /// `downbeat identify --select ...`
    pub(crate) async fn identify_all(&self, select: &str, out: &mut impl Write) -> Result<(), CliError> {
        self.act(select, json!({ "action": "identify" }), out).await
    }

    /// `downbeat configure ...`
    pub(crate) async fn configure(
        &self,
        select: &str,
        channels: Option<Channels>,
        (least, most): (Option<f64>, Option<f64>),
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let mut body = Map::from_iter([("action".to_owned(), json!("configure"))]);
        let fields = [
            ("channels", channels.map(|c| json!(c.word()))),
            ("minVolume", least.map(Value::from)),
            ("maxVolume", most.map(Value::from)),
        ];
        body.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        self.act(select, Value::Object(body), out).await
    }

    /// `downbeat label ...`
    pub(crate) async fn label(
        &self,
        select: &str,
        labels: &[LabelChange],
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        if !labels.is_empty() {
            let labels: Map<String, Value> = labels.iter().map(|l| (l.key.clone(), json!(l.value))).collect();
            return self.act(select, json!({ "action": "labels", "labels": labels }), out).await;
        }
        let answer = self.client.selected(select).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let mut rows = table::new(&["name", "zone", "labels"]);
        for speaker in self.client.read::<SpeakerList>(answer)?.speakers {
            let labels = speaker.labels.iter().map(|(k, v)| if v.is_empty() { k.clone() } else { format!("{k}={v}") });
            let labels = labels.collect::<Vec<_>>().join(" ");
            rows.add_row([speaker.name, table::or_unknown(speaker.zone), labels]);
        }
        Ok(write!(out, "{}", table::text(&rows))?)
    }

    /// `downbeat zones`
    pub(crate) async fn zones(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::GET, &["zones"], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let mut rows = table::new(&["name", "state", "track", ">volume", ">speakers", "guests", "id"]);
        for zone in self.client.read::<ZoneList>(answer)?.zones {
            let volume = if zone.state.muted { "muted".to_owned() } else { table::plain(zone.state.volume, 0) };
            rows.add_row([
                zone.name,
                table::or_unknown(zone.state.state.clone()),
                table::or_unknown(zone.state.track.as_ref().map(crate::model::Track::caption)),
                volume,
                zone.speakers.len().to_string(),
                table::or_unknown(zone.open_to_guests.map(|open| if open { "open" } else { "closed" }.to_owned())),
                zone.id,
            ]);
        }
        Ok(write!(out, "{}", table::text(&rows))?)
    }

    /// `downbeat zones create|rename|guests|delete|move`
    pub(crate) async fn change_zones(&self, what: &Zones, out: &mut impl Write) -> Result<(), CliError> {
        let (answer, sentence) = match what {
            Zones::Create { name } => {
                let answer = self.client.call(Method::POST, &["zones"], Some(&json!({ "name": name }))).await?;
                (answer, format!("Made zone {name}"))
            }
            Zones::Rename { zone, name } => {
                let body = json!({ "name": name });
                let answer = self.client.call(Method::PATCH, &["zones", zone], Some(&body)).await?;
                (answer, format!("Zone {zone} is {name} now"))
            }
            Zones::Guests { zone, switch } => {
                let open = *switch == Switch::On;
                let answer =
                    self.client.call(Method::PATCH, &["zones", zone], Some(&json!({ "openToGuests": open }))).await?;
                let is = if open { "open" } else { "closed" };
                (answer, format!("Zone {zone} is {is} to guests now"))
            }
            Zones::Delete { zone } => {
                let answer = self.client.call(Method::DELETE, &["zones", zone], None).await?;
                let moved = answer["moved"].as_array().map_or(0, Vec::len);
                (answer, format!("Deleted zone {zone}; {moved} speakers are in the default zone now"))
            }
            Zones::Move { select, zone } => {
                return self.act(select, json!({ "action": "move", "zone": zone }), out).await;
            }
        };
        self.say(out, &answer, &sentence)
    }

    /// `downbeat presets`
    pub(crate) async fn presets(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::GET, &["presets"], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let mut rows = table::new(&["name", ">zones", ">speakers", "saved", "id"]);
        for preset in self.client.read::<PresetList>(answer)?.presets {
            let speakers: usize = preset.zones.iter().map(|z| z.speakers.len()).sum();
            let (zones, speakers) = (preset.zones.len().to_string(), speakers.to_string());
            rows.add_row([preset.name, zones, speakers, preset.saved_at, preset.id]);
        }
        Ok(write!(out, "{}", table::text(&rows))?)
    }

    /// `downbeat presets save|show|recall|rename|delete`
    pub(crate) async fn change_presets(&self, what: &Presets, out: &mut impl Write) -> Result<(), CliError> {
        let (answer, sentence) = match what {
            Presets::Save { name } => (self.save_preset(name).await?, format!("Saved as {name}")),
            Presets::Show { preset } => return self.show_preset(preset, out).await,
            Presets::Recall { preset } => {
                let path = ["presets", preset, "recall"];
                let answer = self.client.call(Method::POST, &path, Some(&json!({}))).await?;
                return self.say_targets(&answer, out);
            }
            Presets::Rename { preset, name } => {
                let body = json!({ "name": name });
                let answer = self.client.call(Method::PATCH, &["presets", preset], Some(&body)).await?;
                (answer, format!("Preset {preset} is {name} now"))
            }
            Presets::Delete { preset } => {
                let answer = self.client.call(Method::DELETE, &["presets", preset], None).await?;
                (answer, format!("Deleted preset {preset}"))
            }
        };
        self.say(out, &answer, &sentence)
    }

    /// A new preset, or the one of this name overwritten.
    async fn save_preset(&self, name: &str) -> Result<Value, CliError> {
        match self.client.call(Method::POST, &["presets"], Some(&json!({ "name": name }))).await {
            Err(CliError::Refused { code, .. }) if code == "name_taken" => {
                self.client.call(Method::PUT, &["presets", name], Some(&json!({}))).await
            }
            answer => answer,
        }
    }

    async fn show_preset(&self, preset: &str, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::GET, &["presets", preset], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let mut rows = table::new(&["zone", ">zone volume", "speaker", ">volume"]);
        for zone in self.client.read::<Preset>(answer)?.zones {
            for speaker in zone.speakers {
                let volume = if speaker.muted { "muted".to_owned() } else { table::plain(speaker.volume, 0) };
                rows.add_row([zone.name.clone(), table::plain(zone.volume, 0), speaker.name, volume]);
            }
        }
        Ok(write!(out, "{}", table::text(&rows))?)
    }
}
