//! The sockets of clients: how many there may be, and until when each may keep the server waiting.

use super::proxies::Proxies;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream as AsyncStream;
use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The most sockets in all.
const MOST: usize = 2_048;

/// The most sockets of one address that is no trusted proxy.
const MOST_OF_ADDRESS: usize = 512;

/// How long a socket may be open without a whole head of a request.
const HEAD: Duration = Duration::from_secs(10);

/// How long an answer may wait to be taken.
const ANSWER: Duration = Duration::from_secs(30);

/// How long a request may take from its head to its answer: its body, its work and its record have shorter bounds of their own.
const REQUEST: Duration = Duration::from_secs(40);

/// How often sockets are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// All open sockets.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<Open>>,
    proxies: Proxies,
}

#[derive(Default)]
struct Open {
    sockets: HashMap<u64, Arc<Socket>>,
    of_address: HashMap<IpAddr, usize>,
    refused: u64,
    last: u64,
}

struct Socket {
    /// The same socket once more: only so can it be closed while the server waits for it.
    stream: TcpStream,
    deadline: Mutex<Instant>,
}

/// An open socket; it is counted until this is dropped.
pub struct Connection {
    number: u64,
    address: IpAddr,
    socket: Arc<Socket>,
    open: Weak<Mutex<Open>>,
}

impl Connections {
    /// Watches sockets; those of trusted proxies may be as many as there may be in all.
    pub fn watched(proxies: Proxies) -> Self {
        let connections = Self { open: Arc::default(), proxies };
        let open = Arc::downgrade(&connections.open);
        std::thread::spawn(move || {
            while let Some(open) = open.upgrade() {
                lock(&open).close_late();
                drop(open);
                std::thread::sleep(LOOK);
            }
        });
        connections
    }

    /// Takes a socket that was accepted. One too many is closed at once.
    pub fn accept(&self, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<AsyncStream>() else { return };
        let (Ok(peer), Ok(twin)) = (stream.peer_addr(), stream.as_fd().try_clone_to_owned()) else { return };
        let address = peer.ip();
        let socket = Arc::new(Socket { stream: twin.into(), deadline: Mutex::new(Instant::now() + HEAD) });
        let mut open = lock(&self.open);
        let of_address = open.of_address.get(&address).copied().unwrap_or_default();
        if open.sockets.len() >= MOST || (of_address >= MOST_OF_ADDRESS && !self.proxies.include(address)) {
            open.refused += 1;
            socket.close();
            return;
        }
        open.last += 1;
        let number = open.last;
        open.sockets.insert(number, Arc::clone(&socket));
        *open.of_address.entry(address).or_default() += 1;
        data.insert(Arc::new(Connection { number, address, socket, open: Arc::downgrade(&self.open) }));
    }

    /// How many sockets are open, and how many were closed at once because they were too many.
    pub fn counted(&self) -> (usize, u64) {
        let open = lock(&self.open);
        (open.sockets.len(), open.refused)
    }
}

impl Open {
    fn close_late(&mut self) {
        let now = Instant::now();
        self.sockets.values().filter(|socket| *lock(&socket.deadline) <= now).for_each(|socket| socket.close());
    }
}

impl Socket {
    /// Closes both ways. A socket whose other end has gone is closed already.
    fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Connection {
    /// A request has begun.
    pub fn is_asked(&self) {
        self.socket.wait(REQUEST);
    }

    /// An answer is ready to be taken.
    pub fn is_answered(&self) {
        self.socket.wait(ANSWER);
    }

    /// An answer was taken.
    pub fn is_free(&self) {
        self.socket.wait(HEAD);
    }
}

impl Socket {
    fn wait(&self, at_most: Duration) {
        *lock(&self.deadline) = Instant::now() + at_most;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(open) = self.open.upgrade() else { return };
        let mut open = lock(&open);
        open.sockets.remove(&self.number);
        if let Some(count) = open.of_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.of_address.remove(&self.address);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
