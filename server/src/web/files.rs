//! The files of the page: in the program, or in a folder while somebody works on them (`--web-dir`).

use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

/// Name and content of each file, by name.
const BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

/// Finds files by their names below the page's root.
#[derive(Debug, Clone, Default)]
pub struct Files {
    folder: Option<PathBuf>,
}

impl Files {
    /// The files of the program, or of a folder.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The content of a file; `None` if there is none of this name.
    pub async fn get(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match &self.folder {
            None => BUILT.iter().find(|(file, _)| *file == name).map(|(_, content)| Cow::Borrowed(*content)),
            Some(folder) if is_within(name) => tokio::fs::read(folder.join(name)).await.ok().map(Cow::Owned),
            Some(_) => None,
        }
    }
}

/// True for a name that leads nowhere but down.
fn is_within(name: &str) -> bool {
    !name.contains(['\\', '\0']) && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_but_down() {
        assert!(is_within("index.html") && is_within("assets/a-b.js"));
        for name in ["../secret", "assets/../../secret", "/etc/passwd", "assets\\..\\x", "a\0b"] {
            assert!(!is_within(name), "{name:?}");
        }
    }
}
