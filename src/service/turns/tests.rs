use super::*;

fn client(name: &str) -> Party {
    Party::Client(name.to_owned())
}

#[test]
fn a_party_has_a_quarter_and_others_need_not_wait_for_its_queue() {
    let turns = Turns::new(8);
    let mut greedy: Vec<_> = (0..100).map(|_| turns.ask(client("greedy"), 0).unwrap()).collect();
    assert_eq!(turns.counted(), (2, 98));
    let mut other = turns.ask(client("other"), 0).unwrap();
    assert!(other.turn.try_recv().is_ok(), "the others are left to them");
    drop(greedy.remove(0).turn.try_recv().unwrap());
    assert!(greedy[1].turn.try_recv().is_ok(), "its next one follows");
}

#[test]
fn whoever_comes_next_finds_a_turn_whatever_others_do() {
    let turns = Turns::new(8);
    let mut working = Vec::new();
    let mut has = |turns: &Turns, name: &str| {
        let asked: Vec<_> = (0..20).map(|_| turns.ask(client(name), 0).unwrap()).collect();
        let before = turns.counted().0;
        working.extend(asked);
        before
    };
    assert_eq!(["a", "b", "c"].map(|name| has(&turns, name)), [2, 4, 6]);
    assert!(turns.ask(client("d"), 0).unwrap().turn.try_recv().is_ok());
}

#[test]
fn parties_come_to_like_shares() {
    let turns = Turns::new(8);
    let ask = |name: &str| (0..50).map(|_| turns.ask(client(name), 0).unwrap()).collect::<Vec<_>>();
    let mut waiting: Vec<_> = ["a", "b", "c"].into_iter().flat_map(ask).collect();
    for _ in 0..20 {
        let place = waiting.iter_mut().position(|one| one.turn.try_recv().map(drop).is_ok());
        waiting.remove(place.expect("somebody works"));
    }
    let state = turns.0.lock();
    let shares: Vec<usize> = state.parties.values().map(|working| working.turns.len()).collect();
    assert!(shares.iter().all(|share| *share == 2) && state.free == 2, "{shares:?}");
}

#[test]
fn parties_take_turns() {
    let turns = Turns::new(1);
    let held = turns.ask(client("a"), 0).unwrap().turn.try_recv().unwrap();
    let mut second = turns.ask(client("a"), 0).unwrap();
    let mut third = turns.ask(client("a"), 0).unwrap();
    let mut other = turns.ask(client("b"), 0).unwrap();
    drop(held);
    let held = second.turn.try_recv().unwrap();
    assert!(other.turn.try_recv().is_err());
    drop(held);
    let held = other.turn.try_recv().unwrap();
    assert!(third.turn.try_recv().is_err());
    drop(held);
    assert!(third.turn.try_recv().is_ok());
}

#[test]
fn nobody_gets_ahead_by_coming_as_another() {
    let turns = Turns::new(1);
    drop(turns.ask(client("known"), 0).unwrap().turn.try_recv().unwrap());
    let held = turns.ask(client("busy"), 0).unwrap().turn.try_recv().unwrap();
    let strangers: Vec<_> = (0..3).map(|nth| turns.ask(client(&format!("new {nth}")), 0).unwrap()).collect();
    let mut known = turns.ask(client("known"), 0).unwrap();
    drop(held);
    assert!(known.turn.try_recv().is_ok());
    drop(strangers);
}

#[test]
fn whoever_gave_up_leaves_its_turn_to_the_next() {
    let turns = Turns::new(1);
    let held = turns.ask(client("a"), 0).unwrap().turn.try_recv().unwrap();
    drop(turns.ask(client("a"), 0).unwrap());
    let mut next = turns.ask(client("a"), 0).unwrap();
    drop(held);
    assert!(next.turn.try_recv().is_ok());
    assert_eq!(turns.counted(), (0, 0));
}

/// Whoever was let in because turns were short is told as soon as they turn out to be long, from the end of the queue.
#[tokio::test]
async fn whoever_comes_too_late_is_told_before_its_time_is_over() {
    let turns = Turns::new(2);
    let mut busy = turns.ask(client("a"), 0).unwrap().turn.try_recv().unwrap();
    let waiting: Vec<_> = (0..20).map(|_| turns.ask(client("a"), 0).unwrap()).collect();
    busy.began -= LONG;
    turns.0.lock().parties.get_mut(&client("a")).unwrap().turns[0] = busy.began;
    let deadline = Instant::now() + Duration::from_secs(10);
    let told: Vec<bool> = waiting.iter().map(|one| turns.give_up(one, MAX_WAIT + LONGER).is_some()).collect();
    assert_eq!(told.iter().position(|told| *told), Some(1), "three seconds each, and six at most");
    assert!(told[1..].iter().all(|told| *told));
    let mut waiting = waiting.into_iter();
    let (first, last) = (waiting.next().unwrap(), waiting.next_back().unwrap());
    assert!(last.turn(deadline).await.is_err());
    drop(busy);
    assert!(first.turn(deadline).await.is_ok());
}

#[test]
fn a_full_queue_refuses_at_once() {
    let turns = Turns::new(2);
    let waiting: Vec<_> = (0..=MAX_OF_CLIENT).map(|_| turns.ask(client("a"), 0).unwrap()).collect();
    assert_eq!(turns.ask(client("a"), 0).err(), Some(Full { retry_after: Duration::from_secs(1) }));
    assert!(turns.ask(client("b"), 0).is_ok());
    drop(waiting);
    assert!(turns.ask(client("a"), 0).is_ok());
}

#[test]
fn a_client_finds_a_place_whatever_others_and_strangers_do() {
    let turns = Turns::new(2);
    let flood =
        |party: Party, most: usize| (0..most).map_while(|_| turns.ask(party.clone(), 0).ok()).collect::<Vec<_>>();
    let stranger = |nth: u8| Party::Unauthenticated([127, 0, 0, nth].into());
    let strangers: Vec<_> = (0..9).map(|nth| flood(stranger(nth), 100)).collect();
    assert_eq!(strangers.iter().map(Vec::len).sum::<usize>(), MAX_UNAUTHENTICATED + 2, "two work");
    let others: Vec<_> = (0..5).map(|nth| flood(client(&nth.to_string()), 300)).collect();
    assert_eq!(others.iter().map(Vec::len).sum::<usize>(), MAX_OF_CLIENTS + 1, "one has none but its first");
    let first = turns.ask(client("late"), 0).unwrap();
    assert!(turns.ask(client("late"), 0).is_err(), "its first one waits");
    drop((first, others));
}
