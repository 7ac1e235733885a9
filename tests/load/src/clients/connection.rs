use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// One connection to a server, kept open from request to request.
pub struct Connection {
    requests: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

impl Connection {
    /// Connects to a server.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("nothing answers at {address}"))?;
        stream.set_nodelay(true)?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { requests, host: address.to_string().parse()? })
    }

    /// Posts JSON. The answer has to be 200; its body is still to be read.
    pub async fn post(
        &mut self,
        path: &str,
        accept: &'static str,
        bearer: Option<&HeaderValue>,
        json: Bytes,
    ) -> Result<Response<Incoming>> {
        let mut request = Request::post(path)
            .header(HOST, &self.host)
            .header(ACCEPT, accept)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(json))?;
        if let Some(bearer) = bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer.clone());
        }
        self.requests.ready().await?;
        let response = self.requests.send_request(request).await?;
        if response.status() != StatusCode::OK {
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            bail!("{path} answered {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(response)
    }
}
