//! Examples in docs are compiled and run by `cargo test --doc` only, which is left out: it looks at every crate once
//! more.

use std::{fs, path::Path};

use crate::House;

/// The lines at which a block of code begins in a doc comment that is neither text nor said to be ignored.
fn examples(source: &str) -> Vec<usize> {
    let (mut found, mut open) = (Vec::new(), false);
    for (number, line) in source.lines().enumerate() {
        let line = line.trim_start();
        let doc = ["///", "//!"].iter().find_map(|mark| line.strip_prefix(mark));
        let Some(kind) = doc.and_then(|doc| doc.trim().strip_prefix("```")) else { continue };
        if !open && !["text", "ignore", "json", "toml"].contains(&kind) {
            found.push(number + 1);
        }
        open = !open;
    }
    found
}

fn sources(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.push((path.display().to_string(), fs::read_to_string(&path).expect("a source")));
        }
    }
}

#[test]
fn no_example_stands_in_docs_that_nothing_runs() {
    let mut all = Vec::new();
    for folder in House::read().sources {
        sources(&folder, &mut all);
    }
    let found: Vec<_> = all
        .iter()
        .flat_map(|(file, source)| examples(source).into_iter().map(move |line| format!("{file}:{line}")))
        .collect();
    assert_eq!(
        found,
        Vec::<String>::new(),
        "Nothing runs these. Make each a test of its crate, or mark the block as text."
    );
}

#[test]
fn a_block_of_code_is_found_and_a_block_of_text_is_none() {
    assert_eq!(examples("/// ```text\n/// a\n/// ```\n//! ```\n//! f();\n//! ```\n// ```\nlet a = \"```\";"), [4]);
}
