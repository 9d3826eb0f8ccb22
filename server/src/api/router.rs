//! The table of contents.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{
        MatchedPath, Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, get},
};
use downbeat_protocol::handshake::WEBSOCKET_PATH;
use downbeat_trust::rights::{Caller, Right, may_some};
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};
use tower_http::trace::TraceLayer;
use tracing::Instrument as _;

use super::{
    Api, access_pages,
    asker::Asker,
    audit, backup, books, browse, budgets, ca, calibration,
    call::Call,
    classical, clients, covers, doctor, edit, edits, events, foreign_site, guard,
    guard::Rights,
    guest_link, half_uploads, health, history, idempotency, join_tokens, keyed, letters, library as music,
    library_import, library_stats, login, measured, metrics, named,
    need::{About, Need},
    past, playback, playlist_files, playlists, presets, problem, queue, queue_save, ratings, reach, search, session,
    settings, speaker_keys, speakers, targets, telemetry, test_client, tokens, tracks, turns, uploads, users, zones,
};
use crate::{
    files::MEDIA_PATH,
    gateway::{self, Comer},
    net::Peer,
    register::Arrival,
    request_id::RequestId,
    sockets::Held,
};

/// Makes [`calls`] of the names of handlers, and in the unit tests `Calls`, their description.
macro_rules! calls {
    ($($file:ident :: $name:ident),* $(,)?) => {
        /// Everything that is described.
        fn calls() -> impl Iterator<Item = Call> {
            [$($file::$name::CALL),*].into_iter()
        }

        #[cfg(test)]
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($file::$name),*))]
        pub(super) struct Calls;
    };
}

calls! {
    playback::play,
    playback::pause,
    playback::resume,
    playback::seek,
    playback::stop,
    playback::next,
    playback::previous,
    playback::set_level,
    playback::state,
    clients::list,
    zones::list, zones::create,
    zones::get, zones::edit, zones::delete,
    presets::list, presets::save,
    presets::get, presets::overwrite, presets::rename, presets::delete,
    presets::recall,
    telemetry::metronome,
    calibration::begin, calibration::get, calibration::end,
    past::zone, past::zone_csv,
    past::speaker, past::speaker_csv,
    playback::play_in_zone,
    playback::pause_in_zone,
    playback::resume_in_zone,
    playback::seek_in_zone,
    playback::stop_in_zone,
    playback::next_in_zone,
    playback::previous_in_zone,
    playback::set_level_in_zone,
    playback::state_in_zone,
    playback::call_off,
    queue::get, queue::add, queue::shift, queue::clear,
    queue::remove, queue::shift_one,
    queue::remove_many,
    queue_save::save,
    session::get, session::replace, session::edit,
    speakers::list,
    targets::act,
    speakers::get, speakers::edit, speakers::forget,
    speakers::identify,
    speakers::replaceable, speakers::replace,
    speaker_keys::list,
    speaker_keys::adopt,
    speaker_keys::refuse,
    speaker_keys::revoke,
    speaker_keys::forgive,
    speaker_keys::identify,
    join_tokens::list, join_tokens::create,
    join_tokens::end,
    tracks::list,
    tracks::get, edit::edit, edit::delete,
    ratings::rate,
    edits::list, edits::undo,
    tracks::rescan,
    music::get,
    music::scan,
    music::faults,
    library_stats::get,
    library_import::import,
    books::list,
    books::forget,
    uploads::upload,
    half_uploads::begin, half_uploads::list,
    half_uploads::get, half_uploads::go_on, half_uploads::end,
    covers::cover,
    covers::of_track,
    covers::waveform,
    browse::albums,
    browse::album,
    browse::artists,
    browse::artist,
    browse::genres,
    classical::composers, classical::composer,
    classical::works,
    browse::years,
    browse::folders,
    browse::folder,
    letters::list,
    search::search,
    playlists::list, playlists::create,
    playlist_files::import,
    playlists::get, playlists::edit, playlists::delete,
    playlists::add, playlists::reorder, playlists::remove,
    playlist_files::export,
    history::list,
    history::export,
    health::health,
    health::openapi,
    metrics::metrics,
    doctor::doctor, doctor::diagnostics,
    reach::reach,
    events::listen,
    events::listen_ws,
    backup::backup,
    backup::restore, backup::preview,
    settings::get, settings::edit,
    settings::folder,
    ca::get, ca::rotate, ca::end_old,
    guest_link::link, guest_link::code,
    login::log_in, login::log_out, login::whoami, login::set_up, login::password,
    users::list, users::create, users::edit, users::delete, users::setup_link,
    tokens::list, tokens::create, tokens::delete,
    audit::audit,
}

/// The paths beside the calls, and what they ask for.
const OTHERS: [(&str, Need); 6] = [
    // the gateway asks each connection for its key
    (WEBSOCKET_PATH, Need::OPEN),
    ("/", Need::OPEN),
    (MEDIA_PATH, Need::new(Right::Listen).about(About::Target)),
    ("/test-client", Need::PAGE),
    ("/test-client/", Need::PAGE),
    ("/test-client/{file}", Need::PAGE),
];

/// The rights that are asked for by all that is answered.
fn rights() -> Rights {
    let mut rights = Rights::default();
    calls().for_each(|call| rights.declare(call.path, call.method, call.need));
    OTHERS.iter().chain(&access_pages::PATHS).for_each(|(path, need)| rights.declare(path, MethodFilter::GET, *need));
    rights
}

/// Everything that is answered: method, path, the right that it asks for.
pub fn declared() -> Vec<(Method, &'static str, Need)> {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let method =
        |filter| methods.iter().find(|m| MethodFilter::try_from((*m).clone()).is_ok_and(|one| one == filter)).cloned();
    let mut all: Vec<_> =
        rights().all().filter_map(|(filter, path, need)| Some((method(filter)?, path, need))).collect();
    all.sort_by_key(|(method, path, _)| (*path, method.to_string()));
    all
}

/// The right that a path and a method ask for.
#[cfg(test)]
pub(super) fn need_of(method: &str, path: &str) -> Option<Need> {
    let method = MethodFilter::try_from(method.to_uppercase().parse::<Method>().ok()?).ok()?;
    rights().all().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, need)| need)
}

/// Everything that the coordinator answers.
pub fn router(api: Api) -> Router {
    let rest = calls().fold(Router::new(), |router, call| call.to(router));
    let guarded = guard::Guard {
        access: api.access.clone(),
        rights: Arc::new(rights()),
        audit: api.audit.clone(),
        conductor: api.conductor.clone(),
        register: api.gateway.register.clone(),
    };
    let answers = idempotency::Idempotency::new(api.conductor.store().clone());
    let clock = api.conductor.clock();
    let work = api.gateway.connections.clone();
    let sites = api.sites.clone();
    let tally = api.tally.clone();
    let register = api.gateway.register.clone();
    let budgets = (api.budgets.clone(), api.access.clone());
    let media = crate::files::media_router(api.conductor.library().clone(), api.places.clone());
    let pages = access_pages::routes(Router::new())
        .route(WEBSOCKET_PATH, get(socket))
        .route("/", get(root))
        .route("/test-client", get(test_client::redirect))
        .route("/test-client/", get(test_client::index))
        .route("/test-client/{file}", get(test_client::file));
    rest.merge(pages)
        .fallback(page)
        .method_not_allowed_fallback(problem::no_method)
        .with_state(api)
        .merge(media)
        .layer(middleware::from_fn_with_state(budgets, budgets::layer))
        .layer(middleware::from_fn_with_state(turns::Turns::default(), turns::layer))
        .layer(middleware::from_fn_with_state(answers, idempotency::layer))
        .layer(middleware::from_fn_with_state(work, to_its_end))
        .layer(middleware::from_fn_with_state(register, keyed::guard))
        .layer(middleware::from_fn_with_state(guarded, guard::guard))
        .layer(middleware::from_fn_with_state(sites, foreign_site::guard))
        .layer(middleware::from_fn(guard::headers))
        .layer(middleware::from_fn_with_state(tally, measured::layer))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(middleware::from_fn_with_state(clock, named::layer))
}

/// The span of a request in the log. Its address stays out: people paste tokens into it.
fn span(request: &Request) -> tracing::Span {
    let path = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().map_or("", RequestId::as_str);
    tracing::debug_span!("request", method = %request.method(), path, id)
}

/// Every path that is no call: a file or a view of the page, or nothing.
async fn page(State(api): State<Api>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match api.page.answer(&method, uri.path(), &headers).await {
        Some(answer) => answer,
        None => problem::no_route(uri).await.into_response(),
    }
}

/// `/`: people get the page; speakers that were given no path get the WebSocket.
async fn root(
    State(api): State<Api>,
    Extension(peer): Extension<Peer>,
    Extension(asker): Extension<Asker>,
    held: Option<Extension<Held>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => gateway::upgrade(api.gateway.clone(), comer(&api, peer, &asker, held), upgrade),
        Err(_) => api.page.index("/", &headers).await,
    }
}

/// A speaker's connection; a browser may listen as far, and as long, as its caller may.
fn comer(api: &Api, peer: Peer, asker: &Asker, held: Option<Extension<Held>>) -> Comer {
    let admitted = asker.admitted();
    let listening = may_some(&admitted.caller, Right::Listen).is_ok().then(CancellationToken::new);
    let watch = listening.clone().filter(|_| matches!(admitted.caller, Caller::Person(_))).map(|listening| {
        let (access, admitted) = (api.access.clone(), admitted.clone());
        AbortOnDropHandle::new(tokio::spawn(async move {
            access.lost(&admitted).await;
            listening.cancel();
        }))
    });
    let proxied = api.access.is_proxy(peer.address.ip());
    let arrival = Arrival { proxied, listening, ..Arrival::from(peer) };
    Comer { arrival, held: held.map(|Extension(held)| held), watch }
}

/// `/ws`: the speakers' WebSocket.
async fn socket(
    State(api): State<Api>,
    Extension(peer): Extension<Peer>,
    Extension(asker): Extension<Asker>,
    held: Option<Extension<Held>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => gateway::upgrade(api.gateway.clone(), comer(&api, peer, &asker, held), upgrade),
        Err(rejection) => {
            problem::Problem::no_upgrade("this is a WebSocket for speakers", &rejection.body_text()).into_response()
        }
    }
}

/// A change is done to its end in a task of its own, though the client may have hung up. Else
/// hanging up would drop it wherever it waits, between the disk and what is in force. A shutdown waits for it.
async fn to_its_end(State(work): State<TaskTracker>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId::of(None));
    let done = work.spawn(id.doing(next.run(request)).in_current_span()).await;
    done.unwrap_or_else(|_| {
        problem::Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke off").into_response()
    })
}
