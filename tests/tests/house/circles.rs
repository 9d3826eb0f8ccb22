//! Files of one crate do not import each other in a circle: each can be read after those that it imports from.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    House,
    imports::{Imports, imports},
};

/// A shortest circle that `file` is in: the paths by which each file of it imports from the next one.
fn circle(imports: &Imports, file: &str) -> Option<Vec<String>> {
    let mut from = BTreeMap::<&str, &str>::new();
    let mut next = VecDeque::from([file]);
    while let Some(at) = next.pop_front() {
        for to in imports.get(at).into_iter().flat_map(BTreeMap::keys) {
            if to == file {
                let mut circle = vec![];
                let (mut at, mut to) = (at, to.as_str());
                loop {
                    circle.push(format!("{at} imports {} of {to}", imports[at][to]));
                    if at == file {
                        circle.reverse();
                        return Some(circle);
                    }
                    (at, to) = (from[at], at);
                }
            }
            if !from.contains_key(to.as_str()) {
                from.insert(to, at);
                next.push_back(to);
            }
        }
    }
    None
}

#[test]
fn files_of_a_crate_do_not_import_each_other_in_a_circle() {
    let (mut found, mut files) = (Vec::new(), 0);
    for folder in House::read().sources {
        let imports = imports(&folder);
        files += imports.len();
        let circles = imports.keys().filter_map(|file| circle(&imports, file));
        if let Some(shortest) = circles.min_by_key(Vec::len) {
            found.push(format!("{}:\n  {}", folder.display(), shortest.join(",\n  ")));
        }
    }
    assert!(files > 300, "the house has {files} files: it was not read");
    assert!(
        found.is_empty(),
        "files import each other in a circle. Move what they share to a file below them.\n{}",
        found.join("\n")
    );
}

#[test]
fn a_circle_is_found_and_named_by_its_shortest_way() {
    let imports: Imports = [("a", vec!["b", "c"]), ("b", vec!["d"]), ("c", vec!["a"]), ("d", vec!["b", "a"])]
        .into_iter()
        .map(|(from, to)| (from.into(), to.into_iter().map(|to| (to.to_owned(), format!("crate::{to}"))).collect()))
        .collect();
    assert_eq!(circle(&imports, "a").unwrap(), ["a imports crate::c of c", "c imports crate::a of a"]);
    let open: Imports = imports
        .into_iter()
        .map(|(from, mut to)| {
            to.retain(|to, _| *to > from);
            (from, to)
        })
        .collect();
    assert!(open.keys().all(|file| circle(&open, file).is_none()));
}
