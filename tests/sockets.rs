//! Sockets of unauthenticated clients, and of clients that take nothing: none stays open, and none costs others anything.

use crate::harness::{Engine, TestApp};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn connect(app: &TestApp) -> TcpStream {
    let url = app.url("");
    TcpStream::connect(url.trim_start_matches("http://")).unwrap()
}

/// How long the server keeps a socket to which no more is written; what it said before it closed.
fn until_closed(socket: &mut TcpStream, at_most: Duration) -> (Duration, String) {
    let (started, mut said, mut bytes) = (Instant::now(), Vec::new(), [0; 4096]);
    socket.set_read_timeout(Some(at_most)).unwrap();
    loop {
        match socket.read(&mut bytes) {
            Ok(0) => break,
            Ok(read) => said.extend_from_slice(&bytes[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("it is open after {:?}: {error}", started.elapsed()),
        }
    }
    (started.elapsed(), String::from_utf8_lossy(&said).into_owned())
}

fn head(route: &str, more: &str) -> String {
    format!("POST {route} HTTP/1.1\r\nHost: panoh\r\n{more}\r\n")
}

/// A body that never ends keeps no socket open, on any route, whether it is read or not.
#[test]
fn endless_bodies_close_their_sockets() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    for (route, more) in [
        ("/graphql", "Content-Type: text/plain\r\n"),
        ("/graphql", "Content-Type: application/json\r\nAccept: image/png\r\n"),
        ("/health/live", ""),
        ("/schema.graphql", ""),
        ("/nowhere", ""),
        ("/", ""),
    ] {
        for ended in ["Transfer-Encoding: chunked\r\n", "Content-Length: 1000\r\n"] {
            let mut socket = connect(&app);
            socket.write_all(head(route, &format!("{more}{ended}")).as_bytes()).unwrap();
            socket.write_all(b"5\r\nhello\r\n").unwrap();
            let (open, said) = until_closed(&mut socket, Duration::from_secs(8));
            assert!(said.starts_with("HTTP/1.1 4"), "{route} {more}: {said}");
            assert!(open < Duration::from_secs(5), "{route} {more}: {open:?}");
        }
    }
    assert_eq!(app.get("/health/live").send().unwrap().status(), 200);
}

/// A body is waited for only so long, and so is a head: the first of a socket, and every later one.
#[test]
fn whatever_is_read_has_a_deadline() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let begun = |text: &str| {
        let mut socket = connect(&app);
        socket.write_all(text.as_bytes()).unwrap();
        socket
    };
    let alive = "GET /health/live HTTP/1.1\r\nHost: panoh\r\n\r\n";
    let body = head("/graphql", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n");
    let sockets = [begun(""), begun("GET /hea"), begun(&format!("{alive}GET /hea")), begun(&body)];
    for (nth, mut socket) in sockets.into_iter().enumerate() {
        let (open, _) = until_closed(&mut socket, Duration::from_secs(25));
        assert!(open < Duration::from_secs(20), "socket {nth}: {open:?}");
    }
}

/// An address has only so many sockets. One more closes one of the oldest that no client has used.
#[test]
fn sockets_are_capped_by_address() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let sockets: Vec<TcpStream> = (0..530).map(|_| connect(&app)).collect();
    sockets.iter().for_each(|socket| socket.set_nonblocking(true).unwrap());
    let is_closed = |socket: &TcpStream| socket.peek(&mut [0]).is_ok_and(|read| read == 0);
    let closed = || (0..530).filter(|nth| is_closed(&sockets[*nth])).collect::<Vec<_>>();
    let started = Instant::now();
    while closed().len() < 18 {
        // The deadline of their heads.
        assert!(started.elapsed() < Duration::from_secs(9), "only {:?} are closed", closed());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(closed().iter().all(|nth| *nth < 100), "{:?}", closed());
    assert!(app.metrics().contains("panoh_sockets_refused "));
    drop(sockets);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(app.get("/health/live").send().unwrap().status(), 200);
}

/// A client that keeps all sockets of its address for later keeps no other client of the address out.
#[test]
fn sockets_that_are_kept_for_later_make_room() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let body = json!({ "query": "{ viewer { purpose } }" }).to_string();
    let key = app.key("unhcr");
    let about =
        format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let request = format!("{}{body}", head("/graphql", &about));
    let started = Instant::now();
    let ask = || {
        let mut socket = connect(&app);
        socket.write_all(request.as_bytes()).unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket
    };
    let kept: Vec<TcpStream> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..64).map(|_| ask()).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(started.elapsed() < Duration::from_secs(9), "the first are closed already: {:?}", started.elapsed());
    app.data("undp", "{ viewer { purpose } }");
    assert!(started.elapsed() < Duration::from_secs(9), "it may be but late: {:?}", started.elapsed());
    drop(kept);
}

/// A client whose bodies never end keeps no other client of its address out: a socket is at work when its request has arrived.
#[test]
fn clients_whose_bodies_never_end_make_room() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let about = |length: usize| {
        let key = app.key("unhcr");
        format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n")
    };
    let body = json!({ "query": "{ viewer { purpose } }" }).to_string();
    let (asked, begun) =
        (format!("{}{body}", head("/graphql", &about(body.len()))), head("/graphql", &about(5_000)) + "{");
    let open = || {
        let mut socket = connect(&app);
        socket.write_all(asked.as_bytes()).unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket.write_all(begun.as_bytes()).unwrap();
        socket
    };
    let started = Instant::now();
    let kept: Vec<TcpStream> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..64).map(|_| open()).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    app.data("undp", "{ viewer { purpose } }");
    assert!(started.elapsed() < Duration::from_secs(12), "their bodies may be late: {:?}", started.elapsed());
    drop(kept);
}

/// A client's first request over a socket is not cut while sockets that say nothing fill its address.
#[test]
fn first_requests_are_not_cut() {
    let app = TestApp::demo(Engine::Sqlite, 300);
    let counts: String = (0..20)
        .map(|nth| format!("c{nth}: individuals(filter: {{ or: [{{ sex: {{ eq: FEMALE }} }}, {{ phone: {{ startsWith: \"+{nth}\" }} }}] }}) {{ totalCount }} "))
        .collect();
    let body = json!({ "query": format!("{{ {counts} }}") }).to_string();
    let key = app.key("unhcr");
    let about =
        format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let mut first = connect(&app);
    let mut silent: Vec<TcpStream> = (0..511).map(|_| connect(&app)).collect();
    first.write_all(format!("{}{body}", head("/graphql", &about)).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(5));
    silent.extend((0..50).map(|_| connect(&app)));
    let mut answer = [0; 4096];
    let read = first.read(&mut answer).unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
}

/// Wrong keys are throttled by address. Whoever has proved to be a client is not, and a client that is new has its turn beside them.
#[test]
fn wrong_keys_are_throttled() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    app.data("undp", "{ viewer { purpose } }");
    let body = json!({ "query": "{ viewer { purpose } }" }).to_string();
    let ask = |key: String| app.post().bearer_auth(key).body(body.clone()).send().unwrap();
    let started = Instant::now();
    std::thread::scope(|scope| {
        let flood = |thread: usize| {
            let mut statuses = Vec::new();
            while started.elapsed() < Duration::from_secs(6) {
                let refused = ask(format!("panoh_wrong{thread}"));
                if refused.status() == 429 {
                    let wait = refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
                    assert!((1..=2).contains(&wait), "{wait}");
                }
                statuses.push(refused.status().as_u16());
            }
            statuses
        };
        let floods: Vec<_> = (0..90).map(|thread| scope.spawn(move || flood(thread))).collect();
        std::thread::sleep(Duration::from_secs(1));
        let asked = Instant::now();
        assert_eq!(ask(app.key("undp")).status(), 200);
        assert!(asked.elapsed() < Duration::from_secs(1), "it has proved to be a client");
        while ask(app.key("embassy-us")).status() != 200 {
            assert!(started.elapsed() < Duration::from_secs(5), "a new client is kept out");
            std::thread::sleep(Duration::from_millis(100));
        }
        let statuses: Vec<u16> = floods.into_iter().flat_map(|flood| flood.join().unwrap()).collect();
        let told = statuses.iter().filter(|status| **status == 401).count();
        println!("{} wrong keys in six seconds, of which {told} were told so", statuses.len());
        assert!((30..40).contains(&told) && statuses.len() < 900, "{told} of {}", statuses.len());
    });
}

/// An answer that nobody takes is dropped with its socket, and a client that takes none gets no more.
#[test]
fn answers_that_are_not_taken_are_dropped() {
    let app = TestApp::demo(Engine::Sqlite, 120);
    let name = "n".repeat(110);
    let fields: String = (0..130).map(|nth| format!("{name}{nth}: familyName ")).collect();
    let query = format!("{{ individuals(first: 100) {{ nodes {{ case {{ members {{ {fields} }} }} }} }} }}");
    let body = json!({ "query": query }).to_string();
    let asked = |key: &str| {
        let mut socket = connect(&app);
        let head = head(
            "/graphql",
            &format!(
                "Content-Type: application/json\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n",
                body.len()
            ),
        );
        socket.write_all(format!("{head}{body}").as_bytes()).unwrap();
        socket
    };
    let key = app.key("unhcr");
    let started = Instant::now();
    let mut sockets = Vec::new();
    let viewer = || app.ask("unhcr", "{ viewer { purpose } }");
    while viewer()["errors"][0]["extensions"]["code"] != "LIMIT" {
        assert!(started.elapsed() < Duration::from_secs(25), "so many bytes may wait");
        sockets.push(asked(&key));
        std::thread::sleep(Duration::from_millis(500));
    }
    app.data("undp", "{ viewer { purpose } }");
    while viewer().get("errors").is_some() {
        assert!(started.elapsed() < Duration::from_secs(50), "nothing is dropped");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(started.elapsed() > Duration::from_secs(25), "an answer may take its time");
    drop(sockets);
}

/// What a client sends before its last answer is taken waits on its side: the server reads no request ahead, and closes a socket whose
/// request it refuses, so that what follows in the same write is neither parsed nor worked at.
#[test]
fn requests_in_one_write_are_read_one_by_one() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let body = json!({ "query": "{ viewer { purpose } }" }).to_string();
    let request = |key: &str| {
        let more = format!(
            "Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        format!("{}{body}", head("/graphql", &more))
    };
    let answered = |socket: &mut TcpStream, number: usize| {
        let (mut said, mut bytes) = (String::new(), [0; 65_536]);
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        while said.matches("HTTP/1.1 ").count() < number {
            let read = socket.read(&mut bytes).unwrap_or_default();
            said.push_str(&String::from_utf8_lossy(&bytes[..read]));
            if read == 0 {
                break;
            }
        }
        said
    };
    let mut honest = connect(&app);
    honest.write_all(request(&app.key("unhcr")).repeat(5).as_bytes()).unwrap();
    let said = answered(&mut honest, 5);
    assert_eq!(said.matches("HTTP/1.1 200").count(), 5, "{said}");
    let mut wrong = connect(&app);
    wrong.write_all(request("panoh_wrong").repeat(5).as_bytes()).unwrap();
    let said = answered(&mut wrong, 5);
    assert_eq!(said.matches("HTTP/1.1 401").count(), 1, "{said}");
}

/// Bodies count from their first byte to their answer: a client may have so many under way, and of whoever is no client none is kept.
#[test]
fn bodies_under_way_are_bounded() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let unfinished = |more: &str| {
        let mut socket = connect(&app);
        let more = format!("{more}Content-Type: application/json\r\nContent-Length: 500001\r\n");
        socket.write_all(format!("{}{}", head("/graphql", &more), " ".repeat(500_000)).as_bytes()).unwrap();
        socket
    };
    let key = |agency: &str| format!("Authorization: Bearer {}\r\n", app.key(agency));
    app.data("unhcr", "{ viewer { purpose } }");
    let one_by_one = |_| {
        let socket = unfinished(&key("unhcr"));
        // It is read to its last byte but one.
        std::thread::sleep(Duration::from_millis(400));
        socket
    };
    let mut clients: Vec<TcpStream> = (0..16).map(one_by_one).collect();
    app.data("undp", "{ viewer { purpose } }");
    let mut ended = |nth: usize| {
        clients[nth].write_all(b" ").unwrap();
        let mut said = [0; 4_096];
        let read = clients[nth].read(&mut said).unwrap();
        String::from_utf8_lossy(&said[..read]).into_owned()
    };
    let refused: Vec<String> = (0..16).map(&mut ended).filter(|said| said.starts_with("HTTP/1.1 429")).collect();
    println!("{} of 16 bodies of 500 KB are not kept", refused.len());
    assert!((4..9).contains(&refused.len()), "4 MB are kept");
    assert!(refused.iter().all(|said| said.contains("send fewer at once") && said.contains("retry-after: 1")));
    app.data("unhcr", "{ viewer { purpose } }");
    let mut unauthenticated = unfinished("");
    unauthenticated.write_all(b" ").unwrap();
    let (_, said) = until_closed(&mut unauthenticated, Duration::from_secs(10));
    assert!(said.starts_with("HTTP/1.1 401"), "{said}");
}
