//! Edits of files' tags, and how they are taken back.

use reqwest::Method;
use serde_json::json;

use crate::fixture::Fixture;

#[tokio::test]
async fn an_edit_is_taken_back_after_a_restart_and_then_the_file_is_as_it_was() {
    let f = Fixture::new().await;
    let file = f.folder.path().join("music/a.wav");
    let before = std::fs::read(&file).unwrap();
    let id = f.track("a").await;
    let path = format!("/api/tracks/{id}");
    let body = json!({ "title": "New", "artists": ["One", "Two"] }).to_string();
    let (status, edited) = f.call(Method::PATCH, &path, Some(body.clone())).await;
    assert_eq!((status.as_u16(), &edited["title"], &edited["notes"]), (200, &json!("New"), &json!([])), "{edited}");
    let edit = edited["editId"].as_str().unwrap().to_owned();
    let (_, same) = f.call(Method::PATCH, &path, Some(body)).await;
    assert_eq!((&same["title"], &same["editId"]), (&json!("New"), &json!(null)), "it says that already");

    let f = f.restarted().await;
    let (_, list) = f.get(&format!("/api/edits?track={id}")).await;
    assert_eq!(list["edits"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!((&list["edits"][0]["id"], &list["edits"][0]["trackId"]), (&json!(edit), &json!(id)));
    assert_eq!(list["edits"][0]["fields"], json!(["title", "artists"]));
    let undo = format!("/api/edits/{edit}/undo");
    let undone = f.done(&undo, json!({})).await;
    assert_eq!((&undone["id"], &undone["title"]), (&json!(id), &json!("a")), "{undone}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let (status, problem) = f.post(&undo, json!({})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("edit_not_found")));

    // The other way, unless somebody else wrote to the file.
    let redo = format!("/api/edits/{}/undo", undone["editId"].as_str().unwrap());
    let theirs = [&before[..], b"\0\0"].concat();
    std::fs::write(&file, &theirs).unwrap();
    let (status, problem) = f.post(&redo, json!({})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("file_changed")), "{problem}");
    assert_eq!(std::fs::read(&file).unwrap(), theirs);
    assert_eq!(f.get("/api/edits?track=x").await.0.as_u16(), 422);
}

#[tokio::test]
async fn a_file_that_would_not_stay_whole_is_refused_with_the_reason() {
    let f = Fixture::new().await;
    let file = f.folder.path().join("music/a.wav");
    let whole = std::fs::read(&file).unwrap();
    let cut = &whole[..whole.len() - 101];
    std::fs::write(&file, cut).unwrap();
    let (status, problem) =
        f.call(Method::PATCH, &format!("/api/tracks/{}", f.track("a").await), Some(r#"{"title":"x"}"#.into())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("tags_not_writable")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("taken for sound"), "{problem}");
    assert_eq!(std::fs::read(&file).unwrap(), cut);
}
