//! The speaker process (provisional main for the first slice).
use downbeat_agent::{agent, output};
fn main() {
    tracing_subscriber::fmt().init();
    let a: Vec<String> = std::env::args().collect();
    let get = |k: &str| a.iter().position(|x| x == k).map(|i| a[i + 1].clone());
    let out = get("--output").unwrap();
    let output: Box<dyn output::Output> = if let Some(n) = out.strip_prefix("alsa:") { Box::new(output::alsa::Alsa::new(n)) }
      else if out == "default" { Box::new(output::cpal::Cpal::new(None)) }
      else if let Some(n) = out.strip_prefix("cpal:") { Box::new(output::cpal::Cpal::new(Some(n.into()))) }
      else { let mut c = output::r#virtual::Card::default(); for kv in out.trim_start_matches("virtual").trim_start_matches(':').split(',') { if let Some((k,v)) = kv.split_once('=') { match k { "ppm" => c.ppm = v.parse().unwrap(), "wav" => c.wav = Some(v.into()), _ => {} } } } Box::new(output::r#virtual::Virtual::new(c)) };
    let o = agent::Options { server: get("--server").unwrap().parse().unwrap(), speaker_id: downbeat_protocol::SpeakerId::random(), name: get("--name").unwrap(), zone: None, output_delay_us: None, output,
      cache: (std::path::PathBuf::from(get("--data").unwrap()).join("cache"), 1<<30), dac_prior: None, remember_dac: |_| {} };
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async { let mut t = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap(); agent::run(o, async move { t.recv().await; }).await.unwrap() });
}
