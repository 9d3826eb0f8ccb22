//! A call: its method, its path, and the function that answers it.
//!
//! The router knows one type of handler, and not one for each function. The web framework makes some thousand lines of
//! machine code of each type that it is given.

use std::pin::Pin;

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, on},
};

use super::{Api, asker::Asker, need::Need, problem::Problem};

/// An answer in the making.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// One call of the interface; `#[call(...)]` makes it of a handler.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The method.
    pub method: MethodFilter,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The right that it asks for.
    pub need: Need,
    /// The handler, with its arguments read from the request.
    pub answer: fn(Request, Api) -> Answering,
}

impl Call {
    /// Adds it to a router.
    pub fn to(self, router: Router<Api>) -> Router<Api> {
        router.route(self.path, on(self.method, Erased(self.answer)))
    }
}

/// The one type of handler.
#[derive(Clone, Copy)]
struct Erased(fn(Request, Api) -> Answering);

impl Handler<(), Api> for Erased {
    type Future = Answering;

    fn call(self, request: Request, api: Api) -> Answering {
        let Some(asker) = request.extensions().get::<Asker>().cloned() else {
            // it came past the guard
            return Box::pin(async { Problem::undeclared().into_response() });
        };
        (self.0)(request, Api { asker: Some(asker), ..api })
    }
}
