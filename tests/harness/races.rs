use serde_json::{Value, json};

/// Two clients do something at the same time: `work` gets 0 and 1. Exactly one of the two payloads tells of no error; gives that one's
/// number, its payload, and that of the other, who was told why not.
pub fn one_of_two(work: impl Fn(usize) -> Value + Sync) -> (usize, Value, Value) {
    let [one, other] = std::thread::scope(|scope| {
        let work = &work;
        [0, 1].map(|nth| scope.spawn(move || work(nth))).map(|client| client.join().unwrap())
    });
    let counted = [&one, &other].map(|payload| payload["userErrors"] == json!([]));
    match counted {
        [true, false] => (0, one, other),
        [false, true] => (1, other, one),
        _ => panic!("not exactly one of two counts: {one} {other}"),
    }
}
