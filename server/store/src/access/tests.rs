use chrono::DateTime;
use downbeat_protocol::{SpeakerId, ZoneId, handshake::SpeakerClass, server_message::ChannelRole, volume::Volume};
use uuid::Uuid;

use super::*;
use crate::{SpeakerRow, Store};

async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, store)
}

fn user(name: &str, role: &str) -> UserRow {
    UserRow {
        name: name.into(),
        role: role.into(),
        password: "$argon2id$x".into(),
        bound: Some(r#"{"zones":[]}"#.into()),
        max_volume: Volume::new(40.0),
        made: 7,
        edits: 0,
    }
}

fn token(user: &str, name: &str) -> ApiTokenRow {
    ApiTokenRow {
        id: Uuid::new_v4(),
        digest: *blake3::hash(name.as_bytes()).as_bytes(),
        name: name.into(),
        user: user.into(),
        scopes: Some(r#"["look"]"#.into()),
        bound: None,
        made: 1,
        ends: 2,
        used: None,
        exposed: false,
    }
}

fn session(user: &str, n: u8) -> LoginRow {
    LoginRow { digest: [n; 32], user: user.into(), began: 1, used: 2, proved: 3, places: "[]".into() }
}

fn key(n: u8, speaker: Option<SpeakerId>) -> SpeakerKeyRow {
    SpeakerKeyRow {
        key: [n; 32],
        state: KeyState::Adopted,
        speaker,
        name: format!("speaker {n}"),
        decided: 5,
        decided_by: "ada".into(),
        verified: true,
        join_token: None,
        pinned: Some([9; 32]),
        cache_key: Some([8; 32]),
    }
}

fn join_token(uses: u32) -> JoinTokenRow {
    JoinTokenRow {
        id: Uuid::new_v4(),
        digest: [3; 32],
        name: "shop".into(),
        uses,
        ends: None,
        run: Uuid::new_v4(),
        ends_up: 3_600,
        made_by: "ada".into(),
    }
}

async fn speaker(store: &Store) -> SpeakerId {
    let row = SpeakerRow {
        id: SpeakerId::random(),
        name: "kitchen".into(),
        class: SpeakerClass::Agent,
        zone: ZoneId::DEFAULT,
        volume: Volume::FULL,
        muted: false,
        output_delay_us: 0,
        min_volume: Volume::clamped(0.0),
        max_volume: Volume::FULL,
        channels: ChannelRole::Stereo,
        labels: std::collections::BTreeMap::new(),
        first_seen: DateTime::UNIX_EPOCH,
        last_seen: DateTime::UNIX_EPOCH,
        settings: "{}".into(),
    };
    store.save_speaker(&row).await.unwrap();
    row.id
}

#[tokio::test]
async fn users_tokens_and_sessions_are_there_after_a_restart_and_go_with_the_user() {
    let (dir, store) = store().await;
    let (ada, bert) = (user("Ada", "admin"), user("bert", "operator"));
    for user in [&ada, &bert] {
        store.add_user(user).await.unwrap();
    }
    assert!(matches!(store.add_user(&user("ADA", "admin")).await, Err(UserError::NameTaken(_))));
    let (mut of_ada, of_bert) = (token("ada", "panel"), token("bert", "panel of bert"));
    for token in [&of_ada, &of_bert] {
        store.save_api_token(token).await.unwrap();
    }
    (of_ada.used, of_ada.exposed) = (Some((9, "10.0.0.1".into())), true);
    store.save_api_token(&of_ada).await.unwrap();
    store.save_api_token(&ApiTokenRow { exposed: false, ..of_ada.clone() }).await.unwrap();
    store.save_login(&session("Ada", 1)).await.unwrap();
    store.save_login(&LoginRow { places: "[1]".into(), ..session("Ada", 1) }).await.unwrap();
    store.save_login(&session("bert", 2)).await.unwrap();
    store.save_known_place("ada", "10.0.0.1", 100, 0).await.unwrap();
    store.save_known_place("ada", "10.0.0.2", 500, 200).await.unwrap();
    store.close().await;
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.load_users().await.unwrap(), [ada, bert]);
    assert_eq!(store.load_api_tokens().await.unwrap(), [of_ada, of_bert], "what was exposed stays so");
    assert_eq!(store.load_logins().await.unwrap().len(), 2);
    assert_eq!(store.load_known_places().await.unwrap(), [("ada".into(), "10.0.0.2".into(), 500)]);
    assert!(store.delete_user("BERT").await.unwrap() && !store.delete_user("bert").await.unwrap());
    assert_eq!((store.load_api_tokens().await.unwrap().len(), store.load_logins().await.unwrap().len()), (1, 1));
    store.delete_logins(&[[1; 32]]).await.unwrap();
    assert!(store.load_logins().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_last_admin_stays() {
    let (_dir, store) = store().await;
    store.add_user(&user("olga", "operator")).await.unwrap();
    assert!(store.save_user(&user("olga", "operator")).await.unwrap(), "there was no admin before, either");
    assert!(store.delete_user("olga").await.unwrap());
    store.add_user(&user("ada", "admin")).await.unwrap();
    store.add_user(&user("bert", "operator")).await.unwrap();
    assert!(matches!(store.delete_user("ada").await, Err(UserError::LastAdmin(_))));
    assert!(matches!(store.save_user(&user("ada", "operator")).await, Err(UserError::LastAdmin(_))));
    assert_eq!(store.load_users().await.unwrap()[0].role, "admin");
    assert!(store.save_user(&user("bert", "admin")).await.unwrap());
    assert!(store.save_user(&user("ada", "operator")).await.unwrap());
    assert!(!store.save_user(&user("carl", "admin")).await.unwrap(), "there is none");
}

#[tokio::test]
async fn two_keys_never_speak_for_one_speaker() {
    let (_dir, store) = store().await;
    let id = speaker(&store).await;
    store.save_speaker_key(&key(1, Some(id))).await.unwrap();
    store.save_speaker_key(&key(1, Some(id))).await.unwrap();
    assert_eq!(store.load_speaker_keys().await.unwrap(), [key(1, Some(id))]);
    store.save_speaker_key(&key(2, Some(id))).await.unwrap();
    let states: Vec<_> =
        store.load_speaker_keys().await.unwrap().iter().map(|k| (k.key[0], k.state, k.speaker)).collect();
    assert_eq!(states, [(1, KeyState::Revoked, None), (2, KeyState::Adopted, Some(id))]);
    assert_eq!(store.load_speaker_keys().await.unwrap()[0].cache_key, None, "its cache is noise");
    assert!(store.forget_speaker_key([1; 32]).await.unwrap() && !store.forget_speaker_key([1; 32]).await.unwrap());
}

#[tokio::test]
async fn a_speaker_that_is_forgotten_takes_its_key_along_and_a_refusal_stays() {
    let (_dir, store) = store().await;
    let id = speaker(&store).await;
    store.save_speaker_key(&key(1, Some(id))).await.unwrap();
    store.save_speaker_key(&SpeakerKeyRow { state: KeyState::Refused, ..key(2, None) }).await.unwrap();
    assert!(store.forget_speaker(id).await.unwrap());
    let left: Vec<_> = store.load_speaker_keys().await.unwrap().iter().map(|k| k.key[0]).collect();
    assert_eq!(left, [2]);
}

#[tokio::test]
async fn a_use_of_a_join_token_and_its_key_are_kept_together() {
    let (_dir, store) = store().await;
    let grant = join_token(1);
    store.add_join_token(&grant).await.unwrap();
    let joined = |n| SpeakerKeyRow { join_token: Some(grant.id), ..key(n, None) };
    assert!(store.join(grant.id, &joined(1)).await.unwrap());
    assert!(store.join(grant.id, &joined(1)).await.unwrap(), "again");
    assert!(!store.join(grant.id, &joined(2)).await.unwrap(), "used up");
    assert_eq!(store.load_join_tokens().await.unwrap(), [JoinTokenRow { uses: 0, ..grant.clone() }]);
    assert_eq!(store.load_speaker_keys().await.unwrap().len(), 1);
    assert_eq!(store.revoke_joined(grant.id, "ada", 9).await.unwrap(), [[1; 32]]);
    assert!(!store.join(grant.id, &joined(1)).await.unwrap(), "a revoked key costs a use, and there is none");
    assert_eq!(store.load_speaker_keys().await.unwrap()[0].state, KeyState::Revoked);
    store.save_login(&session("nobody", 1)).await.unwrap_err();
    store.forget_what_lets_in().await.unwrap();
    assert!(store.load_join_tokens().await.unwrap().is_empty() && !store.delete_join_token(grant.id).await.unwrap());
}

#[tokio::test]
async fn settings_are_kept_under_their_names() {
    let (_dir, store) = store().await;
    assert_eq!(store.access_setting("guests").await.unwrap(), None);
    for value in ["\"listen\"", "\"control\""] {
        store.save_access_setting("guests", value).await.unwrap();
        assert_eq!(store.access_setting("guests").await.unwrap().as_deref(), Some(value));
    }
    let shown = format!("{:?} {:?}", user("ada", "admin"), key(8, None));
    assert!(!shown.contains("argon2id") && !shown.contains("8, 8"), "{shown}");
}

#[tokio::test]
async fn a_use_that_is_noted_late_brings_back_nothing_that_has_ended() {
    let (_dir, store) = store().await;
    store.add_user(&user("ada", "admin")).await.unwrap();
    let (panel, login) = (token("ada", "panel"), session("ada", 1));
    store.save_api_token(&panel).await.unwrap();
    store.save_login(&login).await.unwrap();
    let used = ApiTokenRow { used: Some((9, "10.0.0.1".into())), ..panel.clone() };
    store.note_api_token(&used).await.unwrap();
    store.note_login(&LoginRow { used: 9, ..login.clone() }).await.unwrap();
    assert_eq!(store.load_api_tokens().await.unwrap(), std::slice::from_ref(&used));
    assert_eq!(store.load_logins().await.unwrap()[0].used, 9);
    assert!(store.delete_api_token(panel.id).await.unwrap());
    store.delete_logins(&[login.digest]).await.unwrap();
    store.note_api_token(&used).await.unwrap();
    store.note_login(&login).await.unwrap();
    assert!(store.load_api_tokens().await.unwrap().is_empty() && store.load_logins().await.unwrap().is_empty());
}

/// The database as a backup made now has it.
async fn copy(store: &Store) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    store.backup(&dir.path().join(crate::FILE_NAME)).await.unwrap();
    let copied = Store::open(dir.path()).await.unwrap();
    (dir, copied)
}

#[tokio::test]
async fn what_was_taken_away_since_a_backup_stays_away_and_what_was_changed_stays_changed() {
    let (_dir, store) = store().await;
    for (name, role) in [("ada", "admin"), ("bert", "admin"), ("carl", "operator"), ("dora", "operator")] {
        store.add_user(&user(name, role)).await.unwrap();
    }
    let tokens = ["ended", "exposed", "kept"].map(|name| token("ada", name));
    for token in tokens.iter().chain(&[token("carl", "of carl")]) {
        store.save_api_token(token).await.unwrap();
    }
    for n in 1..=4 {
        store.save_speaker_key(&key(n, None)).await.unwrap();
    }
    let (_kept, backup) = copy(&store).await;

    store.delete_api_token(tokens[0].id).await.unwrap();
    store.note_api_token(&ApiTokenRow { exposed: true, ..tokens[1].clone() }).await.unwrap();
    store.delete_user("carl").await.unwrap();
    let demoted = UserRow { password: "$argon2id$y".into(), ..user("bert", "operator") };
    assert!(store.save_user(&demoted).await.unwrap());
    for forgiven in [[2; 32], [3; 32]] {
        assert!(store.forget_speaker_key(forgiven).await.unwrap());
    }
    store.save_speaker_key(&SpeakerKeyRow { state: KeyState::Revoked, ..key(1, None) }).await.unwrap();
    store.save_speaker_key(&key(3, None)).await.unwrap();
    store.end(EndedKind::Clear, "a speaker").await.unwrap();

    let stays = backup.keep_ended(&store).await.unwrap();
    assert_eq!(stays.users, ["carl"]);
    assert_eq!(stays.changed, ["bert"]);
    assert_eq!(stays.tokens, [("ada".to_owned(), "ended".to_owned())]);
    assert_eq!(stays.speakers, ["speaker 1", "speaker 2"], "the third was adopted again");
    let users = backup.load_users().await.unwrap();
    assert_eq!(users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["ada", "bert", "dora"]);
    assert_eq!((users[1].role.as_str(), users[1].password.as_str()), ("operator", "$argon2id$y"));
    let left = backup.load_api_tokens().await.unwrap();
    let left: Vec<_> = left.iter().map(|token| (token.name.as_str(), token.exposed)).collect();
    assert_eq!(left, [("exposed", true), ("kept", false)]);
    let keys = backup.load_speaker_keys().await.unwrap();
    let states: Vec<_> = keys.iter().map(|key| (key.key[0], key.state)).collect();
    assert_eq!(states, [(1, KeyState::Revoked), (3, KeyState::Adopted), (4, KeyState::Adopted)]);
    assert!(backup.ended(EndedKind::Clear).await.unwrap().contains("a speaker"), "and over the next one, too");
}

#[tokio::test]
async fn on_another_machine_a_backup_brings_all_that_it_holds() {
    let (_dir, first) = store().await;
    first.add_user(&user("ada", "admin")).await.unwrap();
    first.save_api_token(&token("ada", "panel")).await.unwrap();
    assert!(first.save_user(&UserRow { password: "$argon2id$z".into(), ..user("ada", "admin") }).await.unwrap());
    let (_kept, backup) = copy(&first).await;
    let (_other, second) = store().await;
    // of the same name, and another one
    second.add_user(&UserRow { made: 8, ..user("ada", "admin") }).await.unwrap();
    assert_eq!(backup.keep_ended(&second).await.unwrap(), StaysEnded::default());
    assert_eq!(backup.load_users().await.unwrap()[0].password, "$argon2id$z");
    assert_eq!(backup.load_api_tokens().await.unwrap().len(), 1);
    // and an earlier state of the same one does not come before a later one
    let (_back, third) = copy(&backup).await;
    assert!(third.save_user(&UserRow { password: "$argon2id$new".into(), ..user("ada", "admin") }).await.unwrap());
    assert_eq!(third.keep_ended(&first).await.unwrap(), StaysEnded::default());
    assert_eq!(third.load_users().await.unwrap()[0].password, "$argon2id$new");
}
