//! Writes man pages and shell completions of the programs. They are made from the very parsers that the programs use,
//! so they say what can be typed today; and here, so that no program carries the code for it.
//!
//! ```text
//! FOLDER/man/NAME.1  and one for each command, as downbeat-play.1
//! FOLDER/bash/NAME   FOLDER/zsh/_NAME   FOLDER/fish/NAME.fish
//! ```

use std::{fs, io, path::Path, process::ExitCode};

use clap::{Command, CommandFactory, Parser};
use clap_complete::{Shell, generate_to};

/// Writes the man pages and shell completions of downbeat-server, downbeat-agent and downbeat.
#[derive(Debug, Parser)]
#[command(name = "downbeat-manuals", version)]
struct Args {
    /// The folder to write to; made if it is missing.
    folder: std::path::PathBuf,
}

#[expect(clippy::print_stderr, reason = "a tool for a prompt")]
fn main() -> ExitCode {
    let folder = Args::parse().folder;
    match programs().into_iter().try_for_each(|program| write(&program, &folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("downbeat-manuals: cannot write to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

/// The parsers of the programs that ship.
fn programs() -> [Command; 3] {
    [downbeat_server::config::command(), downbeat_agent::config::command(), downbeat_cli::args::Args::command()]
}

fn write(program: &Command, folder: &Path) -> io::Result<()> {
    let man = folder.join("man");
    fs::create_dir_all(&man)?;
    clap_mangen::generate_to(program.clone(), &man)?;
    let name = program.get_name().to_owned();
    for (shell, part) in [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")] {
        let part = folder.join(part);
        fs::create_dir_all(&part)?;
        let made = generate_to(shell, &mut program.clone(), name.clone(), &part)?;
        if shell == Shell::Bash {
            // Bash looks for a file with the bare name of the command.
            fs::rename(made, part.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command below a command, with the name of its page.
    fn below(command: &Command, page: &str) -> Vec<(String, Command)> {
        let own = (page.to_owned(), command.clone());
        let inner = command.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set());
        std::iter::once(own).chain(inner.flat_map(|c| below(c, &format!("{page}-{}", c.get_name())))).collect()
    }

    #[test]
    fn every_flag_of_every_command_has_its_page_and_its_completions() {
        let folder = tempfile::tempdir().unwrap();
        for program in programs() {
            write(&program, folder.path()).unwrap();
            let name = program.get_name().to_owned();
            let files = [format!("bash/{name}"), format!("zsh/_{name}"), format!("fish/{name}.fish")];
            let completions = files.map(|file| fs::read_to_string(folder.path().join(file)).unwrap());
            for (page, command) in below(&program, &name) {
                let text = fs::read_to_string(folder.path().join(format!("man/{page}.1"))).unwrap();
                for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
                    assert!(text.contains(&format!("\\-\\-{}", flag.replace('-', "\\-"))), "{page}.1 lacks --{flag}");
                    assert!(completions.iter().all(|c| c.contains(flag)), "a completion of {name} lacks --{flag}");
                }
            }
        }
    }

    #[test]
    fn two_writings_are_the_same() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for folder in &folders {
            for program in programs() {
                write(&program, folder.path()).unwrap();
            }
        }
        let mut files = 0;
        for part in ["man", "bash", "zsh", "fish"] {
            for file in fs::read_dir(folders[0].path().join(part)).unwrap() {
                let file = file.unwrap().path();
                let other = folders[1].path().join(part).join(file.file_name().unwrap());
                assert_eq!(fs::read(&file).unwrap(), fs::read(other).unwrap(), "{}", file.display());
                files += 1;
            }
        }
        assert!(files > 20, "{files}");
    }
    /// The texts that tell people what to type.
    fn texts(folder: &Path, into: &mut Vec<(std::path::PathBuf, String)>) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let of_a_day = path.ends_with("measurements") || path.ends_with("target") || path.ends_with("upstream");
            if path.is_dir() && !of_a_day {
                texts(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "md" || ending == "yml") {
                let text = fs::read_to_string(&path).unwrap();
                into.push((path, text));
            }
        }
    }

    #[test]
    fn every_command_that_docs_and_alerts_name_is_one() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut all = vec![(root.join("README.md"), fs::read_to_string(root.join("README.md")).unwrap())];
        texts(&root.join("docs"), &mut all);
        texts(&root.join("deploy"), &mut all);
        let mut named = 0;
        for program in programs().iter().filter(|program| program.has_subcommands()) {
            for (path, text) in &all {
                for before in ["`", "\n", "sudo "] {
                    for typed in text.split(&format!("{before}{} ", program.get_name())).skip(1) {
                        let word =
                            typed.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default();
                        let is_one =
                            word.is_empty() || word.starts_with('-') || program.find_subcommand(word).is_some();
                        assert!(is_one, "{}: {} has no command {word}", path.display(), program.get_name());
                        named += usize::from(!word.is_empty());
                    }
                }
            }
        }
        assert!(named > 50, "{named}");
    }
}
