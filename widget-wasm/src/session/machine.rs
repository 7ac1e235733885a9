//! The state machine of the token.
//!
//! **Clocks.** The browser's clock may be wrong, so it only says when to ask for another token, never whether one is
//! good: the server judges, with 401. A token that was just fetched is scheduled within its own life (`exp - iat`)
//! from the moment it came, at the earliest after a quarter of it, however wrong the clock is: without that floor a
//! clock that runs ahead would make every new token look nearly expired, and the widget ask without end. Only the
//! page's first token is trusted to be as old as the clock says, because pages come out of caches.

use super::{Claims, Effect, Identity, Input, TokenFailure};

/// How long before `exp` another token is asked for. A life shorter than twice this is cut in half.
const MARGIN_MS: u64 = 60_000;
/// A token is never replaced sooner than this after it came, without a refusal.
const SHORTEST_WAIT_MS: u64 = 1_000;
/// `setTimeout` overflows at 24.8 days, so longer waits are taken in days.
const LONGEST_WAIT_MS: u64 = 86_400_000;
/// How long `fetchToken` may take.
const FETCH_TIMEOUT_MS: u64 = 15_000;
/// How long another tab may hold the lock: longer than its `fetchToken` may take.
const LOCK_TIMEOUT_MS: u64 = 20_000;
/// How long to listen for the token of the tab that held the lock, which told of it before it let go.
const LISTEN_MS: u64 = 150;
/// Waits after a failed early refresh; after the last one the token is used until the server refuses it.
const EARLY_RETRIES_MS: [u64; 3] = [5_000, 10_000, 20_000];

/// How far a refresh is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    Locking,
    Listening,
    Fetching,
}

/// The token and its refresh.
#[derive(Clone, Debug)]
pub struct Session {
    token: String,
    claims: Option<Claims>,
    /// When to replace it, by the browser's clock.
    due_ms: Option<u64>,
    can_fetch: bool,
    stage: Stage,
    holds_lock: bool,
    attempt: u32,
    /// Whether a request or the user waits for the refresh, so that its failure has to be told.
    wanted: bool,
    early_failures: usize,
    failure: Option<TokenFailure>,
}

impl Session {
    /// Starts with the page's first token. An empty one is replaced when the first request needs one.
    pub fn start(token: String, can_fetch: bool, now_ms: u64) -> (Self, Vec<Effect>) {
        let claims = Claims::parse(&token);
        let due_ms = claims.as_ref().map(|claims| first_due_ms(claims, now_ms));
        let mut session = Self {
            token,
            claims,
            due_ms,
            can_fetch,
            stage: Stage::Idle,
            holds_lock: false,
            attempt: 0,
            wanted: false,
            early_failures: 0,
            failure: None,
        };
        let mut effects = Vec::new();
        session.refresh_when_due(now_ms, &mut effects);
        (session, effects)
    }

    /// The token for the next request.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether a request should wait for [`Effect::Settle`] instead of using [`Session::token`], which was refused.
    pub fn must_wait(&self) -> bool {
        self.wanted && self.stage != Stage::Idle
    }

    /// Whom the token speaks for, if it can be read.
    pub fn identity(&self) -> Option<&Identity> {
        self.claims.as_ref().map(|claims| &claims.identity)
    }

    /// Takes an input. `now_ms` is the browser's clock, in milliseconds since 1970.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Set { token } => {
                if token != self.token {
                    self.adopt(token, now_ms, &mut effects);
                    effects.push(Effect::Broadcast { token: self.token.clone() });
                }
            }
            Input::CanFetch(can_fetch) => {
                self.can_fetch = can_fetch;
                if can_fetch && self.failure == Some(TokenFailure::NoFetchToken) {
                    self.wanted = true;
                    self.begin(&mut effects);
                } else if self.stage == Stage::Idle {
                    self.refresh_when_due(now_ms, &mut effects);
                }
            }
            Input::Heard { token } => {
                let newer = match (Claims::parse(&token), &self.claims) {
                    (Some(theirs), Some(ours)) => theirs.is_newer_than(ours),
                    _ => false,
                };
                if newer {
                    self.adopt(token, now_ms, &mut effects);
                }
            }
            Input::Refused { token, again } => self.refused(&token, again, &mut effects),
            Input::Accepted { token } => {
                if token == self.token && self.stage == Stage::Idle && self.failure.take().is_some() {
                    effects.push(Effect::Recovered);
                    self.schedule(now_ms, &mut effects);
                }
            }
            Input::Locked { waited } => {
                self.holds_lock = true;
                match self.stage {
                    Stage::Locking if waited => {
                        self.stage = Stage::Listening;
                        effects.push(Effect::Schedule { after_ms: LISTEN_MS });
                    }
                    Stage::Locking => self.fetch(&mut effects),
                    // It is let go when the call ends.
                    Stage::Listening | Stage::Fetching => {}
                    Stage::Idle => self.unlock(&mut effects),
                }
            }
            Input::Fetched { attempt, result } => {
                if self.stage == Stage::Fetching && attempt == self.attempt {
                    match result.and_then(|token| self.check(token, now_ms)) {
                        Ok(token) => {
                            effects.push(Effect::Broadcast { token: token.clone() });
                            self.adopt(token, now_ms, &mut effects);
                        }
                        Err(failure) => self.fail(failure, &mut effects),
                    }
                }
            }
            Input::Timer => match self.stage {
                Stage::Idle => self.refresh_when_due(now_ms, &mut effects),
                Stage::Locking | Stage::Listening => self.fetch(&mut effects),
                Stage::Fetching => self.fail(TokenFailure::TimedOut, &mut effects),
            },
            Input::Woke => {
                if self.stage == Stage::Idle {
                    self.refresh_when_due(now_ms, &mut effects);
                }
            }
            Input::Forget => {
                self.token.clear();
                (self.claims, self.due_ms, self.failure) = (None, None, None);
                self.stage = Stage::Idle;
                self.unlock(&mut effects);
                if std::mem::take(&mut self.wanted) {
                    effects.push(Effect::Settle(Err(TokenFailure::NoFetchToken)));
                }
                effects.push(Effect::Unschedule);
            }
            Input::Retry => {
                if self.failure.is_some() && self.stage == Stage::Idle {
                    self.wanted = true;
                    self.begin(&mut effects);
                }
            }
        }
        effects
    }

    fn refused(&mut self, token: &str, again: bool, effects: &mut Vec<Effect>) {
        if self.stage != Stage::Idle && (self.wanted || token == self.token) {
            self.wanted = true;
        } else if token != self.token {
            // Another request was here first: its new token may do for this one too.
            effects.push(Effect::Settle(Ok(self.token.clone())));
        } else if let Some(failure) = self.failure {
            effects.push(Effect::Settle(Err(failure)));
        } else {
            self.wanted = true;
            if again { self.fail(TokenFailure::Refused, effects) } else { self.begin(effects) }
        }
    }

    fn begin(&mut self, effects: &mut Vec<Effect>) {
        if !self.can_fetch {
            self.fail(TokenFailure::NoFetchToken, effects);
            return;
        }
        self.stage = Stage::Locking;
        effects.push(Effect::Schedule { after_ms: LOCK_TIMEOUT_MS });
        effects.push(Effect::Lock);
    }

    fn fetch(&mut self, effects: &mut Vec<Effect>) {
        self.stage = Stage::Fetching;
        self.attempt += 1;
        effects.push(Effect::Schedule { after_ms: FETCH_TIMEOUT_MS });
        effects.push(Effect::Fetch { current: self.token.clone(), attempt: self.attempt });
    }

    /// A token from `fetchToken` is taken if it is another one, and, while the present one is still good, a newer one.
    fn check(&self, token: String, now_ms: u64) -> Result<String, TokenFailure> {
        if token.is_empty() {
            return Err(TokenFailure::NotAToken);
        }
        if token == self.token {
            return Err(TokenFailure::SameToken);
        }
        match (Claims::parse(&token), &self.claims) {
            (None, _) if !self.wanted => Err(TokenFailure::NotAToken),
            (Some(new), Some(old)) if !self.wanted && new.identity == old.identity => {
                if new.exp_ms > old.exp_ms || old.exp_ms <= now_ms { Ok(token) } else { Err(TokenFailure::SameToken) }
            }
            _ => Ok(token),
        }
    }

    fn adopt(&mut self, token: String, now_ms: u64, effects: &mut Vec<Effect>) {
        let claims = Claims::parse(&token);
        let changed = match (&claims, &self.claims) {
            (Some(new), Some(old)) => new.identity != old.identity,
            (Some(_), None) => true,
            _ => false,
        };
        self.due_ms = claims.as_ref().map(|claims| due_ms(claims, now_ms));
        self.claims = claims;
        self.token = token;
        self.stage = Stage::Idle;
        self.early_failures = 0;
        self.unlock(effects);
        if changed {
            effects.push(Effect::IdentityChanged);
        }
        if std::mem::take(&mut self.wanted) {
            effects.push(Effect::Settle(Ok(self.token.clone())));
        }
        if self.failure.take().is_some() {
            effects.push(Effect::Recovered);
        }
        self.schedule(now_ms, effects);
    }

    fn fail(&mut self, failure: TokenFailure, effects: &mut Vec<Effect>) {
        self.stage = Stage::Idle;
        self.unlock(effects);
        if std::mem::take(&mut self.wanted) {
            self.failure = Some(failure);
            effects.extend([Effect::Unschedule, Effect::Settle(Err(failure)), Effect::Failed(failure)]);
        } else if let Some(&after_ms) = EARLY_RETRIES_MS.get(self.early_failures) {
            // Nobody has noticed yet, and the token still works.
            self.early_failures += 1;
            effects.push(Effect::Schedule { after_ms });
        } else {
            self.due_ms = None;
            effects.push(Effect::Unschedule);
        }
    }

    fn unlock(&mut self, effects: &mut Vec<Effect>) {
        if std::mem::take(&mut self.holds_lock) {
            effects.push(Effect::Unlock);
        }
    }

    fn refresh_when_due(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.can_fetch && self.failure.is_none() && self.due_ms.is_some_and(|due_ms| due_ms <= now_ms) {
            self.begin(effects);
        } else {
            self.schedule(now_ms, effects);
        }
    }

    fn schedule(&self, now_ms: u64, effects: &mut Vec<Effect>) {
        effects.push(match self.due_ms {
            Some(due_ms) if self.can_fetch && self.failure.is_none() => {
                Effect::Schedule { after_ms: due_ms.saturating_sub(now_ms).min(LONGEST_WAIT_MS) }
            }
            _ => Effect::Unschedule,
        });
    }
}

/// When to replace the page's first token: as its `exp` says, but no later than its life from now.
fn first_due_ms(claims: &Claims, now_ms: u64) -> u64 {
    let margin_ms = margin_ms(claims);
    let by_life = now_ms.saturating_add(claims.life_ms() - margin_ms);
    claims.exp_ms.saturating_sub(margin_ms).min(by_life)
}

/// When to replace a token that just came: as its `exp` says, kept between a quarter of its life and all but the margin.
fn due_ms(claims: &Claims, now_ms: u64) -> u64 {
    let wait_ms = first_due_ms(claims, now_ms).saturating_sub(now_ms);
    now_ms.saturating_add(wait_ms.max(claims.life_ms() / 4).max(SHORTEST_WAIT_MS))
}

fn margin_ms(claims: &Claims) -> u64 {
    MARGIN_MS.min(claims.life_ms() / 2)
}
