//! `POST /api/v1/auth/token`

mod claims;
mod credentials;
mod request;
mod secrecy;
