//! What a token exchange costs at the very least, without a server around it and without anybody to share a sync with.

use crate::{numbers::Numbers, process::Processes};
use anyhow::{Result, anyhow};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rusqlite::{Connection, params};
use std::{path::PathBuf, time::Instant};
use uuid::Uuid;

const TABLE: &str = "CREATE TABLE contexts (jti TEXT PRIMARY KEY, app_id TEXT NOT NULL, end_user_id TEXT NOT NULL, \
     sealed_env BLOB, sealed_secrets BLOB, expires_at BIGINT NOT NULL);
     CREATE INDEX contexts_by_expiry ON contexts (expires_at);";
const ENV: &[u8] = br#"{"PLAN":"professional","REGION":"eu-central-1","USER_NAME":"Ada Lovelace"}"#;
const SECRETS: &[u8] = br#"{"API_TOKEN":"tok_4f9d2c7be1a84d36a0c5b8e7f1d29364"}"#;

/// What is measured.
#[derive(clap::Args)]
pub struct BareArguments {
    /// A file that is not there yet, on the disk to measure with.
    #[arg(long)]
    database: PathBuf,
    /// How many tokens.
    #[arg(long, default_value_t = 3000)]
    times: u32,
}

/// Issues tokens one after the other.
pub fn measure(arguments: &BareArguments) -> Result<Numbers> {
    let database = Connection::open(&arguments.database)?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch(TABLE)?;
    let mut insert = database.prepare("INSERT INTO contexts VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let cipher = XChaCha20Poly1305::new(&[7; 32].into());
    let signing_key = EncodingKey::from_secret(&[7; 32]);
    let own = Processes::with_children(&[std::process::id()])?;

    let before = own.usage()?;
    let start = Instant::now();
    for number in 0..arguments.times {
        let jti = Uuid::now_v7().to_string();
        let seal = |text| {
            let mut nonce = [0; 24];
            nonce[..4].copy_from_slice(&number.to_le_bytes());
            cipher.encrypt(&XNonce::from(nonce), text).map_err(|_| anyhow!("the text is too long to be sealed"))
        };
        let (env, secrets) = (seal(ENV)?, seal(SECRETS)?);
        insert.execute(params![jti, "wapp_0123456789ab", "user-1", env, secrets, 1_900_000_000_000_i64])?;
        let claims = serde_json::json!({
            "appId": "wapp_0123456789ab",
            "sub": "user-1",
            "allowedOrigins": ["https://www.example.com"],
            "iat": 1_800_000_000,
            "exp": 1_800_003_600,
            "jti": jti,
        });
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &signing_key)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu_us = own.usage()?.cpu_us - before.cpu_us;

    let mut numbers = Numbers::default();
    numbers.add("requests_per_second", f64::from(arguments.times) / seconds);
    numbers.add("cpu_us_per_request", cpu_us / f64::from(arguments.times));
    Ok(numbers)
}
