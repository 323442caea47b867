//! The routes as a table: adding one is a line here and the function that answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::super::tasks;
use super::refusal::Refusal;
use super::service::{Service, json as text};
use super::{body, reward, verdicts};

/// What makes a reply, or says why there is none.
type Answer = fn(&Service, &[u8]) -> Result<Vec<u8>, Refusal>;

/// A path and what answers there.
struct Route {
    method: Method,
    path: &'static str,
    /// What it takes or gives.
    about: &'static str,
    answer: Answer,
}

/// How a route is asked.
#[derive(Clone, Copy)]
enum Method {
    /// Without a body; answered at once, whatever else is under way.
    Get,
    /// With a body; answered where verdicts are made.
    Post,
}

const ROUTES: &[Route] = &[
    Route { method: Method::Post, path: "/verify", about: verdicts::EXPECTED, answer: verdicts::answer },
    Route { method: Method::Post, path: "/get_reward", about: reward::EXPECTED, answer: reward::answer },
    Route { method: Method::Get, path: "/tasks", about: "the tasks, by name", answer: list_tasks },
    Route { method: Method::Get, path: "/health", about: "that the server answers", answer: health },
];

/// The routes, and refusals of whatever else is asked for.
pub(super) fn router(service: &Arc<Service>) -> Router {
    let serving = ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, handler(service, route)));
    let (no_route, no_method) = (Arc::clone(service), Arc::clone(service));
    serving
        .fallback(move |request: Request| async move {
            reply(&no_route, &request_line(&request), Err(nothing_there(&request)))
        })
        .method_not_allowed_fallback(move |request: Request| async move {
            reply(&no_method, &request_line(&request), Err(not_that_way(&request)))
        })
}

fn handler(service: &Arc<Service>, route: &'static Route) -> axum::routing::MethodRouter {
    let service = Arc::clone(service);
    on(route.method.filter(), move |request: Request| respond(service, route, request))
}

async fn respond(service: Arc<Service>, route: &'static Route, request: Request) -> Response {
    let asked = request_line(&request);
    let outcome = match route.method {
        Method::Get => (route.answer)(&service, &[]),
        Method::Post => match body::read(request).await {
            Ok(body) => answer_aside(Arc::clone(&service), route.answer, body).await,
            Err(refusal) => Err(refusal),
        },
    };
    reply(&service, &asked, outcome)
}

/// Answers off the threads that talk to clients. A panic there is the end of this request alone.
async fn answer_aside(service: Arc<Service>, answer: Answer, body: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let answered = spawn_blocking(move || answer(&service, &body)).await;
    answered.unwrap_or_else(|error| {
        let error = format!("the server failed at this request, which is a mistake in the server: {error}");
        Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error))
    })
}

fn reply(service: &Service, asked: &str, outcome: Result<Vec<u8>, Refusal>) -> Response {
    let (status, mut body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => {
            service.log.tell(&format!("{asked}: {}: {}", refusal.status.as_u16(), refusal.error));
            (refusal.status, refusal.body().to_string().into_bytes())
        }
    };
    body.push(b'\n');
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn request_line(request: &Request) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

fn list_tasks(service: &Service, _: &[u8]) -> Result<Vec<u8>, Refusal> {
    text(&tasks::listed(service.scorer.registry()))
}

fn health(_: &Service, _: &[u8]) -> Result<Vec<u8>, Refusal> {
    text(&json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

fn nothing_there(request: &Request) -> Refusal {
    let routes: Vec<Value> = ROUTES.iter().map(Route::listed).collect();
    Refusal::new(StatusCode::NOT_FOUND, format!("nothing is at `{}`", request.uri().path())).with("routes", routes)
}

fn not_that_way(request: &Request) -> Refusal {
    let path = request.uri().path();
    let there: Vec<&Route> = ROUTES.iter().filter(|route| route.path == path).collect();
    let methods: Vec<&str> = there.iter().map(|route| route.method.name()).collect();
    let error = format!("`{path}` takes {}, not {}", methods.join(" or "), request.method());
    let listed: Vec<Value> = there.into_iter().map(Route::listed).collect();
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).with("routes", listed)
}

impl Route {
    fn listed(&self) -> Value {
        json!({ "method": self.method.name(), "path": self.path, "about": self.about })
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::super::service::Log;
    use super::*;
    use crate::cli::{Printer, Verbosity};
    use crate::config::Config;
    use crate::scoring::Scorer;

    const BROKEN: Route = Route { method: Method::Post, path: "/", about: "", answer: |_, _| panic!("by a test") };

    #[test]
    fn a_panic_is_told_to_the_client_and_to_the_log() {
        let (printer, captured) = Printer::captured(Verbosity::default());
        let scorer = Scorer::new(&crate::builtin_registry().unwrap(), &Config::default());
        let service = Arc::new(Service::new(scorer, Log::new(&printer)));
        let request = Request::builder().method("POST").uri("/").body(Body::from("{}")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let response = runtime.block_on(respond(service, &BROKEN, request));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let told = captured.stderr();
        assert!(told.starts_with("POST /: 500: the server failed at this request"), "{told}");
    }
}
