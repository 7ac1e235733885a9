//! A model server that does as it is told: it speaks OpenAI's wire format, writes each token by itself as a model does,
//! and costs little, so that what is measured is what lies before it.

mod answer;

use crate::script::Script;
use answer::Answer;
use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Where the model is served.
#[derive(clap::Args)]
pub struct ModelArguments {
    /// Address and port.
    #[arg(long, default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
}

/// Serves until the process is killed.
pub async fn serve(arguments: ModelArguments) -> Result<()> {
    let listener = TcpListener::bind(arguments.listen).await.context("the model cannot listen there")?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            // A client that goes away is no concern of the model's.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Either<Answer, Full<Bytes>>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let Some(script) = Script::find(&body) else {
        let mut refusal = Response::new(Either::Right(Full::from("the message holds no script")));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(refusal);
    };
    let counts = memchr::memmem::find(&body, br#""include_usage":true"#).is_some();
    let mut response = Response::new(Either::Left(Answer::new(script, counts)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}
