//! The process of a local server: what `sigmic-test-mcp-server` does.

use super::{Behavior, Fault, Reached, handler::Handler, huge};
use anyhow::{Context, Result};
use rmcp::ServiceExt;
use serde_json::Value;
use std::{env, io, os::fd::AsFd, sync::Arc};
use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    signal::unix::{SignalKind, signal},
    sync::{Mutex, watch},
};

/// A line that is no message.
const STRAY: &[u8] = b"Listening for orders... {not json}\n";

/// How much may wait between this and the protocol's own code, in bytes.
const BUFFER_BYTES: usize = 1 << 16;

/// Serves on standard input and output. The command line names the socket on which the test listens, and the
/// behavior as JSON.
pub async fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    let socket = args.next().context("the first argument is the test's socket")?;
    let behavior: Behavior = serde_json::from_str(&args.next().context("the second argument is the behavior")?)?;
    let (from_test, mut to_test) = UnixStream::connect(socket).await?.into_split();
    let reached = look_around()?;
    send(&mut to_test, &serde_json::to_value(&reached)?).await?;
    let behavior = Arc::new(behavior);
    let gate = follow_the_test(from_test);
    let output = Arc::new(Mutex::new(standard(io::stdout())?));

    let (own_end, protocol_end) = tokio::io::duplex(BUFFER_BYTES);
    let (answers, requests) = tokio::io::split(own_end);
    let handler = Handler::new(behavior.clone(), gate, reached);
    tokio::spawn(async move {
        // What ends it, a broken pipe for example, is what the test asked for.
        if let Ok(service) = handler.serve(protocol_end).await {
            let _ = service.waiting().await;
        }
    });
    tokio::spawn(write_answers(answers, output.clone(), behavior.stray_lines));
    let ignored = behavior.lingers.then(|| signal(SignalKind::terminate())).transpose()?;
    read_requests(requests, &mut to_test, &output, &behavior).await?;
    if ignored.is_some() {
        std::future::pending::<()>().await;
    }
    Ok(())
}

async fn read_requests(
    mut requests: impl tokio::io::AsyncWrite + Unpin,
    to_test: &mut OwnedWriteHalf,
    output: &Mutex<File>,
    behavior: &Behavior,
) -> Result<()> {
    let mut lines = BufReader::new(standard(io::stdin())?).lines();
    while let Some(line) = lines.next_line().await? {
        let message: Value = serde_json::from_str(&line)?;
        send(to_test, &message).await?;
        match behavior.fault_for(&message) {
            None => requests.write_all(format!("{line}\n").as_bytes()).await?,
            Some(Fault::Hang) => {}
            Some(Fault::Crash) => std::process::exit(3),
            Some(Fault::Garbage) => write(output, &[b"\xff\xfe<html>\0}{\n".as_slice().into()]).await?,
            Some(Fault::Huge) => {
                let pieces: Vec<_> = huge::answer(&message["id"]).chain([b"\n".as_slice().into()]).collect();
                write(output, &pieces).await?;
            }
        }
    }
    Ok(())
}

async fn write_answers(answers: impl AsyncRead + Unpin, output: Arc<Mutex<File>>, stray_lines: bool) -> Result<()> {
    let mut lines = BufReader::new(answers).lines();
    while let Some(line) = lines.next_line().await? {
        let stray = if stray_lines { STRAY } else { b"" };
        write(&output, &[stray.into(), format!("{line}\n").into()]).await?;
    }
    Ok(())
}

async fn write(output: &Mutex<File>, pieces: &[bytes::Bytes]) -> Result<()> {
    let mut output = output.lock().await;
    for piece in pieces {
        output.write_all(piece).await?;
    }
    Ok(output.flush().await?)
}

async fn send(to_test: &mut OwnedWriteHalf, value: &Value) -> Result<()> {
    Ok(to_test.write_all(format!("{value}\n").as_bytes()).await?)
}

/// Opens the gate when the test says anything, and ends the process with the test.
fn follow_the_test(from_test: OwnedReadHalf) -> watch::Receiver<bool> {
    let (open, gate) = watch::channel(false);
    tokio::spawn(async move {
        let mut lines = BufReader::new(from_test).lines();
        while let Ok(Some(_)) = lines.next_line().await {
            open.send_replace(true);
        }
        std::process::exit(4);
    });
    gate
}

fn standard(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from_std(stream.as_fd().try_clone_to_owned()?.into()))
}

fn look_around() -> Result<Reached> {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    Ok(Reached {
        env: env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
        args: env::args_os().map(text).collect(),
        cwd: env::current_dir()?.display().to_string(),
        pid: std::process::id(),
        ..Reached::default()
    })
}
