//! Requests that no well-behaved client sends, byte by byte.

use crate::{DEADLINE, client::Reply, server::Server};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a request line, header lines and a body as they are, and reads the answer to its end.
/// `Host` and `Connection: close` are added, and `Content-Length` if there is a body.
pub async fn request(server: &Server, line: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = format!("{line} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", host(server)).into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    if !body.is_empty() {
        bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    parse(&exchange(server, &bytes).await)
}

/// Sends bytes and gives everything that comes back until the server closes the connection.
pub async fn exchange(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(host(server)).await.expect("the server takes connections");
    // A server that has heard enough may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the server closes the connection in the end");
    answer
}

/// `127.0.0.1:<port>`
pub fn host(server: &Server) -> &str {
    server.base_url().strip_prefix("http://").expect("test servers speak plain HTTP")
}

fn parse(answer: &[u8]) -> Reply {
    let shown = String::from_utf8_lossy(answer).into_owned();
    let (head, text) = shown.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {shown:?}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: HeaderMap = lines
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?))
        })
        .collect();
    Reply {
        status: status.unwrap_or_else(|| panic!("no status: {shown:?}")),
        headers,
        text: text.to_owned(),
        body: serde_json::from_str(text).unwrap_or(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let reply = parse(b"HTTP/1.1 404 Not Found\r\nX-A: b: c\r\nx-a: d\r\n\r\n{\"a\":\"\\r\\n\"}");
        assert_eq!((reply.status, &reply.body["a"]), (404, &Value::from("\r\n")));
        assert_eq!(reply.headers.get_all("x-a").iter().collect::<Vec<_>>(), ["b: c", "d"]);
    }
}
