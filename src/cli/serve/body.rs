//! The body of a request, read whole.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use tokio::time::timeout;

use super::refusal::Refusal;

/// Longest body in bytes, as the help of the verb and the readme say.
pub(super) const LONGEST: usize = 256 << 20;

/// How long a client may send nothing in the middle of a body.
const STALL: Duration = Duration::from_secs(60);

/// Bytes after which a body that is too long is not even read to its end and thrown away.
const PATIENCE: usize = 1 << 30;

/// Reads a body. One that is too long is read and dropped first, since most clients listen only when they have sent all.
pub(super) async fn read(request: Request) -> Result<Vec<u8>, Refusal> {
    if asks_first(&request) && length_told(&request).is_some_and(|length| length > LONGEST) {
        return Err(too_long());
    }
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(piece) = next_piece(&mut body).await? {
        length += piece.len();
        if length <= LONGEST {
            bytes.extend_from_slice(&piece);
        } else {
            bytes = Vec::new();
        }
        if length > PATIENCE {
            break;
        }
    }
    if length > LONGEST { Err(too_long()) } else { Ok(bytes) }
}

/// The next bytes, `None` at the end.
async fn next_piece(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    let next = timeout(STALL, poll_fn(|context| Pin::new(&mut *body).poll_frame(context)));
    let stalled = |_| {
        let error = format!("the body was not finished: nothing came for {} s", STALL.as_secs());
        Refusal::new(StatusCode::REQUEST_TIMEOUT, error)
    };
    match next.await.map_err(stalled)? {
        // Trailers are of no use here.
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(error)) => {
            Err(Refusal::new(StatusCode::BAD_REQUEST, format!("the body could not be read to its end: {error}")))
        }
        None => Ok(None),
    }
}

/// Whether the client waits for leave to send the body.
fn asks_first(request: &Request) -> bool {
    request.headers().contains_key(header::EXPECT)
}

fn length_told(request: &Request) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_long() -> Refusal {
    let error = format!("a request is at most {} MiB long; send fewer completions at a time", LONGEST >> 20);
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use http_body::Frame;
    use tokio::runtime::Builder;
    use tokio::time::Instant;

    use super::*;

    /// A body of which nothing comes after the first piece.
    struct Silent(Option<Bytes>);

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0.take().map_or(Poll::Pending, |piece| Poll::Ready(Some(Ok(Frame::data(piece)))))
        }
    }

    #[test]
    fn a_body_that_stops_half_way_is_refused_after_a_minute() {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let started = Instant::now();
            let body = Body::new(Silent(Some(Bytes::from_static(b"{\"completions\": "))));
            let refusal = read(Request::new(body)).await.unwrap_err();
            assert_eq!(started.elapsed().as_secs(), 60);
            assert_eq!(refusal.status, StatusCode::REQUEST_TIMEOUT);
            assert_eq!(refusal.error, "the body was not finished: nothing came for 60 s");
        });
    }
}
