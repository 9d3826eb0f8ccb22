//! Agents find their coordinator by mDNS: two network namespaces with a cable between, real daemons on both ends. It
//! needs root, as the namespaces do; without it the tests say so and end.

use std::{path::Path, process::Command, time::Duration};

use downbeat_tests::{
    binaries,
    patience::{Disturbed, undisturbed, until},
    process::Process,
    stage::Stage,
};
use tokio::time::timeout;

/// Two machines and a cable.
struct Network {
    /// Holds the namespace of the coordinators.
    house: Process,
    /// Holds that of the speaker.
    room: Process,
}

impl Network {
    /// `None`: namespaces cannot be made here.
    #[expect(clippy::print_stderr, reason = "shown by test runners that are asked to")]
    async fn new(stage: &Stage) -> Option<Self> {
        let works = Command::new("unshare").args(["-n", "ip", "link"]).output();
        if !works.is_ok_and(|output| output.status.success()) {
            eprintln!("LEFT OUT: network namespaces cannot be made (root, util-linux and iproute2 are needed)");
            return None;
        }
        let hold = |name: &str| {
            let asleep = ["-n", "sleep", "600"].map(str::to_owned);
            Process::start(name, "/usr/bin/unshare", &asleep, &stage.path(&format!("{name}.log")))
        };
        let network = Self { house: hold("house"), room: hold("room") };
        let (house, room) = (network.house.id(), network.room.id());
        let cable = format!(
            "ip link set lo up && ip link add v0 type veth peer name v1 netns {room} && ip addr add \
             10.99.0.1/24 dev v0 && ip link set v0 up"
        );
        let own = "ip link set lo up && ip addr add 10.99.0.2/24 dev v1 && ip link set v1 up";
        // a holder has its namespace a moment after it began
        until("the cable", async || run(house, &cable).then_some(())).await;
        until("the other end", async || run(room, own).then_some(())).await;
        Some(network)
    }

    /// Starts a program of ours in a namespace.
    fn start(stage: &Stage, holder: &Process, name: &str, program: &str, arguments: &[&str]) -> Process {
        let program = binaries::path(program).to_string_lossy().into_owned();
        let mut words = vec!["-t".to_owned(), holder.id().to_string(), "-n".to_owned(), program];
        words.extend(arguments.iter().map(|word| (*word).to_owned()));
        Process::start(name, "/usr/bin/nsenter", &words, &stage.path(&format!("{name}.log")))
    }

    fn coordinator(&self, stage: &Stage, name: &str, port: u16) -> Process {
        let (listen, music) = (format!("0.0.0.0:{port}"), shown(&stage.music()));
        let data = shown(&stage.path(name));
        let arguments = ["--listen", &listen, "--music", &music, "--data", &data, "--adopt-all-for", "1h"];
        Self::start(stage, &self.house, name, "downbeat-server", &arguments)
    }

    /// `run`: its log's name.
    fn speaker(&self, stage: &Stage, run: &str) -> Process {
        let data = shown(&stage.path("cellar"));
        let arguments = ["--name", "Cellar", "--output", "virtual:rate=48000", "--data", &data];
        Self::start(stage, &self.room, run, "downbeat-agent", &arguments)
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Runs a script in the namespace of a process.
fn run(holder: u32, script: &str) -> bool {
    let words = ["-t", &holder.to_string(), "-n", "sh", "-c", script].map(str::to_owned);
    Command::new("nsenter").args(words).output().is_ok_and(|output| output.status.success())
}

async fn says(process: &Process, what: &str) {
    until(what, async || process.log().contains(what).then_some(())).await;
}

/// Several searches. (Once in some forty runs, with builds beside it, none of them found one that had just come.)
const SEARCHES: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_agent_without_an_address_finds_its_coordinator_and_of_two_takes_none() {
    undisturbed(found_and_of_two_none).await;
}

async fn found_and_of_two_none() -> Result<(), Disturbed> {
    let stage = Stage::new();
    let Some(network) = Network::new(&stage).await else { return Ok(()) };
    let lonely = network.speaker(&stage, "lonely");
    says(&lonely, "no coordinator is found in this network; say where it is: --server HOST").await;
    let shop = network.coordinator(&stage, "shop", 3000);
    if timeout(SEARCHES, says(&lonely, "connected to the coordinator")).await.is_err() {
        return Err(Disturbed(format!("no search finds it; the speaker:\n{}{}", lonely.log(), shop.log())));
    }
    says(&lonely, "wss://10.99.0.1:3000/ws").await;
    assert_eq!(lonely.terminate().await.code, Some(0));

    // another one: who belongs to the first goes on there, and a new one takes none
    let cafe = network.coordinator(&stage, "cafe", 3001);
    says(&cafe, "listening on").await;
    let again = network.speaker(&stage, "again");
    says(&again, "connected to the coordinator").await;
    assert!(!again.log().contains("at=wss://10.99.0.1:3001"), "{}", again.log());
    assert_eq!(again.terminate().await.code, Some(0));
    std::fs::remove_dir_all(stage.path("cellar")).expect("a folder can be removed");
    let new = network.speaker(&stage, "new");
    says(&new, "several coordinators are found in this network").await;
    let said = new.log();
    assert!(said.contains("10.99.0.1:3000") && said.contains("10.99.0.1:3001"), "{said}");
    assert!(!said.contains("connected to the coordinator"), "{said}");
    assert_eq!(new.terminate().await.code, Some(0));
    shop.terminate().await;
    Ok(())
}
