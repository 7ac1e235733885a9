//! SQLite's one writer. Writes that wait together share a transaction and its sync, so that a
//! durable write costs little when there are many.

use super::StoreError;
use futures::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

/// Most writes that share one transaction.
const BATCH: usize = 64;
/// Most writes that wait; more callers wait to be let in.
const QUEUE: usize = 1024;

/// A handle on the task that owns the writing connection.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Write(Write),
    Close(oneshot::Sender<()>),
}

type Write = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Settle> + Send>;

/// A write that was carried out and waits for its transaction to be committed.
struct Settle {
    failed: bool,
    deliver: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

impl Writer {
    /// Starts the task that owns `connection`.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write_batches(connection, queue));
        Self { jobs }
    }

    /// Carries out one write and returns when it is committed. A write that fails takes those that
    /// shared its transaction with it; they get [`StoreError::RolledBack`].
    pub(super) async fn run<T, F>(&self, write: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Write = Box::new(move |connection| {
            Box::pin(async move {
                match write(connection).await {
                    Ok(value) => Settle {
                        failed: false,
                        deliver: Box::new(move |committed| {
                            // Nobody listens any more when the caller was dropped.
                            let _ = reply.send(committed.map(|()| value));
                        }),
                    },
                    Err(error) => Settle {
                        failed: true,
                        deliver: Box::new(move |_| {
                            let _ = reply.send(Err(error.into()));
                        }),
                    },
                }
            })
        });
        self.jobs.send(Job::Write(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Returns when everything that waited is committed and the connection is closed.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

async fn write_batches(mut connection: SqliteConnection, mut queue: mpsc::Receiver<Job>) {
    while let Some(job) = queue.recv().await {
        let mut next = Some(job);
        let mut writes = Vec::new();
        while let Some(Job::Write(write)) = next {
            writes.push(write);
            next = if writes.len() < BATCH { queue.try_recv().ok() } else { None };
        }
        if !writes.is_empty() {
            write_batch(&mut connection, writes).await;
        }
        if let Some(Job::Close(done)) = next {
            let _ = connection.close().await;
            let _ = done.send(());
            return;
        }
    }
}

async fn write_batch(connection: &mut SqliteConnection, writes: Vec<Write>) {
    let mut transaction = match connection.begin_with("BEGIN IMMEDIATE").await {
        Ok(transaction) => transaction,
        Err(error) => {
            // Dropping the writes tells their callers that the store is away.
            tracing::error!(%error, writes = writes.len(), "no transaction could be started");
            return;
        }
    };
    let mut settled = Vec::with_capacity(writes.len());
    for write in writes {
        settled.push(write(&mut transaction).await);
    }
    let failed = settled.iter().any(|settle| settle.failed);
    let committed = if failed { transaction.rollback().await } else { transaction.commit().await };
    let reason = committed.err().map(|error| error.to_string());
    for settle in settled {
        (settle.deliver)(match &reason {
            None if failed => Err(StoreError::RolledBack),
            None => Ok(()),
            Some(reason) => Err(StoreError::Unavailable(reason.clone())),
        });
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("nothing can be written at the moment".into())
}
