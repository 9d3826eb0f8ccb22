//! The table of contents.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{
        ConnectInfo, Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use downbeat_protocol::handshake::WEBSOCKET_PATH;
use tokio_util::task::TaskTracker;
use tower_http::trace::TraceLayer;
use tracing::Instrument as _;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api, backup, browse, clients, covers, edit, events, foreign_site, health, history, idempotency, library as music,
    playback, playlist_files, playlists, presets, problem, queue, queue_save, queue_view::QueueState, search, session,
    speakers, targets, telemetry, test_client, tracks, zones,
};
use crate::gateway;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Downbeat",
        description = "A fleet of headless speakers that play as one.\n\nTimes named `at` and `serverTime` are \
                       microseconds on the coordinator's monotonic clock. Errors are RFC 9457 problems with a stable \
                       `code`."
    ),
    components(schemas(QueueState)),
    tags(
        (name = "playback", description = "What a zone plays; the default zone unless another is named"),
        (name = "zones", description = "Zones, their playback and their queues"),
        (name = "presets", description = "Sets of zones that are saved and recalled"),
        (name = "speakers", description = "Speakers and what people set for them"),
        (name = "library", description = "The music"),
        (name = "playlists", description = "Lists of tracks that people made, and rules that find them"),
        (name = "history", description = "What was played where, and when"),
        (name = "health", description = "The coordinator itself"),
    )
)]
struct Description;

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(playback::play))
        .routes(routes!(playback::pause))
        .routes(routes!(playback::resume))
        .routes(routes!(playback::seek))
        .routes(routes!(playback::stop))
        .routes(routes!(playback::next))
        .routes(routes!(playback::previous))
        .routes(routes!(playback::set_level))
        .routes(routes!(playback::state))
        .routes(routes!(clients::list))
        .routes(routes!(zones::list, zones::create))
        .routes(routes!(zones::get, zones::edit, zones::delete))
        .routes(routes!(presets::list, presets::save))
        .routes(routes!(presets::get, presets::overwrite, presets::rename, presets::delete))
        .routes(routes!(presets::recall))
        .routes(routes!(telemetry::metronome))
        .routes(routes!(playback::play_in_zone))
        .routes(routes!(playback::pause_in_zone))
        .routes(routes!(playback::resume_in_zone))
        .routes(routes!(playback::seek_in_zone))
        .routes(routes!(playback::stop_in_zone))
        .routes(routes!(playback::next_in_zone))
        .routes(routes!(playback::previous_in_zone))
        .routes(routes!(playback::set_level_in_zone))
        .routes(routes!(playback::state_in_zone))
        .routes(routes!(playback::call_off))
        .routes(routes!(queue::get, queue::add, queue::shift, queue::clear))
        .routes(routes!(queue::remove, queue::shift_one))
        .routes(routes!(queue::remove_many))
        .routes(routes!(queue_save::save))
        .routes(routes!(session::get, session::replace, session::edit))
        .routes(routes!(speakers::list))
        .routes(routes!(targets::act))
        .routes(routes!(speakers::get, speakers::edit, speakers::forget))
        .routes(routes!(speakers::identify))
        .routes(routes!(speakers::replaceable, speakers::replace))
        .routes(routes!(tracks::list))
        .routes(routes!(tracks::get, edit::edit, edit::delete))
        .routes(routes!(tracks::rescan))
        .routes(routes!(music::get))
        .routes(routes!(music::scan))
        .routes(routes!(music::faults))
        .routes(routes!(covers::cover))
        .routes(routes!(covers::of_track))
        .routes(routes!(covers::waveform))
        .routes(routes!(browse::albums))
        .routes(routes!(browse::album))
        .routes(routes!(browse::artists))
        .routes(routes!(browse::artist))
        .routes(routes!(browse::genres))
        .routes(routes!(browse::years))
        .routes(routes!(browse::folders))
        .routes(routes!(browse::folder))
        .routes(routes!(search::search))
        .routes(routes!(playlists::list, playlists::create))
        .routes(routes!(playlist_files::import))
        .routes(routes!(playlists::get, playlists::edit, playlists::delete))
        .routes(routes!(playlists::add, playlists::reorder, playlists::remove))
        .routes(routes!(playlist_files::export))
        .routes(routes!(history::list))
        .routes(routes!(history::export))
        .routes(routes!(health::health))
        .routes(routes!(health::openapi))
        .routes(routes!(events::listen))
        .routes(routes!(events::listen_ws))
        .routes(routes!(backup::backup))
        .routes(routes!(backup::restore))
}

/// The description at `/api/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// Everything that the coordinator answers.
pub fn router(api: Api) -> Router {
    let (rest, _) = documented().split_for_parts();
    let answers = idempotency::Idempotency::new(api.conductor.store().clone());
    let work = api.gateway.connections.clone();
    let sites = api.sites.clone();
    let media = crate::files::media_router(api.conductor.library().clone());
    let pages = Router::new()
        .route(WEBSOCKET_PATH, get(socket))
        .route("/", get(root))
        .route("/test-client", get(test_client::redirect))
        .route("/test-client/", get(test_client::index))
        .route("/test-client/{file}", get(test_client::file));
    rest.merge(pages)
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .with_state(api)
        .merge(media)
        .layer(middleware::from_fn_with_state(answers, idempotency::layer))
        .layer(middleware::from_fn_with_state(work, to_its_end))
        .layer(middleware::from_fn_with_state(sites, foreign_site::guard))
        .layer(TraceLayer::new_for_http())
}

/// `/`: people are sent to the page; speakers that were given no path get the WebSocket.
async fn root(
    State(api): State<Api>,
    peer: ConnectInfo<SocketAddr>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => gateway::upgrade(api.gateway, peer.0, upgrade),
        Err(_) => test_client::redirect().await.into_response(),
    }
}

/// `/ws`: the speakers' WebSocket.
async fn socket(
    State(api): State<Api>,
    peer: ConnectInfo<SocketAddr>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => gateway::upgrade(api.gateway, peer.0, upgrade),
        Err(rejection) => {
            let detail = format!("this is a WebSocket for speakers: {}", rejection.body_text());
            problem::Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail).into_response()
        }
    }
}

/// What changes something is done to its end in a task of its own, whether or not the one who asked still listens. Else
/// hanging up would drop it wherever it waits, between the disk and what is in force. A shutdown waits for it.
async fn to_its_end(State(work): State<TaskTracker>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let done = work.spawn(next.run(request).in_current_span()).await;
    done.unwrap_or_else(|_| {
        problem::Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke off").into_response()
    })
}
