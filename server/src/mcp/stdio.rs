//! Messages as lines, to and from a local server's process.

use super::{ending::Ending, failure::Failure, process::Process};
use futures::StreamExt;
use rmcp::{
    RoleClient,
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use tokio::{io::AsyncWriteExt, process::ChildStdout};
use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, FramedRead};

/// A process that is spoken to.
pub(super) struct StdioTransport {
    process: Process,
    lines: FramedRead<ChildStdout, AnyDelimiterCodec>,
    ending: Ending,
}

impl StdioTransport {
    /// Speaks to `process`, which writes lines of at most `message_bytes` to `stdout`.
    pub(super) fn new(process: Process, stdout: ChildStdout, message_bytes: usize, ending: Ending) -> Self {
        let codec = AnyDelimiterCodec::new_with_max_length(b"\n".to_vec(), Vec::new(), message_bytes);
        Self { process, lines: FramedRead::new(stdout, codec), ending }
    }
}

impl Transport<RoleClient> for StdioTransport {
    type Error = Failure;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Failure>> + Send + 'static {
        let (stdin, stop) = (self.process.stdin.clone(), self.process.stop.clone());
        async move {
            let mut line = serde_json::to_vec(&message).map_err(|_| Failure::Protocol)?;
            line.push(b'\n');
            let write = async {
                let mut stdin = stdin.lock().await;
                let stdin = stdin.as_mut().ok_or(Failure::Ended)?;
                stdin.write_all(&line).await.map_err(|_| Failure::Ended)
            };
            // A process that does not read must not keep its own end waiting.
            tokio::select! {
                written = write => written,
                () = stop.cancelled() => Err(Failure::Ended),
            }
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let line = tokio::select! {
                biased;
                line = self.lines.next() => line,
                () = self.process.exited.cancelled() => None,
            };
            match line {
                // A line that is no message is passed over: many a server prints a greeting.
                Some(Ok(line)) => {
                    if let Ok(message) = serde_json::from_slice(&line) {
                        return Some(message);
                    }
                }
                Some(Err(AnyDelimiterCodecError::MaxChunkLengthExceeded)) => {
                    self.ending.because(Failure::TooLarge);
                    return None;
                }
                Some(Err(AnyDelimiterCodecError::Io(_))) | None => {
                    self.ending.because(Failure::Ended);
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Failure> {
        self.ending.because(Failure::Ended);
        self.process.stop.cancel();
        self.process.gone.cancelled().await;
        Ok(())
    }
}
