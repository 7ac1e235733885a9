use super::{
    Effect::{self, *},
    Input, Session,
    TokenFailure::{self, *},
    claims::tests::token,
};

const HOUR: u64 = 3600;
const NOW: u64 = 1_700_000_000;

/// A session with a token of an hour, issued now, and a `fetchToken`; its first effect is checked by its own test.
fn session() -> (Session, String) {
    let first = token("u", NOW, NOW + HOUR);
    (Session::start(first.clone(), true, NOW * 1000).0, first)
}

fn refused(token: &str) -> Input {
    Input::Refused { token: token.into(), again: false }
}

fn fetched(attempt: u32, result: Result<&str, TokenFailure>) -> Input {
    Input::Fetched { attempt, result: result.map(Into::into) }
}

fn at(session: &mut Session, seconds: u64, input: Input) -> Vec<Effect> {
    session.handle(input, (NOW + seconds) * 1000)
}

fn schedule(after_ms: u64) -> Effect {
    Schedule { after_ms }
}

fn settled(token: &str) -> Effect {
    Settle(Ok(token.into()))
}

fn told(token: &str) -> Effect {
    Broadcast { token: token.into() }
}

fn fetch(current: &str, attempt: u32) -> Effect {
    Fetch { current: current.into(), attempt }
}

#[test]
fn the_first_token_is_replaced_a_minute_early_or_at_half_its_life() {
    // (issued this many seconds from now, life in seconds, milliseconds until the refresh; None: at once)
    for (issued, life, wait_ms) in [
        (0, HOUR, Some(3_540_000)),
        (0, 120, Some(60_000)),
        (0, 119, Some(59_500)),
        (0, 60, Some(30_000)),
        (0, 2, Some(1_000)),
        (-600, HOUR, Some(2_940_000)),
        (-3605, HOUR, None),                // out of a page cache
        (600, HOUR, Some(3_540_000)),       // the browser's clock is behind
        (0, 30 * 86_400, Some(86_400_000)), // a day at a time
    ] {
        let iat = NOW.checked_add_signed(issued).unwrap();
        let (_, effects) = Session::start(token("u", iat, iat + life), true, NOW * 1000);
        let expected = wait_ms.map_or(vec![schedule(20_000), Lock], |wait_ms| vec![schedule(wait_ms)]);
        assert_eq!(effects, expected, "issued {issued}, life {life}");
    }
}

#[test]
fn nothing_is_scheduled_without_fetch_token_or_with_an_unreadable_token() {
    assert_eq!(Session::start(token("u", NOW, NOW + HOUR), false, NOW * 1000).1, [Unschedule]);
    assert_eq!(Session::start("opaque".into(), true, NOW * 1000).1, [Unschedule]);
    assert_eq!(Session::start(String::new(), true, NOW * 1000).1, [Unschedule]);
}

#[test]
fn an_early_refresh_replaces_the_token_and_disturbs_nobody() {
    let (mut session, first) = session();
    let second = token("u", NOW + 3540, NOW + 3540 + HOUR);
    assert_eq!(at(&mut session, 3540, Input::Timer), [schedule(20_000), Lock]);
    assert!(!session.must_wait());
    assert_eq!(session.token(), first);
    assert_eq!(at(&mut session, 3540, Input::Locked { waited: false }), [schedule(15_000), fetch(&first, 1)]);
    assert_eq!(at(&mut session, 3540, fetched(1, Ok(&second))), [told(&second), Unlock, schedule(3_540_000)]);
    assert_eq!(session.token(), second);
}

#[test]
fn a_timer_that_comes_early_waits_for_the_rest() {
    let (mut session, _) = session();
    assert_eq!(at(&mut session, 3500, Input::Timer), [schedule(40_000)]);
    assert_eq!(at(&mut session, 3500, Input::Woke), [schedule(40_000)]);
    assert_eq!(at(&mut session, 9000, Input::Woke), [schedule(20_000), Lock]);
}

#[test]
fn early_refreshes_that_fail_are_tried_a_few_times_and_not_told() {
    let (mut session, _) = session();
    let mut seconds = 3540;
    for (attempt, then) in [(1, schedule(5_000)), (2, schedule(10_000)), (3, schedule(20_000)), (4, Unschedule)] {
        assert_eq!(at(&mut session, seconds, Input::Timer), [schedule(20_000), Lock]);
        at(&mut session, seconds, Input::Locked { waited: false });
        assert_eq!(at(&mut session, seconds, fetched(attempt, Err(Threw))), [Unlock, then]);
        seconds += 20;
    }
    assert_eq!(at(&mut session, seconds, Input::Woke), [Unschedule]);
}

#[test]
fn concurrent_refusals_share_one_call() {
    let (mut session, first) = session();
    let second = token("u", NOW + 10, NOW + 10 + HOUR);
    assert_eq!(at(&mut session, 10, refused(&first)), [schedule(20_000), Lock]);
    assert!(session.must_wait());
    assert_eq!(at(&mut session, 10, refused(&first)), []);
    at(&mut session, 10, Input::Locked { waited: false });
    assert_eq!(at(&mut session, 11, refused(&first)), []);
    assert_eq!(
        at(&mut session, 12, fetched(1, Ok(&second))),
        [told(&second), Unlock, settled(&second), schedule(3_538_000)]
    );
    // One that was under way all the time goes on with what is there.
    assert_eq!(at(&mut session, 13, refused(&first)), [settled(&second)]);
}

#[test]
fn a_refusal_joins_an_early_refresh() {
    let (mut session, first) = session();
    at(&mut session, 3540, Input::Timer);
    at(&mut session, 3540, Input::Locked { waited: false });
    assert_eq!(at(&mut session, 3541, refused(&first)), []);
    assert!(session.must_wait());
    assert_eq!(at(&mut session, 3542, fetched(1, Err(Threw))), [Unlock, Unschedule, Settle(Err(Threw)), Failed(Threw)]);
}

#[test]
fn without_fetch_token_a_refusal_stands() {
    let first = token("u", NOW, NOW + HOUR);
    let (mut session, _) = Session::start(first.clone(), false, NOW * 1000);
    let failed = [Unschedule, Settle(Err(NoFetchToken)), Failed(NoFetchToken)];
    assert_eq!(at(&mut session, 1, refused(&first)), failed);
    assert_eq!(at(&mut session, 2, refused(&first)), [Settle(Err(NoFetchToken))]);
    // When the page gives one after all, it is used.
    assert_eq!(at(&mut session, 3, Input::CanFetch(true)), [schedule(20_000), Lock]);
}

#[test]
fn whatever_fetch_token_does_wrong_is_told_once_and_tried_again_only_on_demand() {
    let (_, first) = session();
    for (input, failure) in [
        (fetched(1, Err(Threw)), Threw),
        (fetched(1, Err(NotAToken)), NotAToken),
        (fetched(1, Ok("")), NotAToken),
        (fetched(1, Ok(&first)), SameToken),
        (Input::Timer, TimedOut),
    ] {
        let (mut session, first) = session();
        at(&mut session, 1, refused(&first));
        at(&mut session, 1, Input::Locked { waited: false });
        let failed = [Unlock, Unschedule, Settle(Err(failure)), Failed(failure)];
        assert_eq!(at(&mut session, 16, input), failed, "{failure:?}");
        // No loop: neither the clock nor a request asks again.
        for seconds in [17, 9000] {
            assert_eq!(at(&mut session, seconds, refused(&first)), [Settle(Err(failure))]);
            assert_eq!(at(&mut session, seconds, Input::Timer), [Unschedule]);
            assert_eq!(at(&mut session, seconds, Input::Woke), [Unschedule]);
        }
        // An answer that comes too late is no answer.
        assert_eq!(at(&mut session, 9001, fetched(1, Ok("late"))), []);
        let second = token("u", NOW + 9001, NOW + 9001 + HOUR);
        assert_eq!(at(&mut session, 9002, Input::Retry), [schedule(20_000), Lock]);
        at(&mut session, 9002, Input::Locked { waited: false });
        assert_eq!(
            at(&mut session, 9002, fetched(2, Ok(&second))),
            [told(&second), Unlock, settled(&second), Recovered, schedule(3_539_000)]
        );
    }
}

#[test]
fn a_new_token_that_is_refused_too_ends_it() {
    let (mut session, first) = session();
    // Expired by any clock: the server says so, and that is that.
    let second = token("u", NOW - HOUR, NOW - 5);
    at(&mut session, 1, refused(&first));
    at(&mut session, 1, Input::Locked { waited: false });
    at(&mut session, 2, fetched(1, Ok(&second)));
    let again = Input::Refused { token: second.clone(), again: true };
    assert_eq!(at(&mut session, 3, again.clone()), [Unschedule, Settle(Err(Refused)), Failed(Refused)]);
    assert_eq!(at(&mut session, 3, again), [Settle(Err(Refused))]);
    assert_eq!(at(&mut session, 4, refused(&second)), [Settle(Err(Refused))]);
    assert_eq!(at(&mut session, 9000, Input::Timer), [Unschedule]);
    // Should the server take it after all, all is well.
    assert_eq!(at(&mut session, 9001, Input::Accepted { token: second })[0], Recovered);
}

#[test]
fn retry_without_a_failure_does_nothing() {
    let (mut session, _) = session();
    assert_eq!(at(&mut session, 1, Input::Retry), []);
}

#[test]
fn an_early_refresh_keeps_the_better_token() {
    for (iat, exp) in [(NOW, NOW + HOUR - 1), (NOW - HOUR, NOW)] {
        let (mut session, first) = session();
        at(&mut session, 3540, Input::Timer);
        at(&mut session, 3540, Input::Locked { waited: false });
        assert_eq!(at(&mut session, 3541, fetched(1, Ok(&token("u", iat, exp)))), [Unlock, schedule(5_000)]);
        assert_eq!(session.token(), first);
    }
}

#[test]
fn a_clock_that_runs_ahead_does_not_make_it_ask_without_end() {
    for ahead in [HOUR - 61, HOUR, 10 * HOUR] {
        let (mut session, first) = session();
        let second = token("u", NOW + 1, NOW + 1 + HOUR);
        at(&mut session, ahead + 1, refused(&first));
        at(&mut session, ahead + 1, Input::Locked { waited: false });
        let effects = at(&mut session, ahead + 1, fetched(1, Ok(&second)));
        assert_eq!(effects.last(), Some(&schedule(900_000)), "{ahead} s ahead");
    }
}

#[test]
fn a_tiny_life_is_refreshed_once_a_second_at_most() {
    let (mut session, first) = session();
    at(&mut session, 1, refused(&first));
    at(&mut session, 1, Input::Locked { waited: false });
    let effects = at(&mut session, 1, fetched(1, Ok(&token("u", NOW + 1, NOW + 2))));
    assert_eq!(effects.last(), Some(&schedule(1_000)));
}

#[test]
fn another_tab_that_had_the_lock_is_listened_to_first() {
    let (mut session, first) = session();
    let second = token("u", NOW + 10, NOW + 10 + HOUR);
    at(&mut session, 10, refused(&first));
    assert_eq!(at(&mut session, 11, Input::Locked { waited: true }), [schedule(150)]);
    assert_eq!(
        at(&mut session, 11, Input::Heard { token: second.clone() }),
        [Unlock, settled(&second), schedule(3_539_000)]
    );
    assert_eq!(session.token(), second);

    // It may have failed: then this tab asks itself.
    let (mut session, first) = self::session();
    at(&mut session, 10, refused(&first));
    at(&mut session, 11, Input::Locked { waited: true });
    assert_eq!(at(&mut session, 11, Input::Timer), [schedule(15_000), fetch(&first, 1)]);
}

#[test]
fn a_lock_that_never_comes_is_done_without() {
    let (mut session, first) = session();
    at(&mut session, 10, refused(&first));
    assert_eq!(at(&mut session, 30, Input::Timer), [schedule(15_000), fetch(&first, 1)]);
    // When it comes after all, it is kept to the end.
    assert_eq!(at(&mut session, 31, Input::Locked { waited: true }), []);
    assert_eq!(at(&mut session, 32, fetched(1, Err(Threw)))[0], Unlock);
    // And when it comes after the end, it is let go at once.
    assert_eq!(at(&mut session, 33, Input::Locked { waited: true }), [Unlock]);
}

#[test]
fn only_a_newer_token_of_the_same_user_is_heard() {
    for (text, heard) in [
        (token("u", NOW + 1, NOW + HOUR), true),
        (token("u", NOW + 1, NOW + 60), true),
        (token("u", NOW, NOW + HOUR + 1), true),
        (token("u", NOW, NOW + HOUR), false),
        (token("u", NOW - 1, NOW + 2 * HOUR), false),
        (token("v", NOW + 1, NOW + HOUR), false),
        ("opaque".into(), false),
    ] {
        let (mut session, first) = session();
        at(&mut session, 1, Input::Heard { token: text.clone() });
        assert_eq!(session.token(), if heard { &text } else { &first }, "{text}");
    }
}

#[test]
fn a_heard_token_is_not_told_again_and_ends_a_failure() {
    let (mut session, first) = session();
    at(&mut session, 1, refused(&first));
    at(&mut session, 1, Input::Locked { waited: false });
    at(&mut session, 1, fetched(1, Err(Threw)));
    let second = token("u", NOW + 2, NOW + 2 + HOUR);
    assert_eq!(at(&mut session, 2, Input::Heard { token: second }), [Recovered, schedule(3_540_000)]);
}

#[test]
fn the_pages_word_outranks_a_call_under_way() {
    let (mut session, first) = session();
    at(&mut session, 1, refused(&first));
    at(&mut session, 1, Input::Locked { waited: false });
    let given = token("u", NOW + 2, NOW + 2 + HOUR);
    assert_eq!(
        at(&mut session, 2, Input::Set { token: given.clone() }),
        [Unlock, settled(&given), schedule(3_540_000), told(&given)]
    );
    assert_eq!(at(&mut session, 3, fetched(1, Ok("later"))), []);
    assert_eq!(session.token(), given);
    assert_eq!(at(&mut session, 4, Input::Set { token: given }), []);
}

#[test]
fn a_token_of_another_user_is_noticed() {
    let (mut session, _) = session();
    let other = token("v", NOW, NOW + HOUR);
    assert!(at(&mut session, 1, Input::Set { token: other.clone() }).contains(&IdentityChanged));
    assert_eq!(session.identity().unwrap().sub, "v");
    // Also when fetchToken gives it: somebody else logged in, and the page did not say.
    let third = token("w", NOW, NOW + HOUR);
    at(&mut session, 2, refused(&other));
    at(&mut session, 2, Input::Locked { waited: false });
    assert!(at(&mut session, 2, fetched(1, Ok(&third))).contains(&IdentityChanged));
}

#[test]
fn taking_fetch_token_away_stops_the_clock() {
    let (mut session, _) = session();
    assert_eq!(at(&mut session, 1, Input::CanFetch(false)), [Unschedule]);
    assert_eq!(at(&mut session, 3600, Input::Woke), [Unschedule]);
    assert_eq!(at(&mut session, 3601, Input::CanFetch(true)), [schedule(20_000), Lock]);
}

#[test]
fn a_logout_forgets_the_token_and_asks_for_none_until_a_request_needs_one() {
    let (mut session, first) = session();
    at(&mut session, 1, refused(&first));
    at(&mut session, 1, Input::Locked { waited: false });
    assert_eq!(at(&mut session, 2, Input::Forget), [Unlock, Settle(Err(NoFetchToken)), Unschedule]);
    assert_eq!((session.token(), session.identity()), ("", None));
    // What was under way comes too late, and what another tab still tells is not believed.
    let second = token("u", NOW, NOW + HOUR);
    assert_eq!(at(&mut session, 3, fetched(1, Ok(&second))), []);
    assert_eq!(at(&mut session, 3, Input::Heard { token: second.clone() }), []);
    assert_eq!(at(&mut session, 7200, Input::Woke), [Unschedule]);
    assert_eq!(at(&mut session, 7201, refused("")), [schedule(20_000), Lock]);
    at(&mut session, 7201, Input::Locked { waited: false });
    let third = token("v", NOW + 7201, NOW + 7201 + HOUR);
    assert!(at(&mut session, 7202, fetched(2, Ok(&third))).contains(&IdentityChanged), "somebody is there again");
}
